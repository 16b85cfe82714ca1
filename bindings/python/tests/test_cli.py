"""``python -m chatfile``."""

import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unittest
import unittest.mock

import chatfile
from chatfile.cli.meter import Meter, time_text
from command_line import CommandLine


class Transfers(CommandLine):
    def test_there_and_back(self):
        out, errors = self.run_it("upload", self.file)
        url = out.strip()
        self.assertTrue(url.startswith("http"))
        # In a pipe: plain lines.
        self.assertRegex(errors, r"^cat\.jpg: 0% 0 B of 2\.0 MB\n(cat\.jpg: \d+% .*\n)*cat\.jpg: 100% 2\.0 MB of 2\.0 MB")
        self.assertNotIn("\r", errors)
        target = self.folder / "again.jpg"
        out, _ = self.run_it("download", url, "-o", target)
        self.assertEqual(out, f"{target}\n")
        self.assertEqual(target.read_bytes(), self.file.read_bytes())
        _, errors = self.run_it("download", "-q", url, "-o", target)
        self.assertEqual(errors, "")

    def test_to_standard_output(self):
        url = self.run_it("upload", self.file)[0].strip()
        done = subprocess.run(
            [sys.executable, "-m", "chatfile", "download", "-q", url, "-o", "-"], stdout=subprocess.PIPE, env=self.environment
        )
        self.assertEqual(done.stdout, self.file.read_bytes())
        # A reader that goes away.
        child = subprocess.Popen(
            [sys.executable, "-m", "chatfile", "download", "-q", url, "-o", "-"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
        )
        child.stdout.read(10)
        child.stdout.close()
        errors = child.stderr.read()
        child.stderr.close()
        self.assertEqual((child.wait(), errors), (1, b""))

    def on_a_terminal(self, columns, file):
        """Uploads with standard error on a terminal of that width; returns what was shown there."""
        own, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        child = subprocess.Popen(
            [sys.executable, "-m", "chatfile", "upload", str(file)],
            stdout=subprocess.PIPE,
            stderr=other,
            env=self.environment,
        )
        os.close(other)
        out = child.stdout.read()
        child.stdout.close()
        self.assertEqual(child.wait(), 0)
        shown = b""
        while True:
            try:
                some = os.read(own, 10_000)
            except OSError:
                break
            if not some:
                break
            shown += some
        os.close(own)
        self.assertTrue(out.startswith(b"http"))
        self.assertTrue(shown.endswith(b"\r\n"))
        return shown.decode()

    def test_a_bar_on_a_terminal(self):
        # A terminal that does not say how wide it is is taken for 80 columns.
        for columns in (0, 80, 200):
            shown = self.on_a_terminal(columns, self.file)
            self.assertIn("\rcat.jpg [", shown)
            self.assertRegex(shown, r"\[#{20,30}\] 100% 2\.0 MB of 2\.0 MB.* in 0:0\d")

    def test_the_bar_is_as_wide_as_the_terminal_allows(self):
        long = self.folder / ("a rather long name " * 5 + "\u732b" * 40 + "\x1b[2J.jpg")
        long.write_bytes(self.file.read_bytes())
        for columns in (80, 60, 40, 20, 12, 5):
            for file in (self.file, long):
                shown = self.on_a_terminal(columns, file)
                lines = shown.replace("\x1b[K", "").rstrip("\r\n").split("\r")
                widths = [sum(2 if c == "\u732b" else 1 for c in line) for line in lines]
                self.assertLess(max(widths), columns, lines)
                self.assertNotIn("\x1b", "".join(lines))
                self.assertIn("100%", lines[-1])
                if columns >= 40:
                    self.assertRegex(lines[-1], r"^(cat\.jpg|a rather).*\[#{3,30}\] 100%")

    def test_the_bar_tells_how_long_it_will_take(self):
        meter = Meter("cat.jpg", io.StringIO(), True)
        now = chatfile.Progress(done=1_000_000, total=4_000_000, finished=False, remaining=30.0)
        self.assertEqual(meter.left(now, 10), "0:30 left")
        self.assertEqual(meter.left(chatfile.Progress(done=1, total=4, finished=False), 10), "")
        self.assertEqual(time_text(3 * 3600 + 2 * 60 + 11), "3:02:11")
        for columns, tail in ((40, "]  25% 0:30 left"), (90, "]  25% 1.0 MB of 4.0 MB 100.0 kB/s 0:30 left")):
            with unittest.mock.patch("chatfile.cli.meter.columns", lambda _: columns):
                line = meter.line(0.25, " 25%", "1.0 MB of 4.0 MB", "100.0 kB/s", "0:30 left")
            self.assertLess(len(line), columns)
            self.assertTrue(line.startswith("cat.jpg [#") and line.endswith(tail), line)

    def test_json(self):
        out, _ = self.run_it("upload", "--json", self.file)
        stored = json.loads(out)
        self.assertEqual((stored["ok"], stored["size"], stored["instant"]), (True, 2_000_000, False))
        out, _ = self.run_it("download", "--json", stored["file"], "-o", self.folder / "x")
        self.assertEqual(json.loads(out)["size"], 2_000_000)
        out, errors = self.run_it("upload", "-q", "--json", self.file, code=5, NETEASE_APP_SECRET="wrong")
        failed = json.loads(out)
        self.assertEqual(errors, "")
        self.assertEqual(
            (failed["ok"], failed["exit_code"], failed["status"], failed["service_code"]),
            (False, 5, "CHATFILE_E_AUTH", "414"),
        )
        out, _ = self.run_it("upload", "--json", code=2)
        self.assertEqual(json.loads(out)["exit_code"], 2)

    def test_a_wrong_credential_is_named_and_can_be_mended(self):
        _, errors = self.run_it("upload", "-q", self.file, code=5, NETEASE_APP_SECRET="wrong-one")
        self.assertIn("check AppKey, AppSecret", errors)
        self.assertIn("CHATFILE_E_AUTH", errors)
        self.assertNotIn("wrong-one", errors)
        self.assertEqual(errors.count("\n"), 1)

    def test_exit_codes(self):
        self.run_it("upload", self.folder / "missing", code=3)
        self.run_it("upload", self.file, code=4, NETEASE_BASE_URL="http://127.0.0.1:1", http_proxy="")
        self.run_it("download", f"{self.emulator.url}/MTAwMDAwMQ==/YmltYV8x", "-o", self.folder / "x", code=5)
        self.emulator.fault("delay", ms=3000)
        self.run_it("upload", "--timeout", "0.3", self.file, code=4)
        self.emulator.clear()
        self.run_it("--version")
        out, _ = self.run_it("--help")
        self.assertIn("exit codes:", out)

    def test_wrong_usage(self):
        for words, told in (
            ((), "the following arguments are required: COMMAND"),
            (("fetch",), "invalid choice: 'fetch'"),
            (("upload",), "chatfile upload --help"),
            (("upload", self.file, "-O", "tag"), "-O takes NAME=VALUE"),
            (("upload", self.file, "-O", "tga=x"), "has no tga; there is "),
            (("upload", self.file, "-O", "method=pigeon"), "method is a number (form, base64)"),
            (("upload", self.file, "-O", "plain_http_url=maybe"), "yes or no"),
            (("download", "x", "y", "-o", "z"), "z is no folder"),
            (("upload", "-"), "give one by --name"),
            (("upload", self.folder), "is a folder; -r uploads"),
            (("upload", "-r", self.folder), "netease has no folders"),
            (("delete",), "delete at netease needs start_time and end_time"),
            (("send", self.folder / "no", self.file), "cannot read the presigned request"),
        ):
            with self.subTest(told):
                self.assertIn(told, self.run_it(*words, code=2)[1])

    def test_options_of_the_service(self):
        options = ("-O", "method=base64", "-O", "tag=t", "-O", "ttl=86400", "-O", "plain_http_url=yes")
        self.run_it("upload", self.file, *options)
        self.assertEqual([entry["verb"] for entry in self.emulator.journal()], ["upload"])

    def test_presigned(self):
        request = self.folder / "request.json"
        request.write_text(self.run_it("presign", "upload", self.file)[0])
        self.without_variables()
        url = self.run_it("send", request, self.file)[0].strip()
        self.assertTrue(url.startswith("http"))
        self.environment.update(self.emulator.variables())
        out, _ = self.run_it("presign", "--json", "download", url)
        down = json.dumps(json.loads(out)["request"])
        target = self.folder / "again"
        self.run_it("send", "-", target, input=down.encode())
        self.assertEqual(target.read_bytes(), self.file.read_bytes())
        self.run_it("send", "-", target, input=b"{}", code=3)

    def test_a_request_as_windows_writes_it(self):
        """Editors put a mark before UTF-8, and PowerShell 5.1 writes UTF-16."""
        text = self.run_it("presign", "upload", self.file, "--name", "\u732b.jpg")[0].replace("\n", "\r\n")
        request = self.folder / "request.json"
        for data in [text.encode("utf-8-sig")] + [f"\ufeff{text}".encode(name) for name in ("utf-16-le", "utf-16-be")]:
            request.write_bytes(data)
            # Whatever the locale has for its texts.
            for more in ({}, {"PYTHONIOENCODING": "ascii"}):
                self.run_it("send", "-q", request, self.file, **more)
                self.run_it("send", "-q", "-", self.file, input=data, **more)
        for data in (b'{"\xe9": 1}', "\ufeff{}".encode("utf-16-le")[:-1]):
            request.write_bytes(data)
            for words, input in ((("send", request), None), (("send", "-"), data), (("complete", "-"), data)):
                more = () if words[0] == "complete" else (self.file,)
                _, errors = self.run_it(*words, *more, input=input, code=2)
                self.assertRegex(errors, r"^chatfile: cannot read the presigned request: .*\n$")
                self.assertEqual(errors.count("\n"), 1)

    def credentials(self, text, mode=0o600):
        path = self.folder / "credentials"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return path

    def test_credentials_in_a_file(self):
        self.without_variables()
        url = self.emulator.url
        smh = f"[smh]\nlibrary_id = smh0emulator0library\nlibrary_secret = 4b1e7c52d09f4a86b3a5f0c7e9d21864\nbase_url = {url}\n"
        path = self.credentials(smh)
        out, _ = self.run_it("upload", "--config", path, self.file, "-O", "directory=a/b", "-O", "create_directories=1", "-O", "labels=x,y")
        self.assertEqual(out, "a/b/cat.jpg\n")
        out, _ = self.run_it("presign", "upload", self.file, "--name", "p.jpg", CHATFILE_CONFIG=str(path))
        request = self.folder / "request.json"
        request.write_text(out)
        self.run_it("send", request, self.file)
        out, _ = self.run_it("complete", "--config", path, request)
        self.assertEqual(out, "p.jpg\n")
        out, _ = self.run_it("delete", "--config", path, "a/b/cat.jpg")
        self.assertEqual(out, "deleted\n")
        self.run_it("delete", "--config", path, "a/b/cat.jpg", code=5)
        # Several services: one is to be chosen.
        both = smh + f"[netease]\napp_key = k\napp_secret = s\nbase_url = {url}/nimserver\n"
        path = self.credentials(both)
        _, errors = self.run_it("upload", "--config", path, self.file, code=2)
        self.assertIn("netease and smh", errors)
        self.run_it("upload", "--config", path, "--service", "netease", self.file, code=5)
        # The environment goes before the file.
        variables = {k: v for k, v in self.emulator.variables().items() if k != "NETEASE_BASE_URL"}
        self.run_it("upload", "--config", path, "--service", "netease", self.file, **variables)
        # A profile that is of no service is told to who uses it, and a name of a service may be that of another's.
        others = self.credentials(smh + "[pigeon]\na = b\n[netease]\nservice = smh\nlibrary_id = other\n")
        self.run_it("upload", "--config", others, self.file)
        _, errors = self.run_it("upload", "--config", others, "--profile", "pigeon", self.file, code=2)
        self.assertIn("[pigeon] needs service = one of", errors)
        _, errors = self.run_it("upload", "--config", others, "--service", "netease", self.file, code=2)
        self.assertIn("there are no credentials of netease", errors)

    def test_credentials_as_windows_writes_them(self):
        self.without_variables()
        values = {name.split("_", 1)[1].lower(): value for name, value in self.emulator.variables().items()}
        text = "[netease]\r\n" + "".join(f"{name} = {value}\r\n" for name, value in values.items()) + "# \u732b\r\n"
        for data in [text.encode("utf-8-sig")] + [f"\ufeff{text}".encode(name) for name in ("utf-16-le", "utf-16-be")]:
            self.run_it("upload", "-q", "--config", self.credentials(data), self.file)
        _, errors = self.run_it("upload", "--config", self.credentials(b"[netease]\n# \xe9\n"), self.file, code=2)
        self.assertIn("cannot read the configuration", errors)

    def test_credentials_that_are_no_good(self):
        self.without_variables()
        _, errors = self.run_it("upload", self.file, code=2)
        self.assertIn("there are no credentials", errors)
        _, errors = self.run_it("upload", self.file, "--service", "netease", code=2)
        self.assertIn("NETEASE_APP_KEY", errors)
        text = "[netease]\napp_key = k\napp_secret = hunter2\n"
        for mode in (0o644, 0o640, 0o606, 0o620):
            _, errors = self.run_it("upload", "--config", self.credentials(text, mode), self.file, code=2)
            self.assertIn("chmod 600", errors)
        for text, told in (
            ("[netease]\nhunter2\n", "is not a file of sections"),
            ("hunter2\n", "is not a file of sections"),
            ("[pigeon]\na = b\n", "[pigeon] needs service = one of"),
            ("[netease]\napp_kye = hunter2\n", "has no app_kye"),
            ("[netease]\napp_secret = hunter2\n", "needs app_key"),
        ):
            with self.subTest(text):
                _, errors = self.run_it("upload", "--config", self.credentials(text), self.file, code=2)
                self.assertIn(told, errors)
                self.assertNotIn("hunter2", errors)
        self.run_it("upload", "--config", self.folder / "none", self.file, code=2)

    def test_verbose(self):
        _, errors = self.run_it("upload", "-v", self.file)
        self.assertTrue(re.search(r"(?m)^.*upload.*$", errors))
        self.assertNotIn("e1a2b3c4d5f6", errors)


if __name__ == "__main__":
    unittest.main()
