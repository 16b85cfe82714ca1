"""The command line where people meet it: words completed in the shells themselves, and the page for man."""

import os
import pty
import re
import select
import shutil
import subprocess
import time
import unittest

from command_line import CommandLine
from emulator import PACKAGE

#: Seconds that a shell may take for a line, on a busy machine.
PATIENCE = 60
#: What is typed, a tab behind it, and the words that the command then gets.
TYPED = (
    ("chatfile dow", "download"),
    ("chatfile digest --kind sh", "digest --kind sha256"),
    ("chatfile upload --check", "upload --checkpoint"),
    ("chatfile upload --service net", "upload --service netease"),
    ("chatfile download ca", "download cat.jpg"),
)


def needs(name):
    return unittest.skipIf(shutil.which(name) is None, f"there is no {name}")


class Shell:
    """One that somebody types into."""

    def __init__(self, words, folder):
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm", "ZDOTDIR": str(folder), "LC_ALL": "C.UTF-8"}
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(words[0], words, environment)
        self.said = ""

    def types(self, text, until):
        """Types, and waits until the shell has said something."""
        os.write(self.terminal, text.encode())
        begun, end = len(self.said), time.monotonic() + PATIENCE
        while not re.search(until, self.said[begun:]):
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise AssertionError(f"{until!r} is not in {self.said[begun:]!r}")
            self.said += os.read(self.terminal, 4096).decode(errors="replace")

    def end(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


class Shells(CommandLine):
    def complete(self, shell, words, *before):
        """In that shell: the command is one that prints what it gets."""
        script = self.folder / "completion"
        script.write_text(self.run_it("completion", shell)[0])
        own = Shell(words, self.folder)
        try:
            for line in (*before, 'chatfile() { echo "<$*>"; }', f". {script}"):
                own.types(f"{line}; echo do''ne\n", "done\r?\n")
            for typed, expected in TYPED:
                with self.subTest(typed):
                    own.types(f"{typed}\t\n", f"<{re.escape(expected)}>")
        finally:
            own.end()

    @needs("bash")
    def test_bash(self):
        self.complete("bash", ["bash", "--norc", "--noprofile", "-i"])

    @needs("zsh")
    def test_zsh(self):
        self.complete("zsh", ["zsh", "-f", "-i"], "autoload -Uz compinit && compinit -u -D")

    @needs("fish")
    def test_fish(self):
        script = self.folder / "chatfile.fish"
        script.write_text(self.run_it("completion", "fish")[0])
        for typed, expected in TYPED:
            asked = ["fish", "--no-config", "-c", f"source {script}; complete --do-complete '{typed}'"]
            done = subprocess.run(asked, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            found = [line.split("\t")[0] for line in done.stdout.decode().splitlines()]
            self.assertEqual(found, [expected.split()[-1]], done.stderr)

    @needs("man")
    def test_the_page_for_man(self):
        page = self.folder / "chatfile.1"
        page.write_text(self.run_it("manual")[0])
        for width in ("40", "120"):
            shown = subprocess.run(
                ["man", "--warnings", "-E", "UTF-8", "-l", str(page)],
                env={**os.environ, "MANWIDTH": width, "MAN_KEEP_FORMATTING": "", "LC_ALL": "C.UTF-8"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            # A line of an example does not fit into 40 columns.
            told = [line for line in shown.stderr.decode().splitlines() if "cannot adjust" not in line and "cannot break" not in line]
            self.assertEqual(told, [])
            self.assertIn("chatfile upload cat.jpg", shown.stdout.decode())

    @needs("mandoc")
    def test_the_page_for_mandoc(self):
        page = PACKAGE / "share" / "man" / "man1" / "chatfile.1"
        if not page.is_file():
            self.skipTest("not in the repository")
        told = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(page)], stdout=subprocess.PIPE).stdout.decode()
        self.assertEqual([line for line in told.splitlines() if "missing date" not in line], [])


if __name__ == "__main__":
    unittest.main()
