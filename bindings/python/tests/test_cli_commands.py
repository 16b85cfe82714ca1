"""The commands of ``chatfile`` beyond one file up and down, its profiles, and what is written of it."""

import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from command_line import CommandLine
from emulator import PACKAGE

SMH = {"SMH_LIBRARY_ID": "smh0emulator0library", "SMH_LIBRARY_SECRET": "4b1e7c52d09f4a86b3a5f0c7e9d21864"}


class Commands(CommandLine):
    def smh(self, *words, **more):
        return self.run_it(words[0], "--service", "smh", *words[1:], **{**SMH, "SMH_BASE_URL": self.emulator.url}, **more)

    def test_words_behind_two_dashes_may_begin_with_one(self):
        odd = self.folder / "-x"
        odd.write_bytes(b"odd")
        for words in (["--", "-x"], ["-q", "--", "-x"], ["-q", str(self.file), "--", "-x", str(self.file)]):
            out, _ = self.run_it("upload", *words, cwd=self.folder)
            self.assertEqual(len(out.split()), len([word for word in words if word not in ("-q", "--")]))
        with_none, _ = self.run_it("upload", "-x", cwd=self.folder, code=2)
        self.assertEqual(with_none, "")

    def test_without_standard_output_nothing_is_sent(self):
        words = [sys.executable, "-m", "chatfile", "upload", "-q", str(self.file)]
        shell = " ".join(words) + " >&-"
        done = subprocess.run(["sh", "-c", shell], stderr=subprocess.PIPE, env=self.environment)
        self.assertEqual((done.returncode, done.stderr), (1, b"chatfile: standard output is closed, and the outcome would be lost\n"))

    def test_several_files_each_have_a_line(self):
        other = self.folder / "dog.jpg"
        other.write_bytes(b"dog")
        out, _ = self.run_it("upload", "-q", self.file, other)
        urls = out.split()
        self.assertEqual(len(urls), 2)
        folder = self.folder / "down"
        folder.mkdir()
        out, _ = self.run_it("download", "-q", "--json", *urls, "-o", folder)
        lines = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([line["file"] for line in lines], urls)
        self.assertEqual(Path(lines[1]["target"]).read_bytes(), b"dog")
        # What fails does not keep the others.
        out, errors = self.run_it("upload", "-q", "--json", self.folder / "none", other, code=3)
        first, second = map(json.loads, out.splitlines())
        self.assertEqual((first["ok"], first["path"], second["ok"]), (False, str(self.folder / "none"), True))
        self.assertEqual(errors, "")

    def test_a_download_without_a_target_lies_over_nothing(self):
        out, _ = self.smh("upload", "-q", self.file)
        here = self.folder / "here"
        here.mkdir()
        for name in ("cat.jpg", "cat (1).jpg"):
            out, _ = self.smh("download", "-q", "cat.jpg", "-o", here)
            self.assertEqual(out, f"{here / name}\n")
        self.smh("upload", "-q", self.file, "--name", "..jpg", "-O", "directory=a", "-O", "create_directories=1")

    def test_standard_input(self):
        for account, options in self.emulator.accounts():
            service = account._service
            words = ["-q", "--service", service]
            fields = {f"{service}_{name}".upper(): text for name, text in account.__dict__.items() if isinstance(text, str)}
            with self.subTest(service):
                out, _ = self.run_it("upload", *words, "-", "--name", "s.jpg", input=b"from a pipe", **fields)
                if options:
                    words += ["-O", f"file_type={options.huawei.file_type}"]
                out, _ = self.run_it("download", *words, out.strip(), "-o", "-", **fields)
                self.assertEqual(out, "from a pipe")

    def test_a_presigned_download_of_each_service(self):
        request, target = self.folder / "request.json", self.folder / "down.jpg"
        for account, options in self.emulator.accounts():
            with self.subTest(account._service):
                client = self.client(account)
                request.write_text(client.presign_download(client.upload(self.file).file, options).json)
                # Over what is there, which is no file to upload.
                target.write_bytes(b"older")
                self.assertEqual(self.run_it("send", "-q", request, target)[0], f"{target}\n")
                self.assertEqual(target.read_bytes(), self.file.read_bytes())

    def test_the_message_about_a_file(self):
        photo = self.folder / "photo.gif"
        photo.write_bytes(b"GIF89a\x10\0\x20\0" + bytes(100))
        out, _ = self.run_it("upload", "-q", "--message", photo, self.file)
        first, second = map(json.loads, out.splitlines())
        self.assertEqual((first["name"], first["w"], first["h"]), ("photo.gif", 16, 32))
        self.assertEqual((second["ext"], second["size"]), ("jpg", self.file.stat().st_size))
        out, _ = self.run_it("upload", "-q", "--message", "--json", photo)
        told = json.loads(out)
        self.assertEqual((told["message_type"], json.loads(told["message"])["url"]), ("1", told["url"]))
        self.smh("upload", "-q", "--message", photo, code=3)

    def test_what_was_changed_meanwhile_is_not_overwritten(self):
        def upload(cas, **more):
            options = ("-O", "conflict=overwrite", "-O", f"content_cas={cas}")
            return self.smh("upload", "-q", "--json", self.file, *options, **more)[0]

        first = json.loads(self.smh("upload", "-q", "--json", self.file)[0])["content_cas"]
        second = json.loads(upload(first))["content_cas"]
        self.assertEqual(json.loads(upload(first, code=5))["service_code"], "ContentCasConflict")
        out, _ = self.smh("list", "--json", "--versions", "cat.jpg")
        self.assertEqual([json.loads(line)["version"] for line in out.splitlines()], [None])
        out, _ = self.smh("list", "--versions", "cat.jpg")
        self.assertRegex(out, r"^ *2\.0 MB  20\S+Z  \n$")
        self.assertNotEqual(second, first)

    def test_a_folder_there_and_what_is_in_it(self):
        tree = self.folder / "tree"
        (tree / "sub").mkdir(parents=True)
        (tree / "1.txt").write_text("1")
        (tree / "sub" / "2.txt").write_text("22")
        out, _ = self.smh("upload", "-q", "-r", tree, "-O", "directory=top")
        self.assertEqual(out.split(), ["top/tree/1.txt", "top/tree/sub/2.txt"])
        out, _ = self.smh("list", "-r", "--json", "top")
        entries = {line["path"]: line["size"] for line in map(json.loads, out.splitlines()) if line["kind"] != "dir"}
        self.assertEqual(entries, {"top/tree/1.txt": 1, "top/tree/sub/2.txt": 2})
        out, _ = self.smh("list", "top/tree")
        self.assertIn("top/tree/sub/\n", out)
        out, _ = self.smh("info", "top/tree/1.txt")
        self.assertRegex(out, r"(?m)^size: +1$")
        self.assertEqual(self.smh("exists", "top/tree/1.txt")[0], "yes\n")
        self.assertEqual(self.smh("exists", "top/tree/3.txt", code=1)[0], "no\n")
        out, errors = self.smh("delete", "top/none", "top/tree/1.txt", code=5)
        self.assertEqual(out, "deleted\n")
        self.assertIn("top/none: ", errors)
        self.run_it("list", "--service", "netease", code=3)

    def test_names_that_a_terminal_would_obey(self):
        evil = "a\x1b]0;b\x07\u202egpj.\u2028\x9b2J"
        entries = [{"name": name, "type": kind} for name, kind in ((evil, "file"), ("", "dir"), ("..", "dir"), (None, "dir"))]
        body = json.dumps({"path": ["d"], "contents": entries})
        self.emulator.fault("answer", "list", status=200, body=body)
        out, _ = self.smh("list", "-r", "d")
        self.assertEqual([line.split()[-1] for line in out.split("\n")[:-1]], ["d/a?]0;b??gpj.??2J", "d//", "d/../", "d//"])
        out, _ = self.smh("list", "--json", "d")
        self.assertTrue(all(c.isprintable() for c in out.replace("\n", "")), repr(out))
        self.assertEqual(json.loads(out.split("\n")[0])["name"], evil)
        self.emulator.clear()

    def test_options_stand_wherever_one_likes(self):
        other = self.folder / "dog.jpg"
        other.write_bytes(b"dog")
        for words in (
            ("upload", self.file, "-q", other),
            ("upload", "-q", self.file, "--service", "netease", other),
            ("upload", self.file, other, "-q"),
        ):
            self.assertEqual(len(self.run_it(*words)[0].split()), 2, words)
        for words in (("--name", "x.jpg", self.file), (self.file, "--name", "x.jpg"), ("-O", "directory=", self.file)):
            out, _ = self.smh("presign", "upload", *words)
            request = self.folder / "request.json"
            request.write_text(out)
            self.smh("send", request, "-q", self.file)
        out, _ = self.run_it("digest", self.file, "--kind", "md5", other)
        self.assertEqual(len(out.splitlines()), 2)
        self.run_it("exists", "a", "-q", "b", code=2)

    def test_a_broken_upload_is_thrown_away(self):
        large = self.folder / "large.bin"
        large.write_bytes(os.urandom(3_000_000))
        checkpoint = self.folder / "checkpoint"
        # The second part never gets there; the first does, so there is something to go on with.
        self.emulator.fault("answer", verb="part_put", status=403, skip=1)
        self.smh("upload", "-q", "--checkpoint", checkpoint, large, "-O", "part_size=1048576", "-O", "method=parts", code=5)
        self.emulator.clear()
        # Of a line that was cut off nothing counts.
        with open(checkpoint, "ab") as file:
            file.write(b'{"chatfile_upload":2,"target":"smh')
        self.assertEqual(self.smh("abort", checkpoint)[0], "thrown away\n")
        self.assertFalse(checkpoint.exists())
        self.smh("abort", self.file, code=3)
        self.assertTrue(Path(self.file).exists())
        # What cannot be read is no wrong usage.
        for words in (("abort", checkpoint), ("presign", "upload", checkpoint)):
            self.assertIn("No such file", self.smh(*words, code=3)[1])

    def test_digests(self):
        file = self.folder / "nine"
        file.write_bytes(b"123456789")
        for kind, expected in (
            ("md5", "25f9e794323b453885f5181f1b624d0b"),
            ("sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
            ("crc64", "11051210869376104954"),
            ("smh", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
        ):
            self.assertEqual(self.run_it("digest", "--kind", kind, file)[0], f"{expected}  {file}\n")
        # What cannot be read does not keep the others, whatever the kind.
        for kind in ("sha256", "md5", "crc64", "smh", "openim"):
            words = ("digest", "--kind", kind, "--json")
            out, _ = self.run_it(*words, self.folder / "none", file, self.folder, code=3)
            none, nine, folder = map(json.loads, out.splitlines())
            self.assertEqual([one["ok"] for one in (none, nine, folder)], [False, True, False])
            for failed in (none, folder):
                told = (failed["exit_code"], failed["status"], failed["field"])
                self.assertEqual(told, (3, "CHATFILE_E_SOURCE", "path"))
            self.assertEqual((none["path"], none["os_error"], none["phase"]), (str(self.folder / "none"), 2, "prepare"))
        _, errors = self.run_it("digest", self.folder / "none", code=3)
        self.assertRegex(errors, r"^chatfile: cannot read .*none: No such file or directory.* \(CHATFILE_E_SOURCE\)\n$")

    def test_profiles(self):
        self.without_variables()
        url = self.emulator.url
        config = self.folder / "chatfile" / "config.ini"
        config.parent.mkdir()
        config.write_text(
            f"[work]\nservice = smh\nlibrary_id = {SMH['SMH_LIBRARY_ID']}\nlibrary_secret = {SMH['SMH_LIBRARY_SECRET']}\n"
            f"base_url = {url}\ntimeout = 60\n\n[broken]\nservice = smh\nlibrary_id = x\nlibrary_secret = hunter2\n"
            f"base_url = {url}\nproxy = http://127.0.0.1:1\n"
        )
        config.chmod(0o600)
        # The usual place, so nothing names it.
        self.assertEqual(self.run_it("upload", "-q", "--profile", "work", self.file)[0], "cat.jpg\n")
        self.run_it("upload", "-q", self.file, "--name", "2.jpg", CHATFILE_PROFILE="work")
        # What was chosen goes before the environment; its proxy counts.
        _, errors = self.run_it("upload", "-q", "--profile", "broken", self.file, code=4, SMH_LIBRARY_ID="y")
        self.assertIn("proxy", errors)
        self.assertNotIn("hunter2", errors)
        for words, told in (
            (("--profile", "home"), "there is no profile home; there is work, broken"),
            (("--profile", "work", "--service", "netease"), "the profile work is of smh"),
        ):
            self.assertIn(told, self.run_it("upload", self.file, *words, code=2)[1])

    def test_beside_the_emulator(self):
        place = self.folder / "bin"
        place.mkdir()
        (place / "chatfile-emulator").write_text('#!/bin/sh\necho "$@"\n')
        (place / "chatfile-emulator").chmod(0o755)
        path = f"{place}{os.pathsep}{os.environ['PATH']}"
        self.assertEqual(self.run_it("emulator", "--port", "1", "--", "x", PATH=path)[0], "--port 1 -- x\n")

    def test_side_by_side(self):
        for number in range(6):
            (self.folder / f"{number}.bin").write_bytes(os.urandom(1000 + number))
        if shutil.which("xargs") is None:
            self.skipTest("there is no xargs")
        names = "\n".join(str(self.folder / f"{number}.bin") for number in range(6))
        done = subprocess.run(
            ["xargs", "-P", "3", "-n", "1", sys.executable, "-m", "chatfile", "upload", "--json"],
            input=names.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(json.loads(line)["size"] for line in done.stdout.splitlines()), list(range(1000, 1006)))
        self.assertNotIn(b"\r", done.stderr)

    def test_what_is_written_is_current(self):
        share = PACKAGE / "share"
        if not share.is_dir():
            self.skipTest("not in the repository")
        for words, name in (
            (("manual",), "man/man1/chatfile.1"),
            (("completion", "bash"), "bash-completion/completions/chatfile"),
            (("completion", "zsh"), "zsh/site-functions/_chatfile"),
            (("completion", "fish"), "fish/vendor_completions.d/chatfile.fish"),
        ):
            out, _ = self.run_it(*words)
            self.assertEqual(out, (share / name).read_text(), "cargo xtask share")

    def test_bash_completes(self):
        if shutil.which("bash") is None:
            self.skipTest("there is no bash")
        script = self.run_it("completion", "bash")[0]
        for words, expected in (("chatfile dow", "download"), ("chatfile digest --kind sh", "sha256"), ("chatfile upload --check", "--checkpoint")):
            asked = f'{script}\nCOMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); _chatfile; echo "${{COMPREPLY[@]}}"'
            done = subprocess.run(["bash", "-c", asked], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual(done.stdout.decode().strip(), expected, done.stderr)


if __name__ == "__main__":
    unittest.main()
