"""The wheel and the sdist, as a new user meets them: installed into an empty environment, and the README's example pasted.

CHATFILE_DIST names the folder that they are in; without it they are built, with the library that CHATFILE_LIBRARY names.
"""

import glob
import hashlib
import os
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import unittest
import venv
import zipapp
import zipfile
from pathlib import Path

from emulator import PACKAGE, Case, python, tools

LIBRARY = os.environ.get("CHATFILE_LIBRARY")
PROGRAM = """
import os
import chatfile
account = chatfile.Netease(os.environ["NETEASE_APP_KEY"], os.environ["NETEASE_APP_SECRET"], base_url=os.environ["NETEASE_BASE_URL"])
with chatfile.Client(account) as client:
    print(client.upload(b"12345").size)
"""


class Package(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.temporary = tempfile.TemporaryDirectory()
        base = Path(cls.temporary.name)
        dist = os.environ.get("CHATFILE_DIST")
        if dist is None:
            dist = base / "dist"
            environment = {**os.environ, **({"CHATFILE_BUILT_LIBRARY": LIBRARY} if LIBRARY else {})}
            done = python(PACKAGE / "build_tools" / "backend.py", dist, env=environment)
            assert done.returncode == 0, done.stderr.decode()
        (cls.wheel,) = glob.glob(f"{dist}/*.whl")
        (cls.sdist,) = glob.glob(f"{dist}/*.tar.gz")
        # Nothing of ours may be seen in it.
        # LD_LIBRARY_PATH is cargo's, and has the library of the debug build.
        unwanted = ("PYTHONPATH", "CHATFILE_LIBRARY", "LD_LIBRARY_PATH")
        cls.environment = {k: v for k, v in os.environ.items() if k not in unwanted}
        venv.create(base / "venv", with_pip=True)
        cls.python = str(base / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python")
        subprocess.run(
            [cls.python, "-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", cls.wheel],
            check=True,
            env=cls.environment,
        )

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()
        super().tearDownClass()

    def run_it(self, *words, **environment):
        return subprocess.run(
            [self.python, *map(str, words)],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def test_the_script_and_what_lies_beside_it(self):
        script = Path(self.python).with_name("chatfile")
        done = subprocess.run([script, "--version"], env=self.environment, stdout=subprocess.PIPE)
        self.assertRegex(done.stdout.decode(), r"^chatfile [\d.]+ \(library [\d.]+\)")
        for name in ("man/man1/chatfile.1", "bash-completion/completions/chatfile"):
            self.assertTrue((script.parent.parent / "share" / name).exists(), name)
        asked = "import chatfile; print(chatfile.user_message(chatfile.ChatfileError('x', status=200), 'zh').label)"
        self.assertEqual(self.run_it("-c", asked, PYTHONUTF8="1").stdout.decode().strip(), "重试")

    def test_the_wheel(self):
        self.assertRegex(os.path.basename(self.wheel), r"^chatfile-[\d.]+-cp38-abi3-\w+\.whl$")
        with zipfile.ZipFile(self.wheel) as archive:
            names = archive.namelist()
            (record,) = [name for name in names if name.endswith("/RECORD")]
            listed = archive.read(record).decode().splitlines()
            self.assertEqual(len(listed), len(names))
            self.assertIn("chatfile/py.typed", names)
            self.assertIn("chatfile/messages.zh.json", names)
            self.assertTrue(any(name.startswith("chatfile/_lib/") for name in names))
            self.assertFalse(any("test" in name for name in names))
            for name in names:
                self.assertFalse(archive.getinfo(name).date_time[0] < 1980)
        self.assertNotIn("linux_", os.path.basename(self.wheel).replace("manylinux_", ""))

    def test_the_tag_is_true(self):
        if not sys.platform.startswith("linux"):
            self.skipTest("glibc is Linux's")
        match = re.search(r"manylinux_(\d+)_(\d+)_", self.wheel)
        with zipfile.ZipFile(self.wheel) as archive:
            data = archive.read("chatfile/_lib/libchatfile.so")
        wanted = {tuple(map(int, v.split(b"."))) for v in re.findall(rb"\0GLIBC_([\d.]+)(?=\0)", data)}
        self.assertGreaterEqual(tuple(map(int, match.groups())), max(wanted))

    def test_a_wheel_is_for_the_system_of_its_library(self):
        """Whatever machine it is made on."""

        def tag(data):
            code = "import sys, wheel_file; print(wheel_file.platform_tag(sys.stdin.buffer.read()))"
            folder = {**os.environ, "PYTHONPATH": str(PACKAGE / "build_tools")}
            done = subprocess.run([sys.executable, "-c", code], input=data, env=folder, stdout=subprocess.PIPE, check=True)
            return done.stdout.decode().strip()

        def pe(machine):
            return b"MZ".ljust(0x3C, b"\0") + struct.pack("<I4sH", 0x40, b"PE\0\0", machine)

        self.assertEqual(tag(pe(0x14C)), "win32")
        self.assertEqual(tag(pe(0x8664)), "win_amd64")
        # Two sections: what it needs, and the texts of that.
        texts = b"\0libc.so.6\0GLIBC_2.17\0"
        needed = struct.pack("<HHIII", 1, 1, 1, 16, 0) + struct.pack("<IHHII", 0, 0, 0, 11, 0)
        at = 64 + 2 * 64
        sections = [(0, 0x6FFFFFFE, 0, 0, at, len(needed), 1, 1, 0, 0), (0, 3, 0, 0, at + len(needed), len(texts), 0, 0, 0, 0)]
        head = b"\x7fELF\x02\x01".ljust(18, b"\0") + struct.pack("<H", 183)
        head = head.ljust(40, b"\0") + struct.pack("<Q", 64)
        head = head.ljust(58, b"\0") + struct.pack("<HHH", 64, 2, 0)
        data = head + b"".join(struct.pack("<IIQQQQIIQQ", *one) for one in sections) + needed + texts
        self.assertEqual(tag(data), "manylinux2014_aarch64.manylinux_2_17_aarch64")

    def test_the_machine_is_the_one_in_the_header(self):
        """That of another one than this would install, and not load."""

        def elf(bits, order, machine):
            return b"\x7fELF" + bytes([bits, order, 1]).ljust(14, b"\0") + struct.pack("<>"[order - 1] + "H", machine).ljust(46, b"\0")

        def macho(machine, command):
            return struct.pack("<8I", 0xFEEDFACF, machine, 0, 6, 1, len(command), 0, 0) + command

        def tag(data):
            name = self.folder / "library"
            name.write_bytes(data)
            code = "import sys, wheel_file; print(wheel_file.platform_tag(open(sys.argv[1], 'rb').read()))"
            folder = {**os.environ, "PYTHONPATH": str(PACKAGE / "build_tools")}
            return python("-c", code, name, env=folder)

        kinds = {
            "linux_i686": elf(1, 1, 3),
            "linux_x86_64": elf(2, 1, 62),
            "linux_armv7l": elf(1, 1, 40),
            "linux_riscv64": elf(2, 1, 243),
            "linux_ppc64le": elf(2, 1, 21),
            "linux_s390x": elf(2, 2, 22),
            "linux_loongarch64": elf(2, 1, 258),
            # The oldest macOS, as either command has it.
            "macosx_10_12_x86_64": macho(0x01000007, struct.pack("<4I", 0x24, 16, 0x0A0C00, 0)),
            "macosx_11_0_arm64": macho(0x0100000C, struct.pack("<6I", 0x32, 24, 1, 0x0B0300, 0, 0)),
        }
        if sys.platform.startswith("linux"):
            self.assertEqual({name: tag(data).stdout.decode().strip() for name, data in kinds.items()}, {name: name for name in kinds})
        for data in (elf(1, 1, 62), elf(2, 1, 9999), b"MZ".ljust(64, b"\0"), b"text"):
            done = tag(data)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(b"no wheel is for", done.stderr.splitlines()[-1])

    def test_the_example_of_the_readme(self):
        readme = (PACKAGE / "README.md").read_text(encoding="utf-8")
        example = re.findall(r"```python\n(.*?)```", readme, re.S)[0]
        (self.folder / "example.py").write_text(example)
        (self.folder / "cat.jpg").write_bytes(b"cat" * 1000)
        variables = self.emulator.variables()
        done = self.run_it("example.py", **variables)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertIn(b"3000 of 3000\nhttp", done.stdout)
        self.assertEqual((self.folder / "cat-again.jpg").read_bytes(), b"cat" * 1000)
        # One credential is wrong: the text says which to look at, without a traceback.
        for name, value, text in (
            ("NETEASE_APP_SECRET", "wrong-secret", "check AppKey, AppSecret"),
            ("NETEASE_APP_KEY", "wrong-key", "app key not found"),
            ("NETEASE_BASE_URL", "http://127.0.0.1:1/nimserver", "127.0.0.1:1"),
        ):
            done = self.run_it("example.py", **{**variables, name: value})
            self.assertEqual(done.returncode, 1)
            told = done.stderr.decode()
            self.assertIn(text, told)
            self.assertIn("CHATFILE_E_", told)
            self.assertNotIn("Traceback", told)
            self.assertNotIn("wrong-", told)

    def test_the_library_is_the_one_in_the_wheel(self):
        done = self.run_it("-c", "import chatfile; print(chatfile.library_path, chatfile.version())")
        path, version = done.stdout.decode().split()
        self.assertIn("site-packages", path)
        self.assertIn(f"chatfile-{version}-", self.wheel)

    def test_the_command_line(self):
        (self.folder / "a.txt").write_text("x")
        done = self.run_it("-m", "chatfile", "upload", "-q", "a.txt", **self.emulator.variables())
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertTrue(done.stdout.startswith(b"http"))

    def test_a_program_that_pyinstaller_has_frozen(self):
        python = tools("PyInstaller")
        pip = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--force-reinstall", self.wheel]
        subprocess.run(pip, check=True, env=self.environment)
        (self.folder / "frozen.py").write_text(PROGRAM)
        freeze = [python, "-m", "PyInstaller", "--log-level", "ERROR", "--noconfirm", "frozen.py"]
        subprocess.run(freeze, check=True, cwd=self.folder, env=self.environment)
        done = subprocess.run(
            [self.folder / "dist" / "frozen" / "frozen"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**self.environment, **self.emulator.variables()},
        )
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"5\n", b""))

    def test_a_zipapp_says_why_it_cannot_and_what_to_do(self):
        program = self.folder / "app"
        with zipfile.ZipFile(self.wheel) as archive:
            archive.extractall(program)
        (program / "__main__.py").write_text(PROGRAM)
        zipapp.create_archive(program, self.folder / "app.pyz")
        done = self.run_it("app.pyz", **self.emulator.variables())
        self.assertEqual(done.returncode, 1)
        told = done.stderr.decode().splitlines()[-1]
        self.assertIn("The package is inside an archive (", told)
        self.assertIn("app.pyz", told)
        self.assertIn("install its wheel beside it, or set CHATFILE_LIBRARY", told)
        library = f"{program}/chatfile/_lib/libchatfile.so"
        done = self.run_it("app.pyz", CHATFILE_LIBRARY=library, **self.emulator.variables())
        self.assertEqual((done.returncode, done.stdout), (0, b"5\n"), done.stderr.decode())

    def test_the_sdist_has_what_the_library_is_made_of(self):
        with tarfile.open(self.sdist) as archive:
            names = [name.split("/", 1)[1] for name in archive.getnames()]
            top = archive.getnames()[0].split("/")[0]
            manifest = archive.extractfile(f"{top}/rust/Cargo.toml").read().decode()
            about = archive.extractfile(f"{top}/PKG-INFO").read().decode()
        for name in ("pyproject.toml", "PKG-INFO", "rust/Cargo.lock", "rust/src/lib.rs", "rust/capi/src/lib.rs", "rust/capi/Cargo.toml", "src/chatfile/_abi.py"):
            self.assertIn(name, names)
        licences = re.findall("^License-File: (.+)$", about, re.M)
        self.assertEqual(licences, ["LICENSE-MIT", "LICENSE-APACHE"])
        self.assertLessEqual(set(licences), set(names))
        with zipfile.ZipFile(self.wheel) as wheel:
            self.assertTrue(any(name.endswith("/licenses/THIRD-PARTY.txt") for name in wheel.namelist()))
        self.assertIn('members = ["capi"]', manifest)
        self.assertNotIn("chatfile-emulator", manifest)

    def test_the_lock_file_of_the_sdist_is_that_of_its_manifests(self):
        if not shutil.which("cargo"):
            self.skipTest("no cargo")
        with tarfile.open(self.sdist) as archive:
            archive.extractall(self.folder)
        (top,) = self.folder.glob("chatfile-*")
        lock = (top / "rust" / "Cargo.lock").read_text()
        self.assertFalse('name = "chatfile-emulator"' in lock)
        # Its toolchain is that of the repository.
        command = ["cargo", "metadata", "--locked", "--offline", "--format-version=1", "--manifest-path", top / "rust" / "Cargo.toml"]
        done = subprocess.run(command, cwd=PACKAGE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr.decode())

    def backend(self, code, **variables):
        environment = {**os.environ, **variables, "PYTHONPATH": str(PACKAGE / "build_tools")}
        done = python("-c", f"import backend, sys; {code}", env=environment)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout.decode().strip()

    def test_the_flags_of_the_build_are_added_to_those_that_are_set(self):
        if not shutil.which("cargo"):
            self.skipTest("no cargo")
        code = "print(backend.with_own_flags())"
        plain = {"RUSTFLAGS": "", "CARGO_ENCODED_RUSTFLAGS": ""}
        configured = self.backend(code, **plain)
        for part in ("cfg(all())", "force-frame-pointers", "--remap-path-prefix="):
            self.assertIn(part, configured)
        given = self.backend(code, **{**plain, "RUSTFLAGS": "-C opt-level=1"})
        self.assertIn("opt-level=1", given)
        self.assertIn("--remap-path-prefix=", given)
        # rustup's compiler for it makes static programs alone, if not told.
        musl = self.backend(code, **plain, CARGO_BUILD_TARGET="x86_64-unknown-linux-musl")
        self.assertIn("target-feature=-crt-static", musl)
        self.assertNotIn("crt-static", configured)

    def test_another_python_gets_a_wheel_for_itself(self):
        self.assertEqual(self.backend("sys.implementation.name = 'cpython'; print(backend.interpreter_tag())"), "cp38-abi3")
        self.assertEqual(self.backend("sys.implementation.name = 'pypy'; print(backend.interpreter_tag())"), "py3-none")

    @unittest.skipUnless(os.environ.get("CHATFILE_TEST_SDIST"), "takes minutes: CHATFILE_TEST_SDIST=1")
    def test_the_sdist_builds_with_rust(self):
        done = self.run_it("-m", "pip", "wheel", "--no-index", "--no-deps", "-w", self.folder, self.sdist)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        (made,) = glob.glob(f"{self.folder}/*.whl")
        self.assertEqual(os.path.basename(made), os.path.basename(self.wheel))
        with zipfile.ZipFile(made) as archive:
            self.assertTrue(any(name.startswith("chatfile/_lib/") for name in archive.namelist()))

    def test_the_same_inputs_make_the_same_files(self):
        if not LIBRARY:
            self.skipTest("no CHATFILE_LIBRARY")
        sums = []
        for turn in "ab":
            folder = self.folder / turn
            environment = {**os.environ, "CHATFILE_BUILT_LIBRARY": LIBRARY}
            python(PACKAGE / "build_tools" / "backend.py", folder, env=environment)
            sums.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())])
        self.assertEqual(len(sums[0]), 2)
        self.assertEqual(sums[0], sums[1])


if __name__ == "__main__":
    unittest.main()
