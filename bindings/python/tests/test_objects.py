"""Objects of the package as other programs treat them: copied, pickled, forgotten, printed."""

import copy
import errno
import gc
import io
import json
import pickle
import threading
import unittest
import warnings

import chatfile
from chatfile._error import made
from chatfile.errors import BANDS, CLASSES
from emulator import Case


class Objects(Case):
    def test_threads_take_turns_with_a_digest(self):
        digest = chatfile.Digest(chatfile.DigestKind.OPENIM, 1)

        def take():
            for _ in range(300):
                digest.update(b"x" * 500)

        threads = [threading.Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(digest.parts), 4 * 300 * 500)
        for data in (3, [1, 2, 3], "x"):
            self.assertRaises(TypeError, digest.update, data)

    def test_what_a_source_gives_is_bytes_of_a_length(self):
        client = self.client()
        with self.assertRaisesRegex(TypeError, "NoneType"):
            client.upload(iter([b"head", None, b"tail"]), file_name="n")
        for length in (-1, -5, 2**64 + 3):
            with self.assertRaises(chatfile.ArgumentError) as caught:
                client.upload(chatfile.Stream(io.BytesIO(b"abc"), length), file_name="n")
            self.assertEqual(caught.exception.field, "source.length")
        behind = io.BytesIO(b"abc")
        behind.seek(10)
        with self.assertRaisesRegex(chatfile.LimitError, "0 bytes"):
            client.upload(behind, file_name="n")

    def test_what_holds_a_handle_is_not_copied(self):
        for thing, text in (
            (self.client(), "threads may share it; another process opens its own"),
            (chatfile.Digest(chatfile.DigestKind.CRC64), "make another one"),
            (chatfile.Cancel(), "give this one to the calls"),
        ):
            for way in (copy.copy, copy.deepcopy, pickle.dumps, lambda thing: copy.deepcopy({"settings": [thing]})):
                with self.subTest(type(thing).__name__), self.assertRaisesRegex(TypeError, text):
                    way(thing)

    def test_what_is_needed_to_open_another_is_copied(self):
        for thing in (
            self.emulator.netease(),
            chatfile.ClientOptions(max_attempts=2),
            chatfile.UploadOptions(smh=chatfile.SmhUpload(labels=("a",))),
        ):
            for way in (copy.copy, copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))):
                self.assertEqual(way(thing), thing)
        # As copy.replace() of Python 3.13 does.
        options = chatfile.ClientOptions(max_attempts=2, user_agent="x").__replace__(max_attempts=3)
        self.assertEqual(options, chatfile.ClientOptions(max_attempts=3, user_agent="x"))
        with chatfile.Client(pickle.loads(pickle.dumps(self.emulator.netease()))) as client:
            stored = client.upload(b"x")
            request = client.presign_download(stored.file)
        # A presigned request is one text, so each copy has a handle of its own.
        copies = [copy.copy(request), copy.deepcopy(request), pickle.loads(pickle.dumps(request))]
        text = request.json
        del request
        gc.collect()
        self.assertEqual([one.json for one in copies], [text] * 3)

    def test_a_forgotten_client_is_told_of(self):
        for closed in (False, True):
            client = chatfile.Client(self.emulator.netease())
            self.assertEqual(repr(client), "<chatfile.Client of netease>")
            if closed:
                client.close()
                self.assertEqual(repr(client), "<chatfile.Client of netease, closed>")
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                del client
                gc.collect()
            kinds = [(one.category, str(one.message)) for one in told]
            text = "unclosed <chatfile.Client of netease>; close it, or use it in a with statement"
            self.assertEqual(kinds, [] if closed else [(ResourceWarning, text)])
        with chatfile.Client() as client:
            self.assertEqual(repr(client), "<chatfile.Client>")

        # One whose callbacks refer to it.
        class App:
            def __init__(self, account):
                account.secret = self.secret
                self.client = chatfile.Client(account, log=self.log)

            def secret(self, name):
                return self.client and "secret"

            def log(self, level, line):
                print(self.client)

        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            App(self.emulator.netease(app_secret=None))
            gc.collect()
        self.assertEqual([one.category for one in told], [ResourceWarning])
        # One that could not be opened holds nothing.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with self.assertRaises(chatfile.NullError):
                chatfile.Client(chatfile.Netease(""))
            gc.collect()

    def test_no_text_speaks_of_c(self):
        netease = self.emulator.netease()
        smh = self.client(self.emulator.smh())
        for call, kind in (
            (lambda: chatfile.Client(chatfile.Netease("", "s")), chatfile.CallerError),
            (lambda: chatfile.Client(chatfile.Netease(None, "s")), chatfile.NullError),
            (lambda: chatfile.Client(netease, chatfile.ClientOptions(log=print, log_level=9)), chatfile.ArgumentError),
            (lambda: chatfile.Digest(0), chatfile.ArgumentError),
            (lambda: chatfile.Digest(chatfile.DigestKind.CRC64, part_size=5), chatfile.ArgumentError),
            (lambda: smh.upload(b"x", chatfile.UploadOptions(smh=chatfile.SmhUpload(method=9))), chatfile.ArgumentError),
            (lambda: smh.delete(""), chatfile.CallerError),
        ):
            with self.assertRaises(kind) as caught:
                call()
            self.assertNotRegex(str(caught.exception), "NULL|CHATFILE_|chatfile_")

    def test_an_error_of_each_status_is_made(self):
        # Some classes are errors of Python, too, which have ideas of their own of how they are made.
        for kind in {*CLASSES.values(), *BANDS.values()}:
            for number in (None, errno.ENOENT):
                error = made(kind, number)
                self.assertIsInstance(error, kind)
                error.os_error = number
                self.assertIs(type(pickle.loads(pickle.dumps(error))), type(error))

    def test_errors_go_through_pickle_and_json_whole(self):
        client = self.client(self.emulator.netease(app_secret="wrong"))
        with self.assertRaises(chatfile.AuthError) as caught:
            client.upload(b"x")
        error = caught.exception
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(again), again.__dict__), (type(error), error.__dict__))
        details = json.loads(json.dumps(error.details()))
        self.assertEqual(details["status"], "CHATFILE_E_AUTH")
        self.assertEqual((details["service_code"], details["http_status"]), ("414", 200))
        self.assertEqual(details["message"], str(error))


if __name__ == "__main__":
    unittest.main()
