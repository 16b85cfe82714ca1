"""Builds the wheel and the sdist (PEP 517) with Python's standard library and cargo.

The wheel holds the library. CHATFILE_BUILT_LIBRARY names one that is built already, for any system: it says itself which
the wheel is for. Else cargo builds it, from the repository or from the rust/ folder of the sdist. By hand:

    python3 build_tools/backend.py OUTPUT-FOLDER
"""

import gzip
import io
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

import wheel_file

HERE = Path(__file__).resolve().parent.parent
VARIABLE = "CHATFILE_BUILT_LIBRARY"
#: What of the repository the library is made of.
RUST = ("Cargo.lock", "LICENSE-MIT", "LICENSE-APACHE", "capi", "include", "src", ".cargo")
#: As in pyproject.toml, and of every wheel.
ENTRY_POINTS = "[console_scripts]\nchatfile = chatfile.cli:main\n\n[pyinstaller40]\nhook-dirs = chatfile._pyinstaller:get_hook_dirs\n"


def rust_root() -> Path:
    """Where Cargo.toml is: in the sdist, or in the repository."""
    own = HERE / "rust"
    return own if own.is_dir() else HERE.parent.parent


def version() -> str:
    """The version of the package."""
    text = (HERE / "pyproject.toml").read_text(encoding="utf-8")
    match = re.search(r'^version = "([^"]+)"', text, re.M)
    if match is None:
        raise SystemExit("pyproject.toml has no version")
    return match.group(1)


def metadata() -> str:
    """METADATA of the wheel, PKG-INFO of the sdist."""
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    return (
        f"Metadata-Version: 2.4\nName: chatfile\nVersion: {version()}\n"
        "Summary: Upload, download, delete and presign files at five chat services\n"
        "License-Expression: MIT OR Apache-2.0\nLicense-File: LICENSE-MIT\nLicense-File: LICENSE-APACHE\n"
        "Requires-Python: >=3.8\nClassifier: Typing :: Typed\n"
        "Classifier: Programming Language :: Python :: 3\nClassifier: Programming Language :: Rust\n"
        f"Description-Content-Type: text/markdown\n\n{readme}"
    )


def library_name(library: bytes) -> str:
    """As the package looks for it on the system that it is for."""
    if library[:2] == b"MZ":
        return "chatfile.dll"
    return "libchatfile.so" if library[:4] == b"\x7fELF" else "libchatfile.dylib"


def remap_paths() -> List[str]:
    """So that the folders of this machine do not stand in the library, in what panics say. Of several that a path begins
    with, the last counts. What the environment says of flags is left alone."""
    if os.environ.get("RUSTFLAGS") or os.environ.get("CARGO_ENCODED_RUSTFLAGS"):
        return []
    folders = {"/home": os.path.expanduser("~"), "/rustup": os.environ.get("RUSTUP_HOME")}
    folders.update({"/cargo": os.environ.get("CARGO_HOME"), "/chatfile": str(rust_root())})
    flags = [f"--remap-path-prefix={folder}={name}" for name, folder in folders.items() if folder]
    return ["--config", f"build.rustflags={json.dumps(flags)}"]


def built_library() -> Path:
    """The shared library; cargo builds it if nobody has."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    command = ["cargo", *remap_paths(), "build", "--release", "--package", "chatfile-capi"]
    command += ["--message-format", "json-render-diagnostics"]
    try:
        done = subprocess.run(command, cwd=rust_root(), stdout=subprocess.PIPE, check=True)
    except FileNotFoundError:
        raise SystemExit("cargo is not there: building chatfile from source needs Rust, https://rustup.rs") from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"cargo failed ({error.returncode})") from None
    for line in done.stdout.decode().splitlines():
        message = json.loads(line)
        target = message.get("target", {})
        if message.get("reason") == "compiler-artifact" and target.get("name") == "chatfile":
            for name in message["filenames"]:
                if name.endswith((".so", ".dylib", ".dll")):
                    return Path(name)
    raise SystemExit("cargo named no shared library")


def package_files() -> Iterator[Tuple[str, Path]]:
    """The modules, as they lie in a wheel."""
    folder = HERE / "src"
    for path in sorted(folder.glob("chatfile/**/*")):
        if path.suffix in (".py", ".json") or path.name == "py.typed":
            yield path.relative_to(folder).as_posix(), path


def shared_files() -> Iterator[Tuple[str, Path]]:
    """The manual of the command line, and what completes it in shells, as they lie below a prefix."""
    for path in sorted((HERE / "share").rglob("*")):
        if path.is_file():
            yield path.relative_to(HERE).as_posix(), path


def prepare_metadata_for_build_wheel(
    metadata_directory: str, config_settings: Optional[Dict[str, Any]] = None
) -> str:
    """Makes the metadata without building anything (PEP 517)."""
    info = f"chatfile-{version()}.dist-info"
    folder = Path(metadata_directory) / info
    folder.mkdir()
    (folder / "METADATA").write_text(metadata(), encoding="utf-8")
    return info


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_wheel(
    wheel_directory: str,
    config_settings: Optional[Dict[str, Any]] = None,
    metadata_directory: Optional[str] = None,
    editable: bool = False,
) -> str:
    """Makes the wheel and returns its name (PEP 517)."""
    library = built_library().read_bytes()
    # No extension module is in it, but this says that it is for CPython: with PyPy's ctypes what a signal handler raises
    # during a call is lost.
    tag = f"cp38-abi3-{wheel_file.platform_tag(library)}"
    info = f"chatfile-{version()}.dist-info"
    contents: List[wheel_file.Entry] = []
    if editable:
        contents.append(("chatfile.pth", f"{HERE / 'src'}\n".encode(), 0o644))
    else:
        contents += [(name, path.read_bytes(), 0o644) for name, path in package_files()]
        contents.append((f"chatfile/_lib/{library_name(library)}", library, 0o755))
    contents += [(f"chatfile-{version()}.data/data/{name}", path.read_bytes(), 0o644) for name, path in shared_files()]
    contents.append((f"{info}/METADATA", metadata().encode(), 0o644))
    contents.append((f"{info}/entry_points.txt", ENTRY_POINTS.encode(), 0o644))
    contents += wheel_file.licences(rust_root(), info)
    return wheel_file.write(wheel_directory, "chatfile", version(), tag, contents)


def build_editable(
    wheel_directory: str,
    config_settings: Optional[Dict[str, Any]] = None,
    metadata_directory: Optional[str] = None,
) -> str:
    """For ``pip install -e`` (PEP 660): the modules stay here, and the library comes beside them."""
    folder = HERE / "src" / "chatfile" / "_lib"
    folder.mkdir(exist_ok=True)
    library = built_library().read_bytes()
    (folder / library_name(library)).write_bytes(library)
    return build_wheel(wheel_directory, config_settings, metadata_directory, editable=True)


#: Those of the two crates that the library is made of.
MANIFESTS = ("Cargo.toml", "capi/Cargo.toml")


def cargo_manifest(name: str) -> str:
    """One of them: the other crates of the repository, and what only its tests need, stay there."""
    text = (rust_root() / name).read_text(encoding="utf-8")
    text = re.sub(r"^members = .*$", 'members = ["capi"]', text, flags=re.M)
    text = re.sub(r"^\[profile\.(?:dev|test)\b.*\]\n(?:(?!\[).*\n)*", "", text, flags=re.M)
    text = re.sub(r"^\[dev-dependencies\]\n(?:(?!\[).*\n)*", "", text, flags=re.M)
    return re.sub(r"^\[\[(?:test|bench|example)\]\]\n(?:(?!\[).*\n)*", "", text, flags=re.M)


def source_files() -> Iterator[Tuple[str, bytes]]:
    """What the sdist holds."""
    for name in ("pyproject.toml", "README.md"):
        yield name, (HERE / name).read_bytes()
    for folder in ("build_tools", "tests"):
        for path in sorted((HERE / folder).glob("*.py")):
            yield f"{folder}/{path.name}", path.read_bytes()
    for name, path in package_files():
        yield f"src/{name}", path.read_bytes()
    for name, path in shared_files():
        yield name, path.read_bytes()
    for name in MANIFESTS:
        yield f"rust/{name}", cargo_manifest(name).encode()
    root = rust_root()
    # Where PyPI looks for what PKG-INFO names.
    for name in ("LICENSE-MIT", "LICENSE-APACHE"):
        yield name, (root / name).read_bytes()
    for name in RUST:
        path = root / name
        if path.is_file():
            yield f"rust/{name}", path.read_bytes()
        for file in sorted(path.rglob("*")) if path.is_dir() else ():
            below = file.relative_to(root).as_posix()
            if file.is_file() and below not in MANIFESTS:
                yield f"rust/{below}", file.read_bytes()
    yield "PKG-INFO", metadata().encode()


def build_sdist(sdist_directory: str, config_settings: Optional[Dict[str, Any]] = None) -> str:
    """Makes the sdist and returns its name (PEP 517)."""
    stem = f"chatfile-{version()}"
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in source_files():
            entry = tarfile.TarInfo(f"{stem}/{name}")
            entry.size = len(data)
            entry.mtime = 1577836800
            archive.addfile(entry, io.BytesIO(data))
    with open(os.path.join(sdist_directory, f"{stem}.tar.gz"), "wb") as file:
        with gzip.GzipFile("", "wb", fileobj=file, mtime=1577836800) as compressed:
            compressed.write(tar.getvalue())
    return f"{stem}.tar.gz"


def main() -> int:
    """Makes both."""
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for name in (build_wheel(folder), build_sdist(folder)):
        print(os.path.join(folder, name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
