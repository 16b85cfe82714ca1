"""The interpreter ends while calls of daemon threads are under way: they are ended first, and the process does not abort."""

import os
import subprocess
import sys
import tempfile
import unittest

from emulator import ENVIRONMENT, Case, pythons

#: Each way calls back all the time; the main thread ends in the midst of it.
PROGRAM = """
import atexit, io, os, sys, threading
import chatfile
way, stored = sys.argv[1:]
account = chatfile.Netease(os.environ["NETEASE_APP_KEY"], os.environ["NETEASE_APP_SECRET"], base_url=os.environ["NETEASE_BASE_URL"])
client = chatfile.Client(account, chatfile.ClientOptions(upload_rate=4_000_000, download_rate=4_000_000))
going = threading.Semaphore(0)
class File(io.BytesIO):
    def read(self, size):
        going.release()
        return super().read(size)
    def write(self, data):
        going.release()
        return super().write(data)
def uploads():
    client.upload(File(b"x" * 8_000_000), progress=lambda p: going.release())
def downloads():
    client.download(stored, File())
if way == "close in atexit":
    atexit.register(client.close)
for work in (downloads,) if way == "download" else (uploads, uploads):
    threading.Thread(target=work, daemon=True).start()
for _ in range(20):
    going.acquire()
print("ends", flush=True)
"""

#: Threads that Python waits for: their work is done, not ended.
WAITED_FOR = """
import concurrent.futures, os, threading
import chatfile
account = chatfile.Netease(os.environ["NETEASE_APP_KEY"], os.environ["NETEASE_APP_SECRET"], base_url=os.environ["NETEASE_BASE_URL"])
client = chatfile.Client(account, chatfile.ClientOptions(upload_rate=400_000))
def work():
    os.write(1, b"%d\\n" % client.upload(b"x" * 100_000, progress=lambda p: None).size)
concurrent.futures.ThreadPoolExecutor().submit(work)
threading.Thread(target=work).start()
"""

#: In atexit the main thread may go on, before and after our function there has run; a daemon thread may not.
LATE = """
import atexit, os, sys, threading
def late():
    print(client.upload(b"x", progress=lambda p: None).size, flush=True)
    go.set()
    thread.join()
atexit.register(late)
import chatfile
account = chatfile.Netease(os.environ["NETEASE_APP_KEY"], os.environ["NETEASE_APP_SECRET"], base_url=os.environ["NETEASE_BASE_URL"])
client = chatfile.Client(account)
atexit.register(lambda: print(client.upload(b"x").size, flush=True))
go = threading.Event()
def work():
    go.wait()
    try:
        client.upload(b"x")
    except SystemExit:
        print("no more", flush=True)
thread = threading.Thread(target=work, daemon=True)
thread.start()
"""


#: The process goes to another folder while a call lasts, as file dialogs of Windows do.
ELSEWHERE = """
import os, sys
import chatfile
account = chatfile.Netease(os.environ["NETEASE_APP_KEY"], os.environ["NETEASE_APP_SECRET"], base_url=os.environ["NETEASE_BASE_URL"])
stored, here, there = sys.argv[1:]
os.chdir(here)
chatfile.Client(account).download(stored, "out.bin", progress=lambda p: os.chdir(there))
"""


class Exit(Case):
    #: How often this Python is tried in each way, side by side; others half as often. 100 to be sure.
    TRIES = int(os.environ.get("CHATFILE_TEST_TRIES", "6"))

    def setUp(self):
        super().setUp()
        self.environment = {**ENVIRONMENT, **self.emulator.variables()}

    def start(self, python, *words):
        return subprocess.Popen(
            [python, "-c", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
        )

    def ends(self, children, said):
        for child in children:
            out, errors = child.communicate(timeout=60)
            self.assertEqual((child.returncode, out, errors), (0, said, b""))

    def test_daemon_threads(self):
        stored = self.client().upload(b"x" * 8_000_000).file
        for python in pythons():
            for way in ("upload", "download", "close in atexit"):
                with self.subTest(python=python, way=way):
                    left = self.TRIES if python == sys.executable else self.TRIES // 2
                    while left > 0:
                        self.ends([self.start(python, PROGRAM, way, stored) for _ in range(min(left, 6))], b"ends\n")
                        left -= 6

    def test_threads_that_are_waited_for_finish_their_calls(self):
        for python in pythons():
            with self.subTest(python):
                self.ends([self.start(python, WAITED_FOR)], b"100000\n100000\n")

    def test_a_relative_path_is_where_the_call_began(self):
        stored = self.client().upload(b"x" * 3_000_000).file
        with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as there:
            self.ends([self.start(sys.executable, ELSEWHERE, stored, here, there)], b"")
            self.assertEqual((os.listdir(here), os.listdir(there)), (["out.bin"], []))

    def test_calls_in_atexit(self):
        for python in pythons():
            with self.subTest(python):
                self.ends([self.start(python, LATE)], b"1\n1\nno more\n")


if __name__ == "__main__":
    unittest.main()
