"""What the tests share: the emulator as a child, and accounts for it."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

import chatfile

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent
ROOT = PACKAGE.parent.parent
#: For programs that the tests start. Bytecode goes where .cargo/config.toml has it, also for who starts the tests without cargo.
ENVIRONMENT = {
    **os.environ,
    "PYTHONPYCACHEPREFIX": str(ROOT / "target" / "pycache"),
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPATH": str(PACKAGE / "src"),
}


def program():
    """The emulator; cargo xtask test python names it."""
    named = os.environ.get("CHATFILE_EMULATOR")
    if named:
        return named
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    path = target / "debug" / "chatfile-emulator"
    if not path.exists():
        raise unittest.SkipTest("no emulator: cargo build -p chatfile-emulator, or set CHATFILE_EMULATOR")
    return str(path)


class Emulator:
    """A running emulator."""

    def __init__(self, *options):
        self.child = subprocess.Popen(
            [program(), "--exit-with-stdin", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        first = self.child.stdout.readline().decode()
        self.url = first.split()[-1]
        assert first.startswith("listening on "), first

    def close(self):
        self.child.stdin.close()
        self.child.stdout.close()
        self.child.wait()

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{path}", data, method=method)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def fault(self, type, verb=None, times=0, skip=0, **more):
        match = {"verb": verb} if verb else {}
        self.ask("POST", "faults", [{"match": match, "skip": skip, "times": times, "action": {"type": type, **more}}])

    def clear(self):
        self.ask("DELETE", "faults")

    def journal(self):
        return self.ask("GET", "journal")["requests"]

    def wait_for(self, verb, count=1, has_come=lambda entry: True, seconds=60):
        """Until so many requests of that verb have come, or have come as far as that."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if sum(entry["verb"] == verb and has_come(entry) for entry in self.journal()) >= count:
                return
            time.sleep(0.02)
        raise AssertionError(f"no request of {verb}")

    # Accounts.
    def easemob(self, **more):
        fields = {
            "client_id": "YXA6ZW11bGF0b3ItY2xpZW50LWlk",
            "client_secret": "YXA6ZW11bGF0b3ItY2xpZW50LXNlY3JldA",
            **more,
        }
        return chatfile.Easemob("easemob-demo#testapp", base_url=self.url, **fields)

    def netease(self, **more):
        fields = {"app_secret": "e1a2b3c4d5f6", **more}
        return chatfile.Netease("5f0e6c1b9a7d4e2f8c3b1a0d9e8f7c6b", base_url=f"{self.url}/nimserver", **fields)

    def huawei(self):
        return chatfile.Huawei(
            self.url, "0d8f3c5a9b6e4f27a1c2", "7c2f4b1e9d3a4e5f8a6b", "u1", app_secret="emulator-app-secret"
        )

    def smh(self, **more):
        fields = {"library_secret": "4b1e7c52d09f4a86b3a5f0c7e9d21864", **more}
        return chatfile.Smh("smh0emulator0library", base_url=self.url, **fields)

    def openim(self):
        return chatfile.Openim(self.url, "imAdmin", admin_secret="openIM123")

    def accounts(self):
        """One of each service, and what a download of a JPEG has to say there."""
        yield self.easemob(), None
        yield self.netease(), None
        yield self.huawei(), chatfile.DownloadOptions(huawei=chatfile.HuaweiDownload("jpg"))
        yield self.smh(), None
        yield self.openim(), None

    def variables(self):
        """NetEase in the environment."""
        return {
            "NETEASE_APP_KEY": "5f0e6c1b9a7d4e2f8c3b1a0d9e8f7c6b",
            "NETEASE_APP_SECRET": "e1a2b3c4d5f6",
            "NETEASE_BASE_URL": f"{self.url}/nimserver",
        }


class Case(unittest.TestCase):
    """With an emulator for the class, and a folder for each test."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.emulator = Emulator(*cls.options)

    @classmethod
    def tearDownClass(cls):
        cls.emulator.close()

    def setUp(self):
        self.emulator.ask("POST", "reset")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def client(self, account=None, **options):
        options.setdefault("retry_delay", 0.001)
        client = chatfile.Client(account or self.emulator.netease(), chatfile.ClientOptions(**options))
        self.addCleanup(client.close)
        return client


def python(*words, **more):
    """Runs this Python on words."""
    return subprocess.run([sys.executable, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def pythons():
    """This Python, and others that are here to be tried."""
    places = [*os.environ.get("PATH", "").split(os.pathsep), *glob.glob(os.path.expanduser("~/.pyenv/versions/*/bin"))]
    found = {}
    for place in places:
        for path in glob.glob(os.path.join(glob.escape(place), "python3.*")):
            if re.fullmatch(r"python3\.\d+", os.path.basename(path)):
                found.setdefault(os.path.realpath(path), path)
    chosen = {sys.version_info[:2]: sys.executable}
    for path in found.values():
        asked = "import ctypes, sys; print(*sys.version_info[:2])"
        done = subprocess.run([path, "-c", asked], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        version = tuple(map(int, done.stdout.split()))
        if done.returncode == 0 and version >= (3, 8):
            chosen.setdefault(version, path)
    return list(chosen.values())


def tools(module):
    """A Python that has that module: this one, or the one that cargo xtask test python installs such things for."""
    for path in (sys.executable, os.environ.get("CHATFILE_TOOLS")):
        if path and shutil.which(path) and subprocess.run([path, "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode == 0:
            return path
    raise unittest.SkipTest(f"no Python with {module}: pip install {module}, or set CHATFILE_TOOLS")
