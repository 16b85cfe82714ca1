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
import sysconfig
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

import wheel_file

HERE = Path(__file__).resolve().parent.parent
VARIABLE = "CHATFILE_BUILT_LIBRARY"
#: Where the sdist has what the library is made of.
OF_SDIST = HERE / "rust"
#: What of the repository that is.
RUST = ("Cargo.lock", "LICENSE-MIT", "LICENSE-APACHE", "capi", "include", "src", ".cargo")
#: As in pyproject.toml, and of every wheel.
ENTRY_POINTS = "[console_scripts]\nchatfile = chatfile.cli:main\n\n[pyinstaller40]\nhook-dirs = chatfile._pyinstaller:get_hook_dirs\n"


def rust_root() -> Path:
    """Where Cargo.toml is: in the sdist, or in the repository."""
    return OF_SDIST if OF_SDIST.is_dir() else HERE.parent.parent


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


def asked(command: List[str], **variables: str) -> str:
    """What a program of the toolchain says; nothing where it cannot."""
    environment = {**os.environ, **variables}
    try:
        done = subprocess.run(command, cwd=rust_root(), env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return ""
    return done.stdout.decode()


def own_flags() -> List[str]:
    """rustc's flags without which the library is not what a wheel holds."""
    # The folders of this machine do not stand in the library, in what panics say. Of several that a path begins with, the
    # last counts.
    folders = {"/home": os.path.expanduser("~"), "/rustup": os.environ.get("RUSTUP_HOME")}
    folders.update({"/cargo": os.environ.get("CARGO_HOME"), "/chatfile": str(rust_root())})
    flags = [f"--remap-path-prefix={folder}={name}" for name, folder in folders.items() if folder and Path(folder).name]
    # For musl rustup's compiler makes static programs, and no shared library.
    target = os.environ.get("CARGO_BUILD_TARGET")
    about = asked([os.environ.get("RUSTC", "rustc"), "--print", "cfg", *(["--target", target] if target else [])])
    if 'target_feature="crt-static"' in about:
        flags += ["-C", "target-feature=-crt-static"]
    return flags


def with_own_flags() -> Tuple[List[str], Dict[str, str]]:
    """Further arguments of cargo, and variables. Of the places that may have flags cargo looks at one alone: the
    environment's two, then those of the target with all that is said of it, then [build]. So ours are added to the first
    that is there; to those of the target with what [build] has, as ffi-tests/src/toolchain.rs does."""
    flags = own_flags()
    encoded = os.environ.get("CARGO_ENCODED_RUSTFLAGS")
    given = encoded.split("\x1f") if encoded else os.environ.get("RUSTFLAGS", "").split()
    if given:
        return [], {"CARGO_ENCODED_RUSTFLAGS": "\x1f".join(given + flags)}
    ask = ["cargo", "-Z", "unstable-options", "config", "get", "--format", "json-value", "build.rustflags"]
    said = json.loads(asked(ask, RUSTC_BOOTSTRAP="1") or "[]")
    configured = said.split() if isinstance(said, str) else said
    return ["--config", f'target."cfg(all())".rustflags={json.dumps(configured + flags)}'], {}


def built_library() -> Path:
    """The shared library; cargo builds it if nobody has."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    arguments, variables = with_own_flags()
    command = ["cargo", *arguments, "build", "--release", "--package", "chatfile-capi"]
    command += ["--message-format", "json-render-diagnostics"]
    # In the repository who changes what it depends on goes on.
    command += ["--locked"] if rust_root() == OF_SDIST else []
    try:
        done = subprocess.run(command, cwd=rust_root(), env={**os.environ, **variables}, stdout=subprocess.PIPE, check=True)
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
    raise SystemExit("cargo made no shared library: its warnings above say why")


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


def interpreter_tag() -> str:
    """No extension module is in the wheel, but this says that it is for CPython: with PyPy's ctypes what a signal handler
    raises during a call is lost. Who builds it with another Python, or one without the GIL, which know no such tag, wants it
    for that."""
    is_usual = sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
    return "cp38-abi3" if is_usual else "py3-none"


def build_wheel(
    wheel_directory: str,
    config_settings: Optional[Dict[str, Any]] = None,
    metadata_directory: Optional[str] = None,
    editable: bool = False,
) -> str:
    """Makes the wheel and returns its name (PEP 517)."""
    library = built_library().read_bytes()
    tag = f"{interpreter_tag()}-{wheel_file.platform_tag(library)}"
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


LOCK = "rust/Cargo.lock"


def pruned(files: Dict[str, bytes]) -> bytes:
    """Cargo.lock without what the other crates need, so that --locked takes it: cargo alone knows what that is. It needs no
    network where the library was built."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        command = ["cargo", "update", "--quiet", "--workspace", "--manifest-path", f"{folder}/rust/Cargo.toml"]
        try:
            if subprocess.run([*command, "--offline"], cwd=rust_root(), stderr=subprocess.DEVNULL).returncode:
                subprocess.run(command, cwd=rust_root(), check=True)
        except FileNotFoundError:
            raise SystemExit("cargo is not there: it makes the sdist's Cargo.lock") from None
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"cargo failed ({error.returncode})") from None
        return Path(folder, LOCK).read_bytes()


def source_files() -> Iterator[Tuple[str, bytes]]:
    """What the sdist holds, with Cargo.lock as it is here."""
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
    files = dict(source_files())
    if rust_root() != OF_SDIST:
        files[LOCK] = pruned(files)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in files.items():
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
