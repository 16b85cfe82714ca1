"""docs/recipes/*.md, done as a reader does them: a block with a file's name behind the language is that file, a block of
sh is pasted into a shell, and a block of text behind it is what that prints, in which … stands for anything."""

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from emulator import ENVIRONMENT, ROOT, program, tools

RECIPES = ROOT / "docs" / "recipes"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.M | re.S)
#: What goes on where the first steps in another language end is followed there: cargo xtask test readme.
ELSEWHERE = re.compile(r"^## (C|C\+\+|Go|Rust)$.*?(?=^## |\Z)", re.M | re.S)
NEXT = "== next block =="


def interpreter(needs):
    """A Python that has what a page needs."""
    found = sys.executable
    for need in needs:
        if need == "a display":
            if not os.environ.get("DISPLAY") and shutil.which("xvfb-run") is None:
                raise unittest.SkipTest("there is no display, and no xvfb-run")
        elif need.startswith("pkg-config "):
            if subprocess.run(need.split()[:1] + ["--exists", need.split()[1]]).returncode:
                raise unittest.SkipTest(f"{need}: not there")
        else:
            found = tools(need)
    return found


def is_as_written(said, written):
    pattern = ".*".join(map(re.escape, written.split("…")))
    return re.fullmatch(pattern, said.strip()) is not None


class Recipes(unittest.TestCase):
    def follow(self, page):
        text = ELSEWHERE.sub("", page.read_text(encoding="utf-8"))
        needs = [need.strip() for line in re.findall(r"<!-- needs: (.*?) -->", text) for need in line.split(",")]
        python = interpreter(needs)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            place = folder / ".bin"
            place.mkdir()
            os.symlink(program(), place / "chatfile-emulator")
            for word, words in (("python", f'"{python}"'), ("chatfile", f'"{python}" -m chatfile')):
                (place / word).write_text(f'#!/bin/sh\nexec {words} "$@"\n')
                (place / word).chmod(stat.S_IRWXU)
            script, expected = "exec 2>&1\nset -e\n", []
            for language, file, body in BLOCK.findall(text):
                if file:
                    (folder / file).write_text(body, encoding="utf-8")
                elif language == "sh":
                    script += f"echo '{NEXT}'\n{body}"
                    expected.append([])
                elif language == "text":
                    expected[-1] += body.splitlines()
            if not expected:
                return
            words = ["bash", "-c", script]
            if "a display" in needs and not os.environ.get("DISPLAY"):
                words = ["xvfb-run", "-a", *words]
            environment = {**ENVIRONMENT, "PATH": f"{place}{os.pathsep}{os.environ['PATH']}", "CHATFILE_CONFIG": "", "PYTHONUTF8": "1"}
            del environment["CHATFILE_CONFIG"]
            environment["XDG_CONFIG_HOME"] = name
            done = subprocess.run(words, cwd=name, env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
            said = done.stdout.decode(errors="replace")
            self.assertEqual(done.returncode, 0, said)
            for printed, lines in zip(said.split(NEXT)[1:], expected):
                rest = iter(printed.splitlines())
                for line in lines:
                    self.assertTrue(any(is_as_written(one, line) for one in rest), f"it does not print {line!r}:\n{said}")


def recipe(page):
    return lambda self: self.follow(page)


for _page in sorted(RECIPES.glob("*.md")):
    if _page.stem != "README":
        setattr(Recipes, f"test_{_page.stem}", recipe(_page))

if __name__ == "__main__":
    unittest.main()
