"""Wheels as files: the tag of what is in one, read from it, and the archive."""

import base64
import csv
import hashlib
import io
import os
import re
import struct
import sysconfig
import zipfile
from pathlib import Path
from typing import List, Optional, Set, Tuple

#: What the manylinux policies let a library need.
MANYLINUX = re.compile(
    r"(libc|libm|libdl|librt|libpthread|libutil|libgcc_s|libresolv)\.so\.\d+|ld-linux[\w.-]*\.so\.\d+"
)
#: e_machine of 64-bit little-endian ELF files, and Machine of PE files.
ELF_MACHINES = {62: "x86_64", 183: "aarch64"}
PE_MACHINES = {0x14C: "win32", 0x8664: "win_amd64", 0xAA64: "win_arm64"}
#: The names that policies have besides PEP 600's, for pip before 20.3.
OLDER_NAMES = {(2, 5): "manylinux1", (2, 12): "manylinux2010", (2, 17): "manylinux2014"}

#: Names a folder with the licences of what is in the library or program.
LICENCES = "CHATFILE_LICENCES"

#: A name in the archive, what it holds, and its mode.
Entry = Tuple[str, bytes, int]


def needs(data: bytes) -> Tuple[Set[str], Set[str]]:
    """The libraries and the symbol versions that a 64-bit little-endian ELF file needs."""
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError("not such an ELF file")
    start, size, count = struct.unpack_from("<Q", data, 40)[0], *struct.unpack_from("<HH", data, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, start + index * size) for index in range(count)]

    def name(strings: Tuple[int, ...], offset: int) -> str:
        at = strings[4] + offset
        return data[at : data.index(b"\0", at)].decode()

    libraries, versions = set(), set()
    for section in sections:
        kind, offset, length, link = section[1], section[4], section[5], section[6]
        if kind == 6:  # SHT_DYNAMIC
            for at in range(offset, offset + length, 16):
                tag, value = struct.unpack_from("<qQ", data, at)
                if tag == 1:  # DT_NEEDED
                    libraries.add(name(sections[link], value))
        elif kind == 0x6FFFFFFE:  # SHT_GNU_verneed
            at = offset
            for _ in range(section[7]):
                _, entries, _, first, following = struct.unpack_from("<HHIII", data, at)
                entry = at + first
                for _ in range(entries):
                    _, _, _, text, after = struct.unpack_from("<IHHII", data, entry)
                    versions.add(name(sections[link], text))
                    entry += after
                at += following
    return libraries, versions


def manylinux(data: bytes) -> Optional[str]:
    """The tags for the oldest glibc that has all symbols, if nothing but what the policy allows is needed."""
    try:
        libraries, versions = needs(data)
    except (ValueError, struct.error):
        return None
    machine = ELF_MACHINES.get(struct.unpack_from("<H", data, 18)[0])
    glibc = [tuple(map(int, v[6:].split("."))) for v in versions if re.fullmatch(r"GLIBC_[\d.]+", v)]
    known = all(v.startswith(("GLIBC_", "GCC_")) for v in versions) and "GLIBC_PRIVATE" not in versions
    if not machine or not glibc or not known or not all(MANYLINUX.fullmatch(one) for one in libraries):
        return None
    newest = max(max(glibc)[:2], (2, 5))
    names = [f"manylinux_{newest[0]}_{newest[1]}_{machine}"]
    if newest in OLDER_NAMES:
        names.insert(0, f"{OLDER_NAMES[newest]}_{machine}")
    return ".".join(names)


def platform_tag(data: bytes) -> str:
    """The tag of a library or program, whichever machine it was built on; where its kind is not known, that of this one."""
    own = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    if data[:2] == b"MZ":
        header = struct.unpack_from("<I", data, 0x3C)[0]
        machine: int = struct.unpack_from("<H", data, header + 4)[0]
        return PE_MACHINES.get(machine, own)
    return manylinux(data) or own


def write(folder: str, name: str, version: str, tag: str, contents: List[Entry]) -> str:
    """Writes a wheel and returns its name. `contents` are all files but WHEEL and RECORD; the tag may be several in one
    (PEP 425)."""
    info = f"{name}-{version}.dist-info"
    interpreter, abi, platforms = tag.split("-")
    tags = "".join(f"Tag: {interpreter}-{abi}-{platform}\n" for platform in platforms.split("."))
    wheel = f"Wheel-Version: 1.0\nGenerator: chatfile backend\nRoot-Is-Purelib: false\n{tags}"
    contents = [*contents, (f"{info}/WHEEL", wheel.encode(), 0o644)]
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    for file, data, _ in contents:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.writerow([file, f"sha256={digest}", len(data)])
    rows.writerow([f"{info}/RECORD", "", ""])
    contents.append((f"{info}/RECORD", record.getvalue().encode(), 0o644))
    file_name = f"{name}-{version}-{tag}.whl"
    # The same inputs make the same file.
    with zipfile.ZipFile(os.path.join(folder, file_name), "w", zipfile.ZIP_DEFLATED) as archive:
        for file, data, mode in contents:
            entry = zipfile.ZipInfo(file, (2020, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, whose modes follow
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return file_name


def licences(folder: Path, info: str) -> List[Entry]:
    """The texts of the licences in a folder, as a wheel has them; and those of what is in the library or program, if the
    environment says where they are."""
    files = {name: folder / name for name in ("LICENSE-MIT", "LICENSE-APACHE")}
    further = os.environ.get(LICENCES)
    if further:
        files.update({path.name: path for path in sorted(Path(further).iterdir())})
    return [(f"{info}/licenses/{name}", path.read_bytes(), 0o644) for name, path in files.items()]
