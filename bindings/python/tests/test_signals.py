"""Signals during a call: any handler runs at once, and what it raises comes out, of every kind of call and beside executors,
asyncio and gevent."""

import signal
import time
import unittest

from emulator import pythons, tools
from test_interrupt import Children

GEVENT = """
import gevent
def stop(*_):
    raise SystemExit(3)
signal.signal(signal.SIGTERM, stop)
interrupted(client.upload, b"x")
gevent.spawn(interrupted, client.upload, b"x").join()
# The recipe of the README: on a thread of gevent's pool, the other greenlets go on.
cancel = chatfile.Cancel()
def call():
    try:
        client.upload(b"x", cancel=cancel)
    except chatfile.CancelledError:
        return "cancelled"
turns = []
def other():
    for turn in range(20):
        gevent.sleep(0.01)
        turns.append(turn)
    cancel.fire()
gevent.spawn(other)
print(gevent.get_hub().threadpool.apply(call), len(turns), flush=True)
client.upload(b"x")
"""

SUB_INTERPRETERS = """
import threading
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
code = '''
import os, chatfile
account = chatfile.Netease(os.environ["NETEASE_APP_KEY"], os.environ["NETEASE_APP_SECRET"],
                           base_url=os.environ["NETEASE_BASE_URL"])
seen = []
with chatfile.Client(account) as client:
    client.upload(b"x")
    client.upload(b"x", progress=seen.append)
assert seen[-1].finished
'''
def work():
    if sys.version_info >= (3, 13):
        one = interpreters.create("legacy")
    elif sys.version_info >= (3, 9):
        one = interpreters.create(isolated=False)
    else:
        one = interpreters.create()
    assert not interpreters.run_string(one, code)
    interpreters.destroy(one)
work()
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


class Signals(Children):
    def setUp(self):
        super().setUp()
        self.emulator.fault("stall_head", after=0)

    def wait_for_requests(self, count):
        end = time.monotonic() + 30
        while len(self.emulator.journal()) < count:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def test_every_kind_of_call(self):
        child = self.start(
            f"""
smh = chatfile.Client(chatfile.Smh("smh0emulator0library", library_secret="4b1e7c52d09f4a86b3a5f0c7e9d21864", base_url={self.emulator.url!r}))
request = client.presign_upload(5)
for name, call in (
    ("upload", lambda: smh.upload(b"x")),
    ("download", lambda: smh.download("x")),
    ("delete", lambda: smh.delete("x")),
    ("info", lambda: smh.info("x")),
    ("exists", lambda: smh.exists("x")),
    ("list", lambda: smh.list()),
    ("presign_upload", lambda: smh.presign_upload(5)),
    ("presign_download", lambda: smh.presign_download("x")),
    ("send_presigned", lambda: client.send_presigned(request, b"12345")),
):
    print(name, flush=True)
    interrupted(call)
"""
        )
        names = "upload download delete info exists list presign_upload presign_download send_presigned".split()
        for count, name in enumerate(names, 1):
            self.assertEqual(child.stdout.readline().decode().strip(), name)
            self.wait_for_requests(count)
            self.interrupt(child)
        self.end(child)

    def test_any_signal(self):
        # As pytest-timeout and Celery do it, and as servers are ended.
        child = self.start(
            """
def late(*_):
    raise TimeoutError("mine")
def stop(*_):
    sys.exit(3)
signal.signal(signal.SIGALRM, late)
signal.signal(signal.SIGTERM, stop)
begun = time.monotonic()
signal.setitimer(signal.ITIMER_REAL, 0.3)
try:
    client.upload(b"x")
except TimeoutError as error:
    print(error, time.monotonic() - begun < 30, flush=True)
client.upload(b"x")
"""
        )
        self.assertEqual(child.stdout.readline(), b"mine True\n")
        self.wait_for_requests(2)
        begun = time.monotonic()
        child.send_signal(signal.SIGTERM)
        self.end(child, code=3)
        self.assertLess(time.monotonic() - begun, 30)

    def test_calls_of_executors_and_asyncio_end_with_what_waits_for_them(self):
        for code in (
            """
import asyncio
async def main():
    loop = asyncio.get_running_loop()
    with chatfile.Cancel() as cancel:
        await loop.run_in_executor(None, lambda: client.upload(b"x", cancel=cancel))
interrupted(asyncio.run, main())
""",
            """
import concurrent.futures
def main():
    with concurrent.futures.ThreadPoolExecutor() as pool, chatfile.Cancel() as cancel:
        pool.submit(client.upload, b"x", cancel=cancel).result()
interrupted(main)
""",
            """
def main():
    with chatfile.Cancel() as cancel:
        pass
    assert not cancel.fired
    client.upload(b"x", cancel=cancel)
interrupted(main)
""",
        ):
            self.emulator.ask("POST", "reset")
            self.emulator.fault("stall_head", after=0)
            child = self.start(code)
            self.emulator.wait_for("file_upload")
            self.interrupt(child)
            self.end(child)

    def test_handlers_run_while_another_thread_is_in_a_call(self):
        child = self.start(
            """
import asyncio
async def main():
    loop = asyncio.get_running_loop()
    cancel = chatfile.Cancel()
    def stop():
        print("handled", flush=True)
        cancel.fire()
    loop.add_signal_handler(signal.SIGTERM, stop)
    try:
        await loop.run_in_executor(None, lambda: client.upload(b"x", cancel=cancel))
    except chatfile.CancelledError:
        print("cancelled", flush=True)
asyncio.run(main())
"""
        )
        self.emulator.wait_for("file_upload")
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.stdout.readline(), b"handled\n")
        self.assertEqual(child.stdout.readline(), b"cancelled\n")
        self.end(child)

    def test_under_gevent(self):
        child = self.start(GEVENT, tools("gevent"), "from gevent import monkey; monkey.patch_all()\n")
        for count in (1, 2):
            self.wait_for_requests(count)
            self.interrupt(child)
        self.assertEqual(child.stdout.readline(), b"cancelled 20\n")
        self.wait_for_requests(4)
        child.send_signal(signal.SIGTERM)
        self.end(child, code=3)

    def test_sub_interpreters_end(self):
        self.emulator.clear()
        for python in pythons():
            with self.subTest(python):
                self.end(self.start(SUB_INTERPRETERS, python))


if __name__ == "__main__":
    unittest.main()
