"""What the person at the screen is told."""

import os
import unittest

import chatfile
from emulator import Case


class Messages(Case):
    def test_every_status_has_a_sentence_in_each_language(self):
        for status in chatfile.Status:
            if not status:
                continue
            error = chatfile.ChatfileError("x", status=int(status))
            english = chatfile.user_message(error)
            chinese = chatfile.user_message(error, "zh_CN.UTF-8")
            self.assertEqual(english.offer, chinese.offer, status)
            for said in (english, chinese):
                self.assertTrue(said.show and said.label, status)
                self.assertNotIn("CHATFILE", said.show)
            self.assertTrue(english.show.isascii())
            self.assertFalse(chinese.show.isascii())

    def test_the_reason_decides(self):
        def said(status, language="en", **details):
            return chatfile.user_message(chatfile.ChatfileError("x", status=int(status), **details), language)

        Status = chatfile.Status
        self.assertIn("date and time", said(Status.TLS, tls_fault=3).show)
        self.assertIn("not trusted", said(Status.TLS, tls_fault=2).show)
        self.assertEqual(said(Status.TLS, tls_fault=99), said(Status.TLS))
        self.assertIn("代理", said(Status.CONNECT, "zh", at_proxy=True).show)
        self.assertNotIn("代理", said(Status.CONNECT, "zh").show)
        if os.name == "posix":
            self.assertEqual(said(Status.SINK, os_error=28).show, "The disk is full.")
        # A name or a size is that of the file, anything else a setting.
        for status, field, offer in (
            (Status.TEXT, "file_name", "file"),
            (Status.TEXT, "token", "administrator"),
            (Status.LIMIT, "source", "file"),
            (Status.LIMIT, "user_id", "administrator"),
            (Status.ARGUMENT, "file_name", "file"),
            (Status.ARGUMENT, "base_url", "administrator"),
        ):
            self.assertEqual(said(status, field=field).offer, offer, (status, field))
        # Of one that is newer than the table, the band.
        self.assertEqual(said(399).offer, "administrator")
        self.assertEqual(said(299).offer, "again")

    def test_with_real_errors(self):
        client = self.client(self.emulator.netease(app_secret="wrong"))
        with self.assertRaises(chatfile.ChatfileError) as caught:
            client.upload(b"x")
        self.assertEqual(chatfile.user_message(caught.exception).offer, "sign_in")
        with self.assertRaises(chatfile.ChatfileError) as caught:
            self.client().upload(self.folder / "none")
        self.assertIn("no longer where", chatfile.user_message(caught.exception).show)
        # Fields as the library names them.
        client = self.client()
        for call, told in (
            (lambda: client.upload(b"x", file_name="a\nb"), "name of the file"),
            (lambda: client.upload(b"x", file_name="a", media_type="b\nc"), "settings"),
            (lambda: client.upload("a\nb"), "name of the file"),
            (lambda: client.upload(b""), "file is empty"),
            (lambda: client.upload(b"x", tag="t" * 1000), "settings"),
            (lambda: client.download(self.emulator.url + "/x", "a\nb"), "The name holds"),
        ):
            with self.assertRaises(chatfile.ChatfileError) as caught:
                call()
            self.assertIn(told, chatfile.user_message(caught.exception).show)
        file = client.upload(b"x").file
        with self.assertRaises(chatfile.IntegrityError) as caught:
            client.download(file, expected_size=2)
        self.assertIn("Something else", chatfile.user_message(caught.exception).show)


if __name__ == "__main__":
    unittest.main()
