"""Where the command line says what came of it: names that cannot stand there, and streams that are full or closed."""

import json
import os
import subprocess
import sys
import unittest

from command_line import CommandLine

SMH = {"SMH_LIBRARY_ID": "smh0emulator0library", "SMH_LIBRARY_SECRET": "4b1e7c52d09f4a86b3a5f0c7e9d21864"}
#: A locale whose characters are those of ASCII, as cron has it, which Python is kept from improving.
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
NOWHERE = {"NETEASE_BASE_URL": "http://127.0.0.1:1", "http_proxy": ""}
FULL = "/dev/full"


class Output(CommandLine):
    def smh(self, *words, **more):
        account = {**SMH, "SMH_BASE_URL": self.emulator.url}
        return self.run_it(words[0], "--service", "smh", *words[1:], **{**account, **more})

    def named(self, name, data=b"cat"):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def run_to(self, words, redirection="", code=0, **more):
        """Runs it as a shell does with that redirection; returns the bytes of standard output and standard error."""
        more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": self.environment, **more}
        done = subprocess.run(
            ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "chatfile", *map(str, words)],
            cwd=self.folder,
            **more,
        )
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertNotIn(b"Traceback", done.stderr or b"")
        self.assertNotIn(b"Exception ignored", done.stderr or b"")
        return done.stdout, done.stderr

    # A name that the output cannot have.
    def test_names_that_the_output_has_no_characters_for(self):
        cat, other = self.named("\u732b\xe9.txt"), self.named("a.txt")
        out, _ = self.smh("upload", "-q", cat, other, PYTHONIOENCODING="latin-1")
        self.assertEqual(out, "\\u732b\ufffd.txt\na.txt\n")
        self.assertEqual(self.smh("list", **ASCII)[0].split()[-1], "\\u732b\\xe9.txt")
        _, errors = self.smh("delete", "-q", "no\u732b", code=5, PYTHONIOENCODING="latin-1")
        self.assertIn("chatfile: ", errors)
        # Who has chosen what is to stand for them gets that.
        self.assertEqual(self.smh("list", PYTHONIOENCODING="ascii:replace")[0].split()[-1], "??.txt")

    def test_such_names_in_json(self):
        cat = self.named("\u732b\U0001f63a\xe9.txt")
        for encoding in ("latin-1", "ascii", "gbk"):
            with self.subTest(encoding):
                words = ["upload", "-q", "--json", "--service", "smh", cat]
                account = {**SMH, "SMH_BASE_URL": self.emulator.url}
                out, _ = self.run_to(words, env={**self.environment, **account, "PYTHONIOENCODING": encoding})
                stored = json.loads(out.decode(encoding))
                self.assertEqual(stored["path"], str(cat))
        # JSON that is printed as it is stays JSON.
        request = self.folder / "request.json"
        out, _ = self.smh("presign", "upload", cat, PYTHONIOENCODING="ascii")
        request.write_text(out, "ascii")
        self.run_it("send", "-q", request, cat)
        out, _ = self.run_it("upload", "-q", "--message", cat, PYTHONIOENCODING="ascii")
        self.assertEqual(json.loads(out)["name"], cat.name)

    def test_a_name_that_is_not_utf_8(self):
        path = os.fsencode(self.folder) + b"/caf\xe9"
        try:
            with open(path, "wb") as file:
                file.write(b"cat")
        except OSError:
            self.skipTest("the file system has no such names")
        words = ["digest", os.fsdecode(path)]
        utf_8 = {**self.environment, "PYTHONIOENCODING": "utf-8"}
        self.assertTrue(self.run_to(words, env=utf_8)[0].endswith(b"/caf\\udce9\n"))
        out, _ = self.run_to(["digest", "--json", *words[1:]], env=utf_8)
        self.assertEqual(json.loads(out)["path"], os.fsdecode(path))
        # Where Python hands such bytes on, they stay what they were; what else there is no character for is not lost.
        out, _ = self.run_to(words, env={**self.environment, **ASCII})
        self.assertTrue(out.endswith(b"/caf\xe9\n"), out)
        os.rename(path, path + "\u732b".encode())
        handed_on = {**self.environment, "PYTHONUTF8": "1", "PYTHONIOENCODING": "ascii:surrogateescape"}
        out, _ = self.run_to(["digest", os.fsdecode(path) + "\u732b"], env=handed_on)
        self.assertTrue(out.endswith(b"/caf\xe9\\u732b\n"), out)

    # A trace that cannot be written.
    def test_a_trace_that_cannot_be_written(self):
        other = self.named("a.txt")
        trace = self.folder / "none" / "trace"
        _, errors = self.run_it("upload", "-q", "--trace", trace, other, code=4, **NOWHERE)
        first, second = errors.splitlines()
        self.assertRegex(first, r"^chatfile: cannot write the trace: .*none/trace")
        self.assertIn("CHATFILE_E_CONNECT", second)
        out, errors = self.run_it("upload", "-q", "--json", "--trace", trace, self.folder / "missing", other, code=3)
        self.assertEqual([json.loads(line)["ok"] for line in out.splitlines()], [False, True])
        self.assertEqual(errors.count("\n"), 1)
        # Nor does a name that is no UTF-8 keep it.
        good = self.folder / "trace"
        self.run_it("digest", "--kind", "smh", "--trace", good, b"/caf\xe9".decode("utf-8", "surrogateescape"), code=3)
        self.assertIn("CHATFILE_E_TEXT", good.read_text())

    # Standard output that is full, closed, or read by nobody.
    def commands(self):
        """What writes there: an outcome, a failure, several, and texts."""
        good, missing = self.named("a.txt"), self.folder / "missing"
        for json_too in ([], ["--json"]):
            yield ["digest", *json_too, good]
            yield ["digest", *json_too, good, missing]
        yield ["upload", "--json", missing]
        yield ["upload", "--json"]
        yield ["completion", "bash"]
        yield ["manual"]
        yield ["--help"]
        yield ["--version"]

    @unittest.skipUnless(os.path.exists(FULL), "there is no /dev/full")
    def test_standard_output_that_is_full(self):
        for unbuffered in ("", "1"):
            for words in self.commands():
                with self.subTest(words=words, unbuffered=unbuffered):
                    environment = {**self.environment, "PYTHONUNBUFFERED": unbuffered}
                    _, errors = self.run_to(words, f">{FULL}", code=1, env=environment)
                    self.assertRegex(errors, rb"^chatfile: .*No space left on device\n$")
        url = self.run_it("upload", "-q", self.file)[0].strip()
        _, errors = self.run_to(["download", "-q", url, "-o", "-"], f">{FULL}", code=1)
        self.assertRegex(errors, rb"^chatfile: .*No space left on device\n$")

    def test_standard_output_that_nobody_reads(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, writer)
        os.close(reader)
        for unbuffered in ("", "1"):
            for words in self.commands():
                with self.subTest(words=words, unbuffered=unbuffered):
                    environment = {**self.environment, "PYTHONUNBUFFERED": unbuffered}
                    _, errors = self.run_to(words, code=1, stdout=writer, env=environment)
                    self.assertEqual(errors, b"")

    def test_standard_output_that_is_closed(self):
        for words in self.commands():
            with self.subTest(words):
                _, errors = self.run_to(words, ">&-", code=2 if words == ["upload", "--json"] else 1)
                self.assertRegex(errors, rb"^chatfile: .*\n$")
                self.assertEqual(errors.count(b"\n"), 1)

    # Standard error that is full, closed, or read by nobody.
    def test_without_standard_error_the_exit_code_stays(self):
        redirections = ["2>&-", *([f"2>{FULL}"] if os.path.exists(FULL) else [])]
        for redirection in redirections:
            for words, code in (
                (["digest", "--kind", "smh", "missing"], 3),
                (["digest", "missing", "none"], 3),
                (["upload"], 2),
                (["upload", "--trace", "none/trace", "missing"], 3),
                (["upload", "-v", self.file], 0),
                (["upload", self.file, "missing"], 3),
            ):
                with self.subTest(words=words, redirection=redirection):
                    out, _ = self.run_to(words, redirection, code=code)
                    self.assertEqual(out.startswith(b"http"), self.file in words)
            out, _ = self.run_to(["upload", "--json", "missing"], redirection, code=3)
            self.assertEqual(json.loads(out)["exit_code"], 3)
            self.run_to(["digest", "missing"], f">&- {redirection}", code=1)

    def test_standard_error_that_nobody_reads(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, writer)
        os.close(reader)
        out, _ = self.run_to(["upload", self.file, "missing"], code=3, stderr=writer)
        self.assertTrue(out.startswith(b"http"))

    def test_standard_input_that_is_closed(self):
        for words in (["upload", "-q", "--name", "a", "-"], ["send", "-", "a"]):
            _, errors = self.run_to(words, "<&-", code=2)
            self.assertEqual(errors, b"chatfile: standard input is closed\n")


if __name__ == "__main__":
    unittest.main()
