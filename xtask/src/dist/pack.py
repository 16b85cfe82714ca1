"""Packs folders so that the same files make the same bytes: sorted, without owners, all of one time.

    pack.py SECONDS ARCHIVE FOLDER

SECONDS since 1970 is the time of all files; ARCHIVE ends in .tar.gz or .zip; in it, all stands below FOLDER's name.
"""

import gzip
import os
import sys
import tarfile
import time
import zipfile
from pathlib import Path


def files(folder):
    """All files and links below a folder, with their names in the archive."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or path.is_file():
            yield path, path.relative_to(folder.parent).as_posix()


def mode(path):
    return 0o755 if os.access(path, os.X_OK) else 0o644


def tar_gz(output, folder, seconds):
    with open(output, "wb") as file, gzip.GzipFile("", "wb", 9, file, seconds) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path, name in files(folder):
                entry = tarfile.TarInfo(name)
                entry.mtime = seconds
                if path.is_symlink():
                    entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, os.readlink(path), 0o777
                    archive.addfile(entry)
                    continue
                entry.size, entry.mode = path.stat().st_size, mode(path)
                with open(path, "rb") as data:
                    archive.addfile(entry, data)


def zip_file(output, folder, seconds):
    # A zip file has no time before 1980.
    when = max(time.gmtime(seconds)[:6], (1980, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, name in files(folder):
            entry = zipfile.ZipInfo(name, when)
            entry.create_system = 3  # Unix, whose modes follow
            entry.external_attr = (0o100000 | mode(path)) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def main():
    seconds, output, folder = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    write = zip_file if output.endswith(".zip") else tar_gz
    write(output, folder, seconds)


main()
