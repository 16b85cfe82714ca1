"""The types, as those see them who use the package: pyright (Pylance) with strict."""

import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from emulator import PACKAGE, ROOT, tools


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

    def test_the_programs_on_the_pages(self):
        python = tools("mypy")
        pages = [*(ROOT / "docs" / "recipes").glob("*.md"), ROOT / "docs" / "start-python.md"]
        if len(pages) == 1:
            self.skipTest("not in the repository")
        with tempfile.TemporaryDirectory() as name:
            for page in pages:
                # The decorators of a framework are known only where that is.
                if page.stem in ("web", "fastapi", "gunicorn"):
                    continue
                for file, text in re.findall(r"^```python (\S+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S):
                    path = Path(name, f"{page.stem}_{file}".replace("-", "_"))
                    path.write_text(text, encoding="utf-8")
            done = subprocess.run(
                [python, "-m", "mypy", "--strict", "--ignore-missing-imports", "--follow-imports=silent", "--cache-dir", name, name],
                stdout=subprocess.PIPE,
                env={**os.environ, "MYPYPATH": str(PACKAGE / "src")},
            )
        self.assertEqual(done.returncode, 0, done.stdout.decode())


if __name__ == "__main__":
    unittest.main()
