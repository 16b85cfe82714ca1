"""The types, as those see them who use the package: pyright (Pylance) with strict."""

import json
import os
import subprocess
import unittest
from pathlib import Path

from emulator import PACKAGE, tools


class Types(unittest.TestCase):
    def test_a_program_of_a_user(self):
        python = tools("pyright")
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE / "src"), "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
        done = subprocess.run(
            [python, "-m", "pyright", "--outputjson", "--pythonpath", python, Path(__file__).parent / "typed_program.py"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=PACKAGE,
            env=environment,
        )
        self.assertIn(done.returncode, (0, 1), done.stderr.decode())
        said = json.loads(done.stdout)
        faults = [
            f"{fault['range']['start']['line'] + 1}: {fault['message']}"
            for fault in said["generalDiagnostics"]
            if fault["severity"] != "information"
        ]
        self.assertEqual(faults, [])
        self.assertEqual(said["summary"]["filesAnalyzed"], 1)


if __name__ == "__main__":
    unittest.main()
