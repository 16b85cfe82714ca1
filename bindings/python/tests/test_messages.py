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


if __name__ == "__main__":
    unittest.main()
