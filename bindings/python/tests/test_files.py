"""What is read from and written to as a file object: all bytes arrive, or the call fails and says why."""

import array
import asyncio
import gzip
import io
import itertools
import mmap
import os
import subprocess
import tempfile
import unittest
import warnings

import chatfile
from emulator import Case

DATA = bytes(range(256)) * 1000


class Sink:
    """Its write() is a function of the bytes."""

    def __init__(self, write):
        self.write = write


class Source:
    """Gives what it is told to, and then nothing."""

    def __init__(self, *gives):
        self.gives = list(gives)

    def read(self, size):
        return self.gives.pop(0) if self.gives else b""


class Files(Case):
    def setUp(self):
        super().setUp()
        self.easemob = self.client(self.emulator.easemob())

    def stored(self):
        return self.easemob.upload(DATA).file

    def test_a_sink_that_takes_some_is_given_the_rest(self):
        for type_of_number in (int, type("Number", (), {"__init__": lambda self, n: setattr(self, "n", n), "__index__": lambda self: self.n})):
            got = bytearray()

            def write(data, got=got, number=type_of_number):
                some = data[: len(data) // 3 + 1]
                got.extend(some)
                return number(len(some))

            self.easemob.download(self.stored(), Sink(write))
            self.assertEqual(got, DATA)

    def test_a_sink_that_takes_nothing_or_claims_more_fails(self):
        file = self.stored()
        for answer, kind, text in (
            (lambda data: 0, OSError, "returned 0 for"),
            (lambda data: -1, OSError, "returned -1 for"),
            (lambda data: len(data) + 1, OSError, "it must take at least one"),
            (lambda data: True, TypeError, "returned True"),
            (lambda data: "all", TypeError, "returned 'all'"),
            (lambda data: 1.0, TypeError, "returned 1.0"),
        ):
            with self.subTest(text), self.assertRaisesRegex(kind, text):
                self.easemob.download(file, Sink(answer))
        # None is what most classes of one's own return, and means all.
        got = bytearray()
        self.easemob.download(file, Sink(got.extend))
        self.assertEqual(got, DATA)

    def test_a_raw_file_that_does_not_block(self):
        file = self.stored()

        class Reluctant(io.RawIOBase):
            def write(self, data):
                return None

        with self.assertRaisesRegex(BlockingIOError, "has taken nothing"):
            self.easemob.download(file, Reluctant())
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        with open(reader, "rb"), open(writer, "wb", buffering=0) as raw:
            with self.assertRaisesRegex(BlockingIOError, "has taken nothing"):
                self.easemob.download(file, raw)
            with self.assertRaisesRegex(BlockingIOError, "does not block"):
                self.easemob.upload(chatfile.Stream(type("R", (io.RawIOBase,), {"read": lambda self, n: None})(), 5))
        with tempfile.NamedTemporaryFile(buffering=0) as wrapper:
            wrapper.file = Reluctant()
            wrapper.write = wrapper.file.write
            with self.assertRaises(BlockingIOError):
                self.easemob.download(file, wrapper)

    def test_asynchronous_files_are_refused_before_anything_is_sent(self):
        file = self.stored()
        before = len(self.emulator.journal())

        class Asynchronous:
            async def read(self, size):
                return b"x"

            async def write(self, data):
                return len(data)

            async def seek(self, position):
                return 0

        text = "asynchronous.*upload.file"
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with self.assertRaisesRegex(TypeError, "the sink is an " + text):
                self.easemob.download(file, Asynchronous())
            with self.assertRaisesRegex(TypeError, "the source is an " + text):
                self.easemob.upload(Asynchronous())
            with self.assertRaisesRegex(TypeError, "the source is an " + text):
                self.easemob.upload(chatfile.Stream(Asynchronous(), 5, rewindable=True))
            self.assertEqual(len(self.emulator.journal()), before)
            # What cannot be seen beforehand: an ordinary function that gives a coroutine or a future.
            kept = Asynchronous()
            with self.assertRaisesRegex(TypeError, "the sink is an " + text):
                self.easemob.download(file, Sink(lambda data: kept.write(data)))
            loop = asyncio.new_event_loop()
            self.addCleanup(loop.close)
            with self.assertRaisesRegex(TypeError, "the sink is an " + text):
                self.easemob.download(file, Sink(lambda data: loop.create_future()))
            with self.assertRaisesRegex(TypeError, "the source is an " + text):
                self.easemob.upload(chatfile.Stream(Source(kept.read(1)), 5))

    def test_text_files_are_refused_before_anything_is_sent(self):
        for sink in (io.StringIO(), io.TextIOWrapper(io.BytesIO())):
            with self.assertRaisesRegex(TypeError, "the sink is a text file.*'wb'"):
                self.easemob.download("x", sink)
            with self.assertRaisesRegex(TypeError, "the source is a text file.*'rb'"):
                self.easemob.upload(sink)
        self.assertEqual(self.emulator.journal(), [])

    def test_what_a_source_may_give(self):
        pieces = [b"abc", bytearray(b"def"), memoryview(b"ghi"), array.array("B", b"jkl"), memoryview(b"m.n.o.")[::2]]
        stored = self.easemob.upload(chatfile.Stream(Source(*pieces), 15))
        self.assertEqual(self.easemob.download(stored.file).data, b"abcdefghijklmno")
        for wrong, text in (
            (5, "it returned int"),
            (None, "it returned NoneType"),
            ([1, 2], "it returned list"),
            ("text", "is a text file"),
        ):
            with self.subTest(text), self.assertRaisesRegex(TypeError, text):
                self.easemob.upload(chatfile.Stream(Source(wrong), 5))

    def test_files_whose_seek_returns_nothing(self):
        class Seeks(io.BytesIO):
            def seek(self, *where):
                super().seek(*where)

        mapped = mmap.mmap(-1, len(DATA))
        self.addCleanup(mapped.close)
        mapped.write(DATA)
        mapped.seek(0)
        with memoryview(mapped) as view:
            for source in (Seeks(DATA), mapped, view):
                stored = self.easemob.upload(source)
                self.assertEqual(self.easemob.download(stored.file).data, DATA)

    def test_what_goes_to_its_end_and_not_back_is_no_empty_file(self):
        packed = subprocess.run(["gzip"], input=DATA, stdout=subprocess.PIPE, check=True).stdout
        for as_stream in (False, True):
            child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.addCleanup(child.communicate)
            child.stdin.write(packed)
            child.stdin.close()
            child.stdin = None
            # It says of itself that it can seek.
            with gzip.open(child.stdout) as file:
                if as_stream:
                    self.assertEqual(self.easemob.upload(chatfile.Stream(file)).size, len(DATA))
                    continue
                with self.assertRaisesRegex(chatfile.ArgumentError, "chatfile.Stream") as caught:
                    self.easemob.upload(file)
                self.assertEqual(caught.exception.field, "source")

    def test_what_cannot_seek_and_says_so_in_its_own_way(self):
        class Forward(io.BytesIO):
            def seek(self, *_):
                raise NotImplementedError

        self.assertEqual(self.easemob.upload(Forward(DATA)).size, len(DATA))

    def test_a_generator_that_waits_with_empty_pieces_can_be_cancelled(self):
        cancel = chatfile.Cancel()

        def pieces():
            yield b"x"
            for turn in itertools.count():
                if turn == 3:
                    cancel.fire()
                yield b""

        with self.assertRaises(chatfile.CancelledError):
            self.easemob.upload(pieces(), cancel=cancel)

    def test_odd_names_of_file_objects_are_suggestions_alone(self):
        smh = self.client(self.emulator.smh())
        path = self.folder / "plain.txt"
        path.write_bytes(b"x")
        odd = os.fsencode(self.folder) + b"/Mu\xf1oz\n.txt"
        os.rename(path, odd)

        class Named(io.BytesIO):
            def __init__(self, name):
                super().__init__(b"x")
                self.name = name

        class Broken(io.BytesIO):
            @property
            def name(self):
                raise ValueError("closed")

        with open(odd, "rb") as as_bytes, open(os.fsdecode(odd), "rb") as as_text:
            for source, name in (
                (as_bytes, "Mu_oz_.txt"),
                (as_text, "Mu_oz_.txt"),
                (Named(3), "file"),
                (Named(None), "file"),
                (Named("<stdin>"), "file"),
                (Named(""), "file"),
                (Named("folder/"), "file"),
                (Named(b"/a/b.txt"), "b.txt"),
                (Named("b/\u732b\u3000.txt"), "\u732b\u3000.txt"),
                (Broken(b"x"), "file"),
            ):
                with self.subTest(name=name):
                    stored = smh.upload(source, chatfile.UploadOptions(smh=chatfile.SmhUpload(conflict=chatfile.SmhConflict.OVERWRITE)))
                    self.assertEqual(stored.file, name)
        with self.assertRaises(chatfile.TextError):
            smh.upload(os.fsdecode(odd))


if __name__ == "__main__":
    unittest.main()
