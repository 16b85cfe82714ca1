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
from typing import Dict, List, Optional, Set, Tuple

#: What the manylinux policies let a library need.
MANYLINUX = re.compile(
    r"(libc|libm|libdl|librt|libpthread|libutil|libgcc_s|libresolv)\.so\.\d+|ld-linux[\w.-]*\.so\.\d+"
)
#: By the header: of ELF files the width (1 is 32 bits), the order of bytes (1 is little-endian) and e_machine, of PE files
#: Machine, of Mach-O files of 64 bits cputype.
ELF_MACHINES = {
    (1, 1, 3): "i686",
    (2, 1, 62): "x86_64",
    (1, 1, 40): "armv7l",
    (2, 1, 183): "aarch64",
    (2, 1, 243): "riscv64",
    (2, 1, 21): "ppc64le",
    (2, 2, 21): "ppc64",
    (2, 2, 22): "s390x",
    (2, 1, 258): "loongarch64",
}
PE_MACHINES = {0x14C: "win32", 0x8664: "win_amd64", 0xAA64: "win_arm64"}
MACHO_MACHINES = {0x01000007: "x86_64", 0x0100000C: "arm64"}
#: Where the tags for glibc have been compared with auditwheel's.
AUDITED = ("x86_64", "aarch64")
#: The names that policies have besides PEP 600's, for pip before 20.3.
OLDER_NAMES: Dict[Tuple[int, ...], str] = {(2, 5): "manylinux1", (2, 12): "manylinux2010", (2, 17): "manylinux2014"}

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
    machine = elf_machine(data)
    glibc = [tuple(map(int, v[6:].split("."))) for v in versions if re.fullmatch(r"GLIBC_[\d.]+", v)]
    known = all(v.startswith(("GLIBC_", "GCC_")) for v in versions) and "GLIBC_PRIVATE" not in versions
    if machine not in AUDITED or not glibc or not known or not all(MANYLINUX.fullmatch(one) for one in libraries):
        return None
    newest = max(max(glibc)[:2], (2, 5))
    names = [f"manylinux_{newest[0]}_{newest[1]}_{machine}"]
    if newest in OLDER_NAMES:
        names.insert(0, f"{OLDER_NAMES[newest]}_{machine}")
    return ".".join(names)


def unknown(what: str) -> SystemExit:
    """What ends the build: a wheel with a wrong tag would install, and not load."""
    return SystemExit(f"no wheel is for {what}: build_tools/wheel_file.py lists what it knows")


def elf_machine(data: bytes) -> str:
    """As uname calls it."""
    width, order = data[4:6]
    machine: int = struct.unpack_from("<H" if order == 1 else ">H", data, 18)[0]
    name = ELF_MACHINES.get((width, order, machine))
    if name is None:
        raise unknown(f"ELF machine {machine} (class {width}, data {order})")
    return name


def macos(data: bytes) -> str:
    """The tag of a Mach-O file: the oldest macOS that it says it runs on, and its machine."""
    _, cpu, _, _, commands = struct.unpack_from("<5I", data)
    machine = MACHO_MACHINES.get(cpu)
    at, oldest = 32, None
    for _ in range(commands):
        kind, size = struct.unpack_from("<II", data, at)
        if kind in (0x24, 0x32):  # LC_VERSION_MIN_MACOSX, LC_BUILD_VERSION
            version: int = struct.unpack_from("<I", data, at + (8 if kind == 0x24 else 12))[0]
            oldest = (version >> 16, version >> 8 & 0xFF)
        at += size
    if machine is None or oldest is None:
        raise unknown(f"Mach-O machine {cpu:#x}")
    # From 11 on tags have no minor version.
    return f"macosx_{oldest[0]}_{oldest[1] if oldest[0] < 11 else 0}_{machine}"


def platform_tag(data: bytes) -> str:
    """The tag of a library or program, whichever machine it was built on."""
    own = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    if data[:2] == b"MZ":
        header = struct.unpack_from("<I", data, 0x3C)[0]
        machine: int = struct.unpack_from("<H", data, header + 4)[0]
        if machine not in PE_MACHINES:
            raise unknown(f"PE machine {machine:#x}")
        return PE_MACHINES[machine]
    if data[:4] == b"\xcf\xfa\xed\xfe":
        return macos(data)
    if data[:4] != b"\x7fELF":
        raise unknown("what is neither ELF, nor PE, nor Mach-O of one machine")
    name = f"linux_{elf_machine(data)}"
    if os.name == "posix" and not own.startswith(("linux", "macosx")):
        # Another Unix, whose version is in its tags, and not in the file.
        return own
    # The header does not tell ARMv6 and v7 apart.
    is_arm = name == "linux_armv7l" and own.startswith("linux_armv")
    return manylinux(data) or (own if is_arm else name)


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
