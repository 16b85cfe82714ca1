"""Makes the wheel of the emulator: its program alone, for `pip install chatfile-emulator`.

    python3 emulator/wheel.py PROGRAM OUTPUT-FOLDER

The wheel is for the system that the program is for. CHATFILE_LICENCES names a folder with the licences of what is in it.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bindings/python/build_tools"))

import wheel_file  # noqa: E402


def version() -> str:
    """That of the workspace."""
    match = re.search(r'^version = "([^"]+)"', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.M)
    if match is None:
        raise SystemExit("Cargo.toml has no version")
    return match.group(1)


def metadata() -> str:
    """METADATA."""
    guide = (ROOT / "docs/emulator.md").read_text(encoding="utf-8")
    return (
        f"Metadata-Version: 2.4\nName: chatfile-emulator\nVersion: {version()}\n"
        "Summary: The file calls of five chat services on a loopback port, with faults on demand\n"
        "License-Expression: MIT OR Apache-2.0\nLicense-File: LICENSE-MIT\nLicense-File: LICENSE-APACHE\n"
        f"Requires-Python: >=3.8\nDescription-Content-Type: text/markdown\n\n{guide}"
    )


def main() -> int:
    """Makes it."""
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    program = Path(sys.argv[1])
    data = program.read_bytes()
    stem = f"chatfile_emulator-{version()}"
    info = f"{stem}.dist-info"
    contents = [
        (f"{stem}.data/scripts/{program.name}", data, 0o755),
        (f"{info}/METADATA", metadata().encode(), 0o644),
        *wheel_file.licences(ROOT, info),
    ]
    tag = f"py3-none-{wheel_file.platform_tag(data)}"
    print(Path(sys.argv[2]) / wheel_file.write(sys.argv[2], "chatfile_emulator", version(), tag, contents))
    return 0


if __name__ == "__main__":
    sys.exit(main())
