"""The files of the command line: a name for each download, what of a folder cannot be read, and what a signal leaves."""

import json
import os
import signal
import subprocess
import sys
import time
import unittest
import unittest.mock

from command_line import CommandLine


@unittest.skipIf(os.name == "nt", "modes, links and signals are those of Unix")
class Files(CommandLine):
    def setUp(self):
        super().setUp()
        self.smh = self.client(self.emulator.smh())
        self.here = self.folder / "here"
        self.here.mkdir()
        for name in ("library_id", "library_secret", "base_url"):
            self.environment[f"SMH_{name}".upper()] = getattr(self.emulator.smh(), name)

    def run_here(self, *words, **more):
        return self.run_it(words[0], "-q", "--service", "smh", *words[1:], cwd=self.here, **more)

    def start(self, *words, setting=lambda: None):
        """Begins it in that folder, where no shell has signals ignored but what the setting says."""

        def before():
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            setting()

        child = subprocess.Popen(
            [sys.executable, "-m", "chatfile", words[0], "-q", "--service", "smh", *words[1:]],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            cwd=self.here,
            preexec_fn=before,
        )
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        return child

    def ended(self, child, code):
        out, errors = child.communicate(timeout=60)
        self.assertEqual(child.returncode, code, errors)
        return out.decode(), errors.decode()

    def put(self, name, data):
        folder, _, last = name.rpartition("/")
        self.smh.upload(data, file_name=last, directory=folder or None, create_directories=True)

    def there(self):
        return {name: (self.here / name).read_bytes() for name in sorted(os.listdir(self.here))}

    def stuck(self, *words, **more):
        """A download that has got some of its bytes, and waits for the others."""
        self.emulator.fault("stall_body", "get", after=50_000)
        child = self.start("download", *words, **more)
        end = time.monotonic() + 60
        # With --resume, also what says of which file they are.
        while sum(".part" in name for name in os.listdir(self.here)) < 1 + ("--resume" in words):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        return child

    # A name for each download.
    def test_downloads_side_by_side_each_have_a_name(self):
        names = ["a/x.bin", "b/x.bin", "c/x.bin", "d/x.bin"]
        for name in names:
            self.put(name, name.encode())
        self.emulator.fault("hold", "get")
        children = [self.start("download", name) for name in names]
        self.emulator.wait_for("get", len(names))
        self.emulator.clear()
        said = sorted(self.ended(child, 0)[0].strip() for child in children)
        there = self.there()
        self.assertEqual(said, ["x (1).bin", "x (2).bin", "x (3).bin", "x.bin"])
        self.assertEqual((sorted(there), sorted(there.values())), (said, sorted(map(str.encode, names))))

    def test_a_name_that_the_locale_has_no_characters_for(self):
        ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        for folder in ("a", "b"):
            self.put(f"{folder}/%E7%8C%AB.txt", folder.encode())
            self.run_here("download", f"{folder}/%E7%8C%AB.txt", **ascii_only)
        self.assertEqual(self.there(), {"\u732b.txt": b"a", "\u732b (1).txt": b"b"})

    def test_a_new_file_has_the_mode_of_one(self):
        self.put("x.bin", b"x")
        for umask, mode in ((0o022, 0o644), (0o077, 0o600)):
            child = self.start("download", "x.bin", setting=lambda: os.umask(umask))
            path = self.here / self.ended(child, 0)[0].strip()
            self.assertEqual(path.stat().st_mode & 0o777, mode)

    def test_a_download_that_fails_leaves_its_name(self):
        self.run_here("download", "x.bin", code=5)
        self.assertEqual(self.there(), {})
        self.run_here("download", "x.bin", "-o", self.here / "none" / "y.bin", code=3)
        # A folder that takes no file: the library says so, as of any other target.
        if os.path.isdir("/proc/self"):
            _, errors = self.run_here("download", "x.bin", "-o", "/proc/self", code=3)
            self.assertIn("CHATFILE_E_SINK", errors)

    def test_what_was_broken_off_goes_on_under_its_name(self):
        data = os.urandom(200_000)
        self.put("x.bin", data)
        for end in (signal.SIGINT, signal.SIGKILL):
            child = self.stuck("--resume", "x.bin")
            # Nobody else has it meanwhile.
            self.assertIn("is under way", self.run_here("download", "--resume", "x.bin", code=3)[1])
            child.send_signal(end)
            child.wait(timeout=60)
            self.assertEqual(os.path.exists(self.here / "x.bin"), end == signal.SIGKILL)
            self.assertTrue((self.here / "x.bin.part.json").exists())
            self.emulator.ask("POST", "reset")
            self.put("x.bin", data)
            # Without --resume it is another.
            if end == signal.SIGKILL:
                self.assertEqual(self.run_here("download", "x.bin")[0], "x (1).bin\n")
            self.assertEqual(self.run_here("download", "--resume", "x.bin")[0], "x.bin\n")
            self.assertEqual((self.here / "x.bin").read_bytes(), data)
            (self.here / "x.bin").unlink()
        # What has bytes was not left by a download.
        (self.here / "x.bin").write_bytes(b"mine")
        (self.here / "x.bin.part.json").write_bytes(b"")
        self.assertEqual(self.run_here("download", "--resume", "x.bin")[0], "x (2).bin\n")
        self.assertEqual((self.here / "x.bin").read_bytes(), b"mine")

    # What of a folder cannot be read.
    def tree(self):
        tree = self.folder / "tree"
        (tree / "empty").mkdir(parents=True)
        (tree / "sub").mkdir()
        (self.folder / "other").mkdir()
        (self.folder / "other" / "o.txt").write_text("o")
        (tree / "a.txt").write_text("a")
        (tree / "sub" / "b.txt").write_text("b")
        return tree

    def test_a_link_to_a_folder_is_told(self):
        tree = self.tree()
        self.assertEqual(self.run_here("upload", "-r", tree)[0], "tree/a.txt\ntree/sub/b.txt\n")
        (tree / "linked").symlink_to("../other")
        (tree / "sub" / "loop").symlink_to("..")
        (tree / "file").symlink_to("a.txt")
        out, errors = self.run_here("upload", "-r", tree, "-O", "conflict=overwrite", code=3)
        self.assertEqual(out, "tree/a.txt\ntree/file\ntree/sub/b.txt\n")
        first, second = errors.splitlines()
        self.assertRegex(first, r"^chatfile: .*/linked is a link to a folder, .*\(CHATFILE_E_SOURCE\)$")
        self.assertIn("/sub/loop is a link to a folder", second)
        # One that is named is what it leads to.
        self.assertEqual(self.run_here("upload", "-r", tree / "linked")[0], "linked/o.txt\n")

    def test_a_folder_that_cannot_be_read_is_told(self):
        # Nobody can list what is not there any more; to root all modes are one.
        from chatfile.cli.commands import files_of

        tree = self.tree()
        listed = os.scandir

        def scandir(path):
            if os.path.basename(path) == "sub":
                raise PermissionError(13, "Permission denied", path)
            return listed(path)

        with unittest.mock.patch("os.scandir", scandir):
            found = files_of([str(tree)], True, True, "smh")
        self.assertEqual([(os.path.basename(path), folder) for path, folder, _ in found], [("a.txt", "tree"), ("sub", "")])
        self.assertRegex(str(found[1][2]), r"^cannot list .*/sub: Permission denied$")

    # What a signal leaves.
    def test_a_signal_ends_a_download_and_leaves_nothing(self):
        self.put("x.bin", bytes(200_000))
        for number, code in ((signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)):
            for target in ((), ("-o", "y.bin")):
                child = self.stuck("x.bin", *target)
                child.send_signal(number)
                out, errors = self.ended(child, code)
                self.assertEqual((out, self.there()), ("", {}))
                self.assertEqual(errors.count("\n"), 1)
                self.emulator.ask("POST", "reset")
                self.put("x.bin", bytes(200_000))

    def test_a_signal_that_is_ignored_stays_so(self):
        self.put("x.bin", bytes(200_000))
        # As under nohup.
        child = self.stuck("x.bin", "--json", setting=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        child.send_signal(signal.SIGHUP)
        child.send_signal(signal.SIGTERM)
        out, _ = self.ended(child, 143)
        self.assertEqual(json.loads(out), {"ok": False, "exit_code": 143, "message": "ended by SIGTERM"})


if __name__ == "__main__":
    unittest.main()
