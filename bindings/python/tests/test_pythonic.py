"""What programs in Python expect: keywords, times, exceptions of Python's own, logging, dataclasses."""

import dataclasses
import datetime
import enum
import errno
import hashlib
import logging
import os
import pickle
import unittest

import chatfile
from chatfile._error import made
from emulator import Case, python


class Keywords(Case):
    def test_options_of_a_call(self):
        client = self.client(self.emulator.smh())
        stored = client.upload(b"x", file_name="a.txt", directory="photos", create_directories=True)
        self.assertEqual(stored.file, "photos/a.txt")
        again = client.upload(b"y", file_name="a.txt", directory="photos", conflict=chatfile.SmhConflict.RENAME)
        self.assertNotEqual(again.file, stored.file)
        self.assertEqual(client.download(again.file, max_size=1).data, b"y")
        with self.assertRaises(chatfile.LimitError):
            client.download(again.file, max_size=1, traffic_limit=1)
        request = client.presign_upload(1, file_name="b.txt", directory="photos")
        self.assertIn("b.txt", request.json)

    def test_options_of_a_presigned_call(self):
        client, other = self.client(), chatfile.Client()
        self.addCleanup(other.close)
        stored = other.send_presigned(client.presign_upload(1), b"x", compute_md5=True)
        self.assertEqual(stored.md5, "9dd4e461268c8034f5c8564e155c67a6")
        request = client.presign_download(stored.file)
        options = chatfile.DownloadOptions(max_size=5)
        self.assertEqual(other.receive_presigned(request, None, options, expected_size=1).data, b"x")
        with self.assertRaises(chatfile.IntegrityError):
            other.receive_presigned(request, expected_md5=hashlib.md5(b"y").hexdigest())
        with self.assertRaises(TypeError):
            other.send_presigned(request, b"x", colour="red")

    def test_texts_of_a_class_of_their_own(self):
        class Marked(str):
            def __str__(self):
                return "something else"

        class Names(str, enum.Enum):
            CAT = "cat.jpg"

        client = self.client(self.emulator.smh())
        for name in (Marked("cat.jpg"), Names.CAT):
            client.upload(b"x", file_name=name)
            self.assertEqual(client.download(name).data, b"x")
        self.assertEqual([entry.name for entry in client.list()], ["cat (1).jpg", "cat.jpg"])

    def test_a_class_of_options_of_ones_own(self):
        class Quick(chatfile.ClientOptions):
            pass

        class Named(chatfile.UploadOptions):
            colour: str = "red"

        self.assertEqual(Quick(deadline=5).deadline, 5)
        self.assertEqual((Named(file_name="a").file_name, Named().colour), ("a", "red"))
        self.client(self.emulator.smh()).upload(b"x", Named(file_name="a"))

    def test_what_is_no_presigned_request(self):
        client = self.client(self.emulator.smh())
        for call in (lambda: client.send_presigned(None, b""), lambda: client.receive_presigned(None), lambda: client.complete_presigned(None)):
            with self.assertRaisesRegex(TypeError, "presigned must be Presigned"):
                call()

    def test_they_go_before_the_options_beside_them(self):
        smh = chatfile.SmhUpload(directory="photos", create_directories=True)
        options = chatfile.UploadOptions(file_name="a.txt", smh=smh)
        client = self.client(self.emulator.smh())
        self.assertEqual(client.upload(b"x", options, file_name="c.txt").file, "photos/c.txt")
        self.assertEqual(client.upload(b"x", options, directory="videos").file, "videos/a.txt")
        self.assertEqual((options.file_name, smh.directory), ("a.txt", "photos"))

    def test_what_is_none_is_said(self):
        client = self.client()
        with self.assertRaisesRegex(TypeError, "there is no option 'taag'"):
            client.upload(b"x", taag="pets")
        with self.assertRaisesRegex(chatfile.UnsupportedError, "labels is an option of smh alone") as caught:
            client.upload(b"x", labels=["a"])
        self.assertEqual(caught.exception.field, "labels")
        with self.assertRaisesRegex(TypeError, "there is no option 'deadlin'"):
            chatfile.Client(self.emulator.netease(), deadlin=5)
        with self.assertRaisesRegex(TypeError, "NeteaseUpload has no field 'taag'; there is method"):
            chatfile.NeteaseUpload(taag="pets")
        with self.assertRaisesRegex(AttributeError, "has no field 'taag'"):
            chatfile.NeteaseUpload().taag = "pets"

    def test_of_a_client(self):
        with chatfile.Client(self.emulator.netease(), max_attempts=1, stall_timeout=0.1) as client:
            self.emulator.fault("stall_head", after=0)
            with self.assertRaises(chatfile.StalledError) as caught:
                client.upload(b"x")
        self.assertEqual(caught.exception.attempts, 1)


class Times(Case):
    def test_lengths(self):
        for deadline in (0.2, datetime.timedelta(milliseconds=200)):
            self.emulator.fault("stall_head", after=0)
            with self.subTest(deadline), self.assertRaisesRegex(chatfile.DeadlineError, "deadline"):
                self.client(deadline=deadline).upload(b"x")
            self.emulator.clear()
        client = self.client()
        for day in (86400, 86400.0, datetime.timedelta(days=1)):
            client.upload(b"x", ttl=day)
        with self.assertRaises(chatfile.LimitError) as caught:
            client.upload(b"x", ttl=datetime.timedelta(hours=1))
        self.assertEqual(caught.exception.field, "ttl")
        self.assertNotIn("_seconds", str(caught.exception))

    def test_names_of_the_header(self):
        of_c = chatfile.ClientOptions(stall_timeout_ms=1500, deadline_ms=0)
        self.assertEqual(of_c, chatfile.ClientOptions(stall_timeout=1.5))
        with self.assertRaisesRegex(TypeError, "twice"):
            chatfile.ClientOptions(deadline=1, deadline_ms=1000)
        with self.assertRaisesRegex(TypeError, "no field 'start_time_ms'"):
            chatfile.ClientOptions(start_time_ms=1)
        self.assertIs(chatfile.OpenimMethod.MULTIPART, chatfile.OpenimMethod.PARTS)

    def test_a_number_that_no_float_holds(self):
        with self.assertRaises(chatfile.ArgumentError):
            chatfile.Client(self.emulator.smh(), deadline=10**400)

    def test_what_is_no_length(self):
        for wrong, kind in ((0, ValueError), (-1, ValueError), (float("nan"), ValueError), ("5", TypeError)):
            with self.subTest(wrong), self.assertRaisesRegex(kind, "deadline"):
                self.client(deadline=wrong)

    def test_numbers_that_would_stand_for_a_default(self):
        netease, smh = self.client(), self.client(self.emulator.smh())
        for name in ("max_size", "length", "parallel_parts", "thumbnail_width"):
            self.refuses_0(name, lambda more: netease.download("https://a.test/b", **more))
        for name in ("part_size", "traffic_limit", "parallel_parts", "media_width"):
            self.refuses_0(name, lambda more: smh.upload(b"x", **more))
        for name in ("max_attempts", "calls_per_second", "upload_rate", "log_level"):
            self.refuses_0(name, lambda more: chatfile.Client(**more))
        self.refuses_0("limit", lambda more: smh.list(**more))
        self.refuses_0("max_upload_size", lambda more: self.client(self.emulator.netease(**more)))

    def refuses_0(self, name, call):
        with self.subTest(name), self.assertRaisesRegex(chatfile.ArgumentError, f"{name} must be at least 1") as caught:
            call({name: 0})
        self.assertEqual(caught.exception.field, name)

    def test_zeros_that_are_no_default(self):
        client = self.client()
        stored = client.upload(b"xy", message=0, method=0)
        self.assertEqual(client.download(stored.file, offset=0, length=1).data, b"x")

    def test_options_of_a_deletion(self):
        client = self.client(self.emulator.smh())
        for options, keywords in ((None, {"permanent": True}), (chatfile.DeleteOptions(smh=chatfile.SmhDelete(permanent=True)), {})):
            stored = client.upload(b"x", file_name="a.txt")
            self.assertIsNone(client.delete(stored.file, options, **keywords).recycled_item_id)
        with self.assertRaisesRegex(TypeError, "there is no option 'forever'"):
            client.delete("a.txt", forever=True)

    def test_points(self):
        zone = datetime.timezone.utc
        start = datetime.datetime(2026, 7, 1, tzinfo=zone)
        client = self.client()
        for end in (datetime.datetime(2026, 7, 4, tzinfo=zone), datetime.datetime(2026, 7, 4, tzinfo=zone).timestamp()):
            self.assertIsNotNone(client.delete_by_time(chatfile.NeteaseDeleteTask(start, end)).task_id)
        with self.assertRaises(chatfile.LimitError) as caught:
            client.delete_by_time(chatfile.NeteaseDeleteTask(start, start))
        self.assertEqual(caught.exception.field, "end_time")


class Errors(Case):
    def test_they_are_what_they_are_in_python(self):
        client = self.client(stall_timeout=0.1, max_attempts=1)
        with self.assertRaises(OSError):
            client.upload("/missing/file")
        with self.assertRaises(OSError):
            client.download("http://127.0.0.1:1/x", self.folder)
        with self.assertRaises(ConnectionError):
            client.download("http://127.0.0.1:1/x")
        with self.assertRaises(FileNotFoundError):
            client.download(f"{self.emulator.url}/MTAwMDAwMQ==/YmltYV8x")
        with self.assertRaises(ValueError):
            client.upload(b"x", tag="t" * 33)
        self.emulator.fault("stall_head", after=0)
        with self.assertRaises(TimeoutError):
            client.upload(b"x")

    def test_the_text_is_that_of_the_library(self):
        error = chatfile.NotFoundError("no such file", status=303)
        self.assertEqual(str(error), "no such file")
        self.assertIsInstance(error, OSError)


    def test_what_the_system_refused_is_the_cause(self):
        for call, kind, builtin, number in (
            (lambda: self.client().upload("/missing/file"), chatfile.SourceError, FileNotFoundError, errno.ENOENT),
            (lambda: self.client().download(self.stored(), self.folder / "no" / "x"), chatfile.SinkError, FileNotFoundError, errno.ENOENT),
            (lambda: self.client().download("http://127.0.0.1:1/x"), chatfile.ConnectError, ConnectionRefusedError, errno.ECONNREFUSED),
        ):
            with self.subTest(kind), self.assertRaises(builtin) as caught:
                call()
            error = caught.exception
            self.assertIsInstance(error, kind)
            self.assertEqual((error.errno, error.os_error, type(error.__cause__)), (number, number, builtin))
            self.assertEqual(error.details()["os_error"], number)

    def stored(self):
        return self.client().upload(b"x").file

    def test_errors_of_the_system_go_through_pickle(self):
        error = made(chatfile.SourceError, errno.ENOENT)
        self.assertIsInstance(error, (chatfile.SourceError, FileNotFoundError))
        self.assertIsInstance(error, FileNotFoundError)
        self.assertEqual((error.errno, type(error.__cause__)), (errno.ENOENT, FileNotFoundError))
        error.__dict__.update(message="no such file", os_error=errno.ENOENT)
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(again), again.__dict__, again.errno), (type(error), error.__dict__, errno.ENOENT))
        self.assertIsInstance(made(chatfile.ConnectError, errno.ECONNREFUSED), ConnectionRefusedError)
        self.assertIs(type(made(chatfile.NullError, None)), chatfile.NullError)


class Logging(Case):
    def test_lines_go_to_the_logger_of_the_package(self):
        with self.assertLogs("chatfile", logging.INFO) as caught:
            self.client().upload(b"x")
        self.assertEqual({record.levelno for record in caught.records}, {logging.INFO})
        self.assertIn("NetEase upload", caught.output[0])

    def test_the_level_is_that_of_the_logger_when_the_client_is_opened(self):
        logger = logging.getLogger("chatfile")
        self.addCleanup(logger.setLevel, logger.level)
        for level, some in ((logging.DEBUG, True), (logging.WARNING, False)):
            logger.setLevel(level)
            client = self.client()
            with self.subTest(level), self.assertLogs() as caught:
                logging.getLogger().error("something")
                client.upload(b"x")
            self.assertEqual(len(caught.records) > 1, some)

    def test_nothing_is_printed_where_nobody_has_set_up_logging(self):
        code = f"""
import sys
import chatfile
assert "logging" not in sys.modules
account = chatfile.Netease("a", "b", base_url="{self.emulator.url}/nowhere")
try:
    chatfile.Client(account, max_attempts=2, retry_delay=0.001).upload(b"x")
except chatfile.ChatfileError as error:
    print(error.status_name)
assert "logging" in sys.modules
"""
        done = python("-c", code)
        self.assertEqual((done.returncode, done.stderr), (0, b""), done.stderr.decode())


class Dataclasses(unittest.TestCase):
    def test_options_are_dataclasses_to_those_who_ask(self):
        options = chatfile.ClientOptions(deadline=5)
        self.assertTrue(dataclasses.is_dataclass(options))
        self.assertEqual(dataclasses.replace(options, max_attempts=2), chatfile.ClientOptions(deadline=5, max_attempts=2))
        self.assertEqual([field.name for field in dataclasses.fields(chatfile.SmhDelete)], ["permanent"])
        self.assertEqual(dataclasses.asdict(chatfile.SmhDelete(permanent=True)), {"permanent": True})


class Import(unittest.TestCase):
    def test_it_takes_no_costly_module_of_the_library(self):
        costly = ("asyncio", "dataclasses", "datetime", "inspect", "json", "logging", "socket", "ssl", "subprocess")
        done = python("-I", "-S", "-c", f"""
import sys
sys.path.insert(0, {os.path.dirname(os.path.dirname(chatfile.__file__))!r})
import chatfile
print([name for name in {costly!r} if name in sys.modules])
""")
        self.assertEqual(done.stdout.decode().strip(), "[]", done.stderr.decode())


if __name__ == "__main__":
    unittest.main()
