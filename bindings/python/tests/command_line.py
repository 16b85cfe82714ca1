"""What the tests of the command line share."""

import os
import subprocess
import sys

from emulator import ENVIRONMENT, Case


class CommandLine(Case):
    """With NetEase in the environment, and a file."""

    options = ("--smh-domain", "asked")

    def setUp(self):
        super().setUp()
        self.environment = {**ENVIRONMENT, **self.emulator.variables()}
        self.environment["XDG_CONFIG_HOME"] = str(self.folder)
        for name in ("CHATFILE_CONFIG", "CHATFILE_PROFILE"):
            self.environment.pop(name, None)
        self.file = self.folder / "cat.jpg"
        self.file.write_bytes(os.urandom(2_000_000))

    def run_it(self, *words, code=0, input=None, cwd=None, **environment):
        """Runs it and returns standard output and standard error."""
        done = subprocess.run(
            [sys.executable, "-m", "chatfile", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**self.environment, **environment},
            input=input,
            cwd=cwd,
        )
        self.assertEqual(done.returncode, code, done.stderr.decode())
        self.assertNotIn(b"Traceback", done.stderr)
        return done.stdout.decode(errors="replace"), done.stderr.decode()

    def without_variables(self):
        for name in self.emulator.variables():
            del self.environment[name]
