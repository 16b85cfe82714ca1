"""The package against the emulator, as programs use it."""

import asyncio
import ctypes
import gc
import io
import os
import pickle
import tempfile
import threading
import time
import unittest
import warnings

import chatfile
from chatfile import _call
from emulator import Case


def handles():
    """Open files and sockets of this process."""
    return len(os.listdir("/proc/self/fd"))


class Services(Case):
    def test_there_and_back_at_each(self):
        data = os.urandom(100_000)
        emulator = self.emulator
        for account, download in emulator.accounts():
            with self.subTest(account._service), self.client(account) as client:
                options = chatfile.UploadOptions(file_name="cat.jpg")
                stored = client.upload(data, options)
                self.assertEqual((stored.size, stored.attempts, stored.instant), (100_000, 1, False))
                result = client.download(stored.file, options=download)
                self.assertEqual(result.data, data)
                self.assertIn(chatfile.Capability.UPLOAD, client.capabilities)

    def test_sources(self):
        client = self.client(self.emulator.easemob())
        data = os.urandom(300_000)
        path = self.folder / "größe ☃.bin"
        path.write_bytes(data)
        temporary = tempfile.TemporaryFile()
        self.addCleanup(temporary.close)
        temporary.write(b"head" + data)
        temporary.seek(4)
        reader, writer = os.pipe()
        pipe = os.fdopen(reader, "rb")
        self.addCleanup(pipe.close)

        def feed():
            with os.fdopen(writer, "wb") as file:
                file.write(data)

        feeder = threading.Thread(target=feed)
        feeder.start()
        sources = {
            "str": str(path),
            "path": path,
            "bytes": data,
            "bytearray": bytearray(data),
            "memoryview": memoryview(data),
            "writable memoryview": memoryview(bytearray(data)),
            "BytesIO": io.BytesIO(data),
            "file": temporary,
            "raw": open(path, "rb", buffering=0),
            "stream": chatfile.Stream(pipe, len(data)),
        }
        self.addCleanup(sources["raw"].close)
        for name, source in sources.items():
            with self.subTest(name):
                stored = client.upload(source)
                self.assertEqual(client.download(stored.file).data, data)
        feeder.join()
        strided = memoryview(bytes(range(10)))[::2]
        self.assertEqual(client.download(client.upload(strided).file).data, bytes([0, 2, 4, 6, 8]))
        for empty in (b"", bytearray(), memoryview(b""), io.BytesIO()):
            self.assertEqual(client.download(client.upload(empty).file).data, b"")

    def test_what_is_generated_reaches_every_service(self):
        data = bytes(range(256)) * 1500

        def pieces():
            for at in range(0, len(data), 70_001):
                yield data[at : at + 70_001]
                yield b""

        for account, download in self.emulator.accounts():
            with self.subTest(account._service), self.client(account) as client:
                for source in (pieces(), map(bytearray, pieces())):
                    stored = client.upload(source, chatfile.UploadOptions(file_name="a.jpg"))
                    self.assertEqual(stored.size, len(data))
                    self.assertEqual(client.download(stored.file, options=download).data, data)

    def test_the_name_of_an_open_file_is_the_file_s(self):
        client = self.client(self.emulator.smh())
        path = self.folder / "cat.jpg"
        path.write_bytes(b"x")
        with open(path, "rb") as file:
            self.assertEqual(client.upload(file).file, "cat.jpg")
        self.assertEqual(client.upload(b"x", chatfile.UploadOptions(file_name="b")).file, "b")

    def test_sinks(self):
        client = self.client(self.emulator.easemob())
        data = os.urandom(300_000)
        stored = client.upload(data)
        target = self.folder / "ü.bin"
        result = client.download(stored.file, target)
        self.assertIsNone(result.data)
        self.assertEqual(target.read_bytes(), data)
        buffer = io.BytesIO()
        self.assertEqual(client.download(stored.file, buffer).size, len(data))
        self.assertEqual(buffer.getvalue(), data)

        class Raw(io.RawIOBase):
            """Takes less than it is given."""

            def __init__(self):
                self.got = b""

            def write(self, some):
                self.got += bytes(some[:1000])
                return min(1000, len(some))

        raw = Raw()
        client.download(stored.file, raw)
        self.assertEqual(raw.got, data)

    def test_what_is_no_source_or_sink(self):
        client = self.client()
        for source in (None, 7, [], object()):
            with self.assertRaisesRegex(TypeError, "a source is a path"):
                client.upload(source)
        with self.assertRaisesRegex(TypeError, "a sink is"):
            client.download("x", 7)
        with self.assertRaisesRegex(TypeError, "binary mode"):
            client.upload(io.StringIO("text"))
        reader, writer = os.pipe()
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe, self.assertRaisesRegex(chatfile.LimitError, "empty file"):
            client.upload(pipe)
        with self.assertRaisesRegex(TypeError, "the iterator must give bytes, but it gave str"):
            client.upload(iter(["text"]))
        with self.assertRaisesRegex(TypeError, "UploadOptions"):
            client.upload(b"", chatfile.DownloadOptions())
        with self.assertRaisesRegex(TypeError, "EasemobUpload"):
            client.upload(b"", chatfile.UploadOptions(easemob=chatfile.SmhUpload()))
        with self.assertRaisesRegex(TypeError, "whole number"):
            chatfile.Client(options=chatfile.ClientOptions(max_attempts="3"))
        with self.assertRaisesRegex(TypeError, "an account is"):
            chatfile.Client("netease")
        self.assertFalse(_call._calls)

    def test_a_call_that_never_begins_leaves_nothing(self):
        client = self.client()
        with self.assertRaises(chatfile.TextError):
            client.upload(io.BytesIO(b"x"), file_name="\0", progress=print)
        with self.assertRaises(chatfile.ArgumentError):
            client.download("https://a.test/b", io.BytesIO(), max_size=0, progress=print)
        client.close()
        for call in (lambda: client.upload(b"x", progress=print), lambda: client.download("https://a.test/b", progress=print)):
            with self.assertRaises(chatfile.ArgumentError):
                call()
        self.assertFalse(_call._calls)

    def test_folders_of_smh(self):
        client = self.client(self.emulator.smh())
        smh = chatfile.SmhUpload(directory="a/b", create_directories=True, labels=("x", "ü"), category="cat")
        for name in "123":
            client.upload(b"12345", chatfile.UploadOptions(file_name=name, smh=smh))
        info = client.info("a/b/1")
        self.assertEqual((info.size, info.labels, info.category), (5, ("x", "ü"), "cat"))
        digest = chatfile.Digest(chatfile.DigestKind.CRC64)
        digest.update(b"12345")
        self.assertEqual(info.crc64, digest.text(chatfile.DigestKind.CRC64))
        self.assertEqual([entry.name for entry in client.list("a/b", limit=2)], ["1", "2"])
        self.assertEqual([entry.name for entry in client.list_all("a/b")], ["1", "2", "3"])
        # One that is left, and one that another thread goes on with.
        self.assertEqual(next(client.list_all("a/b", limit=1)).name, "1")
        cancel = chatfile.Cancel()
        walk = client.list_all("a/b", limit=1, cancel=cancel)
        names = [next(walk).name]
        thread = threading.Thread(target=lambda: names.append(next(walk).name))
        thread.start()
        thread.join()
        self.assertEqual(names, ["1", "2"])
        cancel.fire()
        with self.assertRaises(chatfile.CancelledError):
            next(walk)
        with self.assertRaises(chatfile.TextError):
            next(client.list_all("\0"))
        self.assertFalse(_call._calls)
        self.assertTrue(client.exists("a/b/3"))
        self.assertIsNotNone(client.delete("a/b/3").recycled_item_id)
        self.assertFalse(client.exists("a/b/3"))
        with self.assertRaises(chatfile.NotFoundError):
            client.info("a/b/3")
        conflict = chatfile.SmhUpload(directory="a/b", conflict=chatfile.SmhConflict.FAIL)
        with self.assertRaises(chatfile.ConflictError):
            client.upload(b"1", chatfile.UploadOptions(file_name="1", smh=conflict))

    def test_an_upload_in_parts_goes_on_after_a_failure(self):
        client = self.client(self.emulator.smh(), max_attempts=1)
        data = os.urandom(5 << 20)
        smh = chatfile.SmhUpload(part_size=1 << 20, method=chatfile.SmhMethod.PARTS)
        options = chatfile.UploadOptions(file_name="big", resumable=True, parallel_parts=1, smh=smh)
        self.emulator.ask(
            "POST",
            "faults",
            [{"match": {"verb": "part_put"}, "skip": 3, "action": {"type": "close_before_answer"}}],
        )
        with self.assertRaises(chatfile.TransportError) as caught:
            client.upload(data, options)
        self.assertIsNotNone(caught.exception.resume_token)
        self.emulator.clear()
        options.resume_token = caught.exception.resume_token
        self.assertEqual(client.upload(data, options).size, len(data))
        self.assertEqual(client.download("big").data, data)
        client.abort_upload(options.resume_token)

    def test_presigned_requests(self):
        for account in (self.emulator.netease(), self.emulator.easemob(), self.emulator.smh()):
            with self.subTest(account._service):
                backend, other = self.client(account), chatfile.Client()
                self.addCleanup(other.close)
                request = backend.presign_upload(1000, chatfile.UploadOptions(file_name="a.txt"))
                there = pickle.loads(pickle.dumps(request))
                self.assertEqual((there.json, there.method), (request.json, request.method))
                self.assertNotIn("Token", repr(request))
                stored = other.send_presigned(there, b"x" * 1000)
                if request.needs_completion:
                    stored = backend.complete_presigned(request)
                down = backend.presign_download(stored.file)
                self.assertEqual(other.receive_presigned(chatfile.Presigned(down.json)).data, b"x" * 1000)
        with self.assertRaises(chatfile.ArgumentError):
            chatfile.Presigned("{}")

    def test_digests(self):
        kinds = chatfile.DigestKind
        path = self.folder / "f"
        path.write_bytes(b"123456789")
        digest = chatfile.Digest(kinds.CRC64 | kinds.OPENIM | kinds.SMH_FULL, part_size=5)
        digest.update_file(path)
        self.assertEqual(digest.crc64_value, 0x995DC9BBDF1939FA)
        self.assertEqual(digest.text(kinds.CRC64), str(digest.crc64_value))
        self.assertEqual(len(digest.parts), 2)
        with self.assertRaises(chatfile.SourceError):
            digest.update_file(self.folder / "missing")
        self.assertEqual(chatfile.netease_checksum("a", "b", "c"), "a9993e364706816aba3e25717850c26c9cd0d89d")

    def test_a_cancel_ends_the_wait_for_a_digest(self):
        path = self.folder / "large"
        with open(path, "wb") as file:
            # One hole, which takes minutes to read.
            file.truncate(1 << 40)
        digest = chatfile.Digest(chatfile.DigestKind.CRC64)
        ended = []

        def update(name, cancel):
            with self.assertRaises(chatfile.CancelledError):
                digest.update_file(path, cancel=cancel)
            ended.append(name)

        threads, cancels = [], []
        for name in ("reads", "waits"):
            cancel = chatfile.Cancel()
            thread = threading.Thread(target=update, args=(name, cancel))
            thread.start()
            cancels.append(cancel)
            threads.append(thread)
            # Until it is the one that reads.
            while digest._lock.acquire(blocking=False):
                digest._lock.release()
        for cancel, thread in reversed(list(zip(cancels, threads))):
            cancel.fire()
            thread.join()
        self.assertEqual(ended, ["waits", "reads"])


class Errors(Case):
    def test_a_wrong_secret(self):
        client = self.client(self.emulator.netease(app_secret="wrong"))
        with self.assertRaises(chatfile.AuthError) as caught:
            client.upload(b"x")
        error = caught.exception
        self.assertEqual((error.service_code, error.http_status, error.attempts), ("414", 200, 1))
        self.assertEqual((error.status, error.status_name), (301, "CHATFILE_E_AUTH"))
        self.assertIn("AppSecret", str(error))
        self.assertEqual(error.phase, chatfile.Phase.RECEIVE)
        self.assertFalse(error.retryable)
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(again), again.args, again.__dict__), (type(error), error.args, error.__dict__))

    def test_the_field_at_fault_is_named(self):
        cases = [
            (lambda: chatfile.Client(chatfile.Netease("")), chatfile.NullError, "app_secret"),
            (lambda: chatfile.Client(chatfile.Netease("a\nb", "c")), chatfile.TextError, "app_key"),
            (lambda: chatfile.Client(chatfile.Netease("a\0b", "c")), chatfile.TextError, "app_key"),
            (lambda: chatfile.Client(chatfile.Netease("a\udcffb", "c")), chatfile.TextError, "app_key"),
            (
                lambda: chatfile.Client(options=chatfile.ClientOptions(max_attempts=-1)),
                chatfile.ArgumentError,
                "max_attempts",
            ),
            (
                lambda: chatfile.Client(options=chatfile.ClientOptions(deadline=1e9)),
                chatfile.ArgumentError,
                "deadline",
            ),
            (lambda: self.client().upload("/missing/file"), chatfile.SourceError, "source.path"),
            (lambda: self.client().upload(os.fsdecode(b"/tmp/\xff")), chatfile.TextError, "source.path"),
            (lambda: self.client().delete("x"), chatfile.UnsupportedError, "delete"),
        ]
        for function, kind, field in cases:
            with self.subTest(field=field, kind=kind), self.assertRaises(kind) as caught:
                function()
            self.assertEqual(caught.exception.field, field)
            self.assertIsInstance(caught.exception, chatfile.CallerError)

    def test_bands(self):
        self.emulator.fault("stall_head", after=0)
        with self.assertRaises(chatfile.StalledError) as caught:
            self.client(stall_timeout=0.1, max_attempts=2).upload(b"x")
        self.assertIsInstance(caught.exception, chatfile.TransportError)
        self.assertEqual((caught.exception.attempts, caught.exception.retryable), (2, True))
        account = chatfile.Netease("a", "b", base_url="http://127.0.0.1:1")
        with self.assertRaises(chatfile.ConnectError):
            self.client(account, max_attempts=1).upload(b"x")

    def test_no_secret_is_shown(self):
        for account in (self.emulator.netease(), self.emulator.easemob(password="hunter2", token="t0ken")):
            for secret in ("e1a2b3c4d5f6", "LXNlY3JldA", "hunter2", "t0ken"):
                self.assertNotIn(secret, repr(account))
        self.assertEqual(repr(chatfile.UploadOptions(file_name="x")), "UploadOptions(file_name='x')")
        # Nor a login in a URL, which the library refuses.
        login = chatfile.ClientOptions(fallback_urls=["https://user:secret@a.example/x@y", "https://b.example/x@y"])
        self.assertEqual(
            repr(login), "ClientOptions(fallback_urls=['https://...@a.example/x@y', 'https://b.example/x@y'])"
        )
        self.assertEqual(chatfile.SmhDelete("a"), chatfile.SmhDelete("a"))
        self.assertNotEqual(chatfile.SmhDelete("a"), chatfile.SmhDelete("b"))

    def test_a_closed_client(self):
        client = self.client()
        client.close()
        client.close()
        self.assertTrue(client.closed)
        for function in (lambda: client.upload(b"x"), lambda: client.set_rates(1)):
            with self.assertRaisesRegex(chatfile.ArgumentError, "closed"):
                function()


class Callbacks(Case):
    options = ("--netease-max-upload", "100000000")

    def test_what_progress_raises_comes_out(self):
        client = self.client()

        class Mine(Exception):
            pass

        raised = Mine("mine")

        def progress(report):
            raise raised

        for kind in (b"x" * 1000, io.BytesIO(b"x" * 1000)):
            with self.assertRaises(Mine) as caught:
                client.upload(kind, progress=progress)
            self.assertIs(caught.exception, raised)
            self.assertIsNone(raised.__cause__)
            self.assertIsNone(raised.__context__)
        for kind in (SystemExit, KeyboardInterrupt, GeneratorExit):

            def stop(report, kind=kind):
                raise kind

            with self.assertRaises(kind):
                client.upload(b"x", progress=stop)
        self.assertEqual(client.upload(b"x").size, 1)

    def test_in_the_last_report_it_is_too_late_but_still_told(self):
        client = self.client()

        def late(report):
            if report.finished:
                raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            client.upload(b"x", progress=late)

    def test_stop(self):
        def progress(report):
            raise chatfile.Stop(-5)

        with self.assertRaises(chatfile.CallbackError) as caught:
            self.client().upload(b"x", progress=progress)
        self.assertEqual(caught.exception.callback_value, -5)

    def test_stop_takes_a_number(self):
        with self.assertRaisesRegex(TypeError, "whole number"):
            chatfile.Stop("the disk is full")

        class Bare(chatfile.Stop):
            def __init__(self):
                self.value = "nothing that C could be told"

        def progress(report):
            raise Bare

        with self.assertRaises(chatfile.CallbackError) as caught:
            self.client().upload(b"x", progress=progress)
        self.assertEqual(caught.exception.callback_value, 1)

    def test_an_asynchronous_progress_function_is_refused(self):
        async def progress(report):
            pass

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with self.assertRaisesRegex(TypeError, "asynchronous"):
                self.client().upload(b"x", progress=progress)

    def test_what_another_thread_raises_in_this_one_comes_out(self):
        """As time limits of task queues are: before the first line of a callback, too, where ctypes can only report it."""
        client = self.client()

        class TimeLimit(Exception):
            pass

        for _ in range(12):
            going = threading.Event()
            outcome = []

            def pieces(going=going):
                for count in range(2000):
                    if count == 100:
                        going.set()
                    yield b"x" * 1000

            def upload(outcome=outcome, pieces=pieces):
                try:
                    outcome.append(client.upload(pieces(), file_name="log.txt").size)
                except TimeLimit:
                    outcome.append("raised")

            thread = threading.Thread(target=upload)
            thread.start()
            going.wait()
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(TimeLimit))
            thread.join()
            self.assertIn(outcome[0], ("raised", 2_000_000))

    def test_what_a_source_and_a_sink_raise_comes_out(self):
        client = self.client()

        class Broken(io.BytesIO):
            def read(self, size=-1):
                raise OSError("the disk is gone")

            def write(self, data):
                raise OSError("the disk is full")

        with self.assertRaisesRegex(OSError, "gone"):
            client.upload(Broken(b"abc"))
        stored = client.upload(b"abc")
        with self.assertRaisesRegex(OSError, "full"):
            client.download(stored.file, Broken())

    def test_progress_is_of_this_thread_and_complete(self):
        client = self.client()
        seen = []
        data = os.urandom(3_000_000)
        client.upload(data, progress=lambda report: seen.append((threading.get_ident(), report)))
        reports = [report for _, report in seen]
        self.assertEqual({thread for thread, _ in seen}, {threading.get_ident()})
        self.assertEqual((reports[0].done, reports[0].finished), (0, False))
        last = reports[-1]
        self.assertEqual((last.done, last.total, last.finished), (len(data), len(data), True))
        done = [report.done for report in reports]
        self.assertEqual(done, sorted(done))

    def test_secrets_that_are_asked_for(self):
        asked = []

        def secret(name):
            asked.append(name)
            return "e1a2b3c4d5f6"

        client = self.client(self.emulator.netease(app_secret=None, secret=secret))
        client.upload(b"x")
        self.assertEqual(asked, ["app_secret"])
        for answer, kind in ((None, TypeError), ("x" * 100_000, chatfile.ArgumentError)):
            client = self.client(self.emulator.netease(app_secret=None, secret=lambda name: answer))
            with self.assertRaises(kind):
                client.upload(b"x")

        def refuses(name):
            raise LookupError("no key ring")

        client = self.client(self.emulator.netease(app_secret=None, secret=refuses))
        with self.assertRaisesRegex(LookupError, "no key ring"):
            client.upload(b"x")
        self.assertIsNone(_call._thread.__dict__.get("call"))

    def test_the_log(self):
        lines = []
        client = self.client(log=lambda level, line: lines.append((level, line)), log_level=chatfile.LogLevel.DEBUG)
        client.upload(b"x")
        self.assertTrue(any("NetEase" in line or "netease" in line for _, line in lines), lines)

        heard = []

        def broken(level, line):
            heard.append(line)
            raise ZeroDivisionError

        client = self.client(log=broken, log_level=chatfile.LogLevel.TRACE)
        with self.assertRaises(ZeroDivisionError):
            client.upload(b"x")
        self.assertEqual(len(heard), 1, heard)

    def test_a_callback_may_use_the_client(self):
        client = self.client()
        inner = []

        def progress(report):
            if not inner:
                inner.append(client.upload(b"inner"))

        client.upload(b"outer", progress=progress)
        self.assertEqual(inner[0].size, 5)

    def test_cancel(self):
        self.emulator.fault("stall_head", after=0)
        client = self.client()
        for on_main in (True, False):
            cancel = chatfile.Cancel()
            self.emulator.ask("DELETE", "journal")

            def fire(cancel=cancel):
                self.emulator.wait_for("file_upload")
                cancel.fire()

            timer = threading.Thread(target=fire)
            timer.start()
            outcome = []

            def call(cancel=cancel, outcome=outcome):
                begun = time.monotonic()
                try:
                    client.upload(b"x", cancel=cancel)
                except chatfile.CancelledError:
                    outcome.append(time.monotonic() - begun)

            if on_main:
                call()
            else:
                thread = threading.Thread(target=call)
                thread.start()
                thread.join()
            timer.join()
            # Not the stall time-out of a minute.
            self.assertLess(outcome[0], 30.0)
            self.assertTrue(cancel.fired)
            # It is used up, also for later calls; others are not.
            with self.assertRaises(chatfile.CancelledError):
                client.download("http://127.0.0.1:1/a/b", cancel=cancel)
        self.emulator.clear()
        self.assertEqual(client.upload(b"x", cancel=chatfile.Cancel()).size, 1)


class Threads(Case):
    options = ("--netease-calls-per-second", "0")

    def test_many_threads_share_a_client_and_leave_nothing(self):
        client = self.client(calls_per_second=100_000)
        client.upload(b"warm")
        gc.collect()
        open_files, problems = handles(), []
        cancelled = []

        def work(number):
            try:
                for turn in range(10):
                    data = os.urandom(1000 * number + turn + 1)
                    stored = client.upload(io.BytesIO(data), progress=lambda report: None)
                    assert client.download(stored.file).data == data
                    try:
                        client.upload(b"", chatfile.UploadOptions(file_name=""))
                    except chatfile.ArgumentError:
                        pass
                    cancel = chatfile.Cancel()
                    cancel.fire()
                    try:
                        client.upload(b"x", cancel=cancel)
                    except chatfile.CancelledError:
                        cancelled.append(1)
            except BaseException as error:
                problems.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])
        self.assertEqual(len(cancelled), 80)
        client.close()
        self.assertFalse(_call._calls)
        self.assertFalse(_call._ears)
        gc.collect()
        self.assertLessEqual(handles(), open_files)

    def test_a_client_that_is_closed_while_it_works(self):
        self.emulator.fault("hold")
        client = self.client()
        done = []
        thread = threading.Thread(target=lambda: done.append(client.upload(b"abc").size))
        thread.start()
        self.emulator.wait_for("file_upload")
        client.close()
        with self.assertRaises(chatfile.ArgumentError):
            client.upload(b"x")
        self.assertEqual(done, [])
        self.emulator.clear()
        thread.join()
        self.assertEqual(done, [3])
        self.assertIsNone(client._handle)

    def test_the_gil_is_free_during_a_call(self):
        self.emulator.fault("hold")
        client = self.client(max_attempts=1)

        def release():
            self.emulator.wait_for("file_upload")
            self.emulator.clear()

        thread = threading.Thread(target=release)
        thread.start()
        # It would wait for a thread that waits for it.
        client.upload(b"x")
        thread.join()

    def test_forgotten_clients_and_memory(self):
        import resource

        def turn():
            for _ in range(300):
                client = chatfile.Client(self.emulator.netease(secret=lambda name: ""))
                try:
                    client.upload(bytearray(100_000), chatfile.UploadOptions(file_name=""), progress=print)
                except chatfile.ArgumentError:
                    pass

        # That they were not closed is what this is about.
        told = warnings.catch_warnings()
        told.__enter__()
        self.addCleanup(told.__exit__)
        warnings.simplefilter("ignore", ResourceWarning)
        turn()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        files = handles()
        for _ in range(5):
            turn()
        self.assertFalse(_call._ears)
        self.assertEqual(handles(), files)
        # Each turn handled 30 MB.
        self.assertLess(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, 8_000)

    def test_from_asyncio(self):
        client = self.client()

        async def main():
            loop = asyncio.get_running_loop()
            calls = (loop.run_in_executor(None, client.upload, bytes([n])) for n in range(5))
            return await asyncio.gather(*calls)

        self.assertEqual([stored.size for stored in asyncio.run(main())], [1] * 5)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_after_fork(self):
        client = self.client()
        client.upload(b"x")
        child = os.fork()
        if child == 0:
            code = 1
            try:
                try:
                    client.upload(b"x")
                except chatfile.ArgumentError as error:
                    if "fork" in str(error):
                        with chatfile.Client(self.emulator.netease()) as own:
                            own.upload(b"y")
                        code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        self.assertEqual(status, 0)
        self.assertEqual(client.upload(b"x").size, 1)


if __name__ == "__main__":
    unittest.main()
