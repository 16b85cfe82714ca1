"""Ctrl-C, with a real SIGINT: a call ends at once and KeyboardInterrupt comes out, wherever it is stuck."""

import os
import signal
import subprocess
import sys
import time
import unittest

from emulator import ENVIRONMENT, Case

PROGRAM = """
import os, signal, sys, time
import chatfile
account = chatfile.Netease(os.environ["NETEASE_APP_KEY"], os.environ["NETEASE_APP_SECRET"],
                           base_url=os.environ["NETEASE_BASE_URL"])
client = chatfile.Client(account, chatfile.ClientOptions(retry_delay=0.001))
# A shell that runs tests in the background has it ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
print("ready", flush=True)
def interrupted(what, *arguments, **more):
    try:
        what(*arguments, **more)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    else:
        print("not interrupted", flush=True)
"""


@unittest.skipIf(os.name == "nt", "no kill on Windows")
class Children(Case):
    """Programs that signals are sent to."""

    def start(self, code, python=sys.executable, before=""):
        environment = {**ENVIRONMENT, **self.emulator.variables()}
        child = subprocess.Popen(
            [python, "-c", before + PROGRAM + code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        self.addCleanup(self.tidy, child)
        self.assertEqual(child.stdout.readline(), b"ready\n")
        return child

    @staticmethod
    def tidy(child):
        child.kill()
        child.communicate()

    def interrupt(self, child, said=b"interrupted\n", within=30.0):
        """Sends SIGINT and takes the line that follows. What is within that time has not waited for a time-out of the
        library, the shortest of which is a minute; a machine with other things to do may need some of it."""
        begun = time.monotonic()
        child.send_signal(signal.SIGINT)
        line = child.stdout.readline()
        took = time.monotonic() - begun
        self.assertEqual(line, said)
        self.assertLess(took, within)
        return took

    def end(self, child, code=0):
        _, errors = child.communicate(timeout=60)
        self.assertEqual((child.returncode, errors), (code, b""))


class Interrupt(Children):
    options = ("--netease-max-upload", "2000000000")

    def test_a_silent_service(self):
        for more in ("", ", progress=lambda p: None", ", cancel=chatfile.Cancel()"):
            self.emulator.ask("POST", "reset")
            self.emulator.fault("stall_head", after=0)
            child = self.start(f"interrupted(client.upload, b'x' * 1000{more})")
            self.emulator.wait_for("file_upload")
            self.interrupt(child)
            self.end(child)

    def test_a_walk_through_a_folder(self):
        account = self.emulator.smh()
        self.emulator.fault("hold", verb="list")
        child = self.start(
            f"""
smh = chatfile.Client(chatfile.Smh({account.library_id!r}, library_secret={account.library_secret!r}, base_url={account.base_url!r}))
interrupted(next, smh.list_all("", cancel=chatfile.Cancel()))
smh.close()
"""
        )
        self.emulator.wait_for("list")
        self.interrupt(child)
        self.end(child)

    def test_a_download_that_is_stuck_and_the_client_afterwards(self):
        stored = self.client().upload(b"x" * 100_000)
        self.emulator.fault("stall_body", verb="download", after=50_000)
        child = self.start(
            f"""
interrupted(client.download, {stored.file!r})
print(len(client.upload(b"y" * 500).file) > 0, flush=True)
interrupted(client.download, {stored.file!r})
print(client.upload(b"y" * 500).size, flush=True)
"""
        )
        def is_stuck(entry):
            return entry["answer_bytes"] >= 50_000

        self.emulator.wait_for("download", 1, is_stuck)
        self.interrupt(child)
        self.assertEqual(child.stdout.readline(), b"True\n")
        self.emulator.wait_for("download", 2, is_stuck)
        self.interrupt(child)
        self.assertEqual(child.stdout.readline(), b"500\n")
        self.end(child)

    def test_while_bytes_move_and_callbacks_run(self):
        # Where the signal meets the first line of a callback is left to chance, so many times.
        child = self.start(
            """
class Zeros:
    def read(self, size):
        return bytes(size)
for _ in range(12):
    print("begins", flush=True)
    interrupted(client.upload, chatfile.Stream(Zeros(), 1_900_000_000), chatfile.UploadOptions(file_name="x"),
                progress=lambda p: None)
"""
            .replace("client.upload", "big.upload")
            .replace("class Zeros", "account.max_upload_size = 2_000_000_000\nbig = chatfile.Client(account)\nclass Zeros")
        )
        took = []
        for turn in range(12):
            self.assertEqual(child.stdout.readline(), b"begins\n")
            # The call is under way; the rest is chance.
            self.emulator.wait_for("file_upload", turn + 1, lambda entry: entry["body_bytes"] > 0)
            time.sleep(0.013 * turn)
            took.append(self.interrupt(child))
        # A machine with other things to do may be slow, but not each time.
        self.assertLess(min(took), 1.0)
        self.end(child)

    def test_a_call_on_another_thread_goes_on(self):
        self.emulator.fault("hold")
        child = self.start(
            """
import threading
done = threading.Event()
def other():
    print(client.upload(b"abc").size, flush=True)
    done.set()
try:
    threading.Thread(target=other).start()
    # A signal between Python's last look and its wait would be seen when that is over.
    while not done.wait(0.05):
        pass
except KeyboardInterrupt:
    print("interrupted", flush=True)
done.wait()
"""
        )
        self.emulator.wait_for("file_upload")
        self.interrupt(child)
        self.emulator.clear()
        self.assertEqual(child.stdout.readline(), b"3\n")
        self.end(child)

    def test_a_handler_of_ones_own_does_not_stop_a_transfer_unless_it_raises(self):
        self.emulator.fault("hold", verb="download")
        stored = self.client().upload(b"x" * 100_000)
        child = self.start(
            f"""
raises = False
def handler(*_):
    print("handled", flush=True)
    if raises:
        raise OSError("mine")
signal.signal(signal.SIGINT, handler)
print(client.download({stored.file!r}, progress=lambda p: None).size, flush=True)
sys.stdin.readline()
raises = True
try:
    client.download({stored.file!r}, progress=lambda p: None)
except OSError as error:
    print(error, flush=True)
"""
        )
        self.emulator.wait_for("download")
        self.interrupt(child, b"handled\n")
        self.emulator.clear()
        self.assertEqual(child.stdout.readline(), b"100000\n")
        self.emulator.fault("hold", verb="download")
        child.stdin.write(b"\n")
        child.stdin.flush()
        self.emulator.wait_for("download", 2)
        self.interrupt(child, b"handled\n")
        self.assertEqual(child.stdout.readline(), b"mine\n")
        self.end(child)

    def test_the_wakeup_descriptor_of_others_is_given_back_and_fed(self):
        self.emulator.fault("stall_head", after=0)
        child = self.start(
            """
import socket
a, b = socket.socketpair()
b.setblocking(False)
signal.set_wakeup_fd(b.fileno())
interrupted(client.upload, b"x")
a.settimeout(60)
print(a.recv(10), signal.set_wakeup_fd(-1) == b.fileno(), flush=True)
"""
        )
        self.emulator.wait_for("file_upload")
        self.interrupt(child)
        self.assertEqual(child.stdout.readline(), b"b'\\x02' True\n")
        self.end(child)

    def test_a_digest_of_a_large_file(self):
        large = self.folder / "large"
        with open(large, "wb") as file:
            file.truncate(40_000_000_000)
        child = self.start(
            f"""
digest = chatfile.Digest(chatfile.DigestKind.OPENIM)
def whole():
    print("begins", flush=True)
    digest.update_file({str(large)!r})
interrupted(whole)
"""
        )
        self.assertEqual(child.stdout.readline(), b"begins\n")
        # Most likely within the library; if not, it ends all the same.
        time.sleep(0.1)
        self.interrupt(child)
        self.end(child)

    def test_the_command_line(self):
        self.emulator.fault("stall_head", after=0)
        environment = {**ENVIRONMENT, **self.emulator.variables()}
        file = self.folder / "a.txt"
        file.write_bytes(b"x" * 1000)
        child = subprocess.Popen(
            [sys.executable, "-m", "chatfile", "upload", str(file)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            # A shell that runs tests in the background has it ignored, and what it starts, too.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.emulator.wait_for("file_upload")
        child.send_signal(signal.SIGINT)
        out, errors = child.communicate(timeout=60)
        self.assertEqual((child.returncode, out), (130, b""))
        self.assertTrue(errors.endswith(b"chatfile: interrupted\n"), errors)


if __name__ == "__main__":
    unittest.main()
