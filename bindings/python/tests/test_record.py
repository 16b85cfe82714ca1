"""How the fields of options become those of C, whatever their structures are."""

import ctypes
import unittest
from typing import Optional, Sequence
from unittest import mock

from chatfile import _abi, _record
from chatfile.cli.account import converted


class Options(_record.Record):
    names: Sequence[str] = ()
    key: Optional[bytes] = None


class chatfile_options(ctypes.Structure):
    _fields_ = [
        ("struct_size", ctypes.c_size_t),
        ("names", ctypes.POINTER(ctypes.c_char_p)),
        ("how_many", ctypes.c_size_t),
        ("key", ctypes.c_void_p),
        ("key_size", ctypes.c_size_t),
    ]


LENGTHS = {("chatfile_options", "names"): "how_many", ("chatfile_options", "key"): "key_size"}


class Fields(unittest.TestCase):
    def filled(self, **values):
        with mock.patch.object(_abi, "LENGTHS", LENGTHS):
            plans = {chatfile_options: _record._plan(chatfile_options)}
        with mock.patch.object(_record, "_PLANS", plans):
            return _record.fill(chatfile_options, Options(**values))

    def test_texts_and_bytes_of_any_name(self):
        filled = self.filled(names=("a", "\xfc"), key=b"\0k")
        self.assertEqual(filled.names[: filled.how_many], [b"a", "\xfc".encode()])
        self.assertEqual(ctypes.string_at(filled.key, filled.key_size), b"\0k")
        self.assertEqual(self.filled().how_many, 0)

    def test_what_is_of_another_type(self):
        for name, wrong in (("names", "ab"), ("names", (1,)), ("key", 5)):
            with self.subTest(name, wrong=wrong), self.assertRaisesRegex(TypeError, name):
                self.filled(**{name: wrong})

    def test_a_field_that_nothing_fills(self):
        class chatfile_grown(ctypes.Structure):
            _fields_ = [("struct_size", ctypes.c_size_t), ("ratio", ctypes.c_double)]

        for structure in (chatfile_options, chatfile_grown):
            with self.subTest(structure), self.assertRaisesRegex(TypeError, "what fills chatfile_"):
                _record._plan(structure)

    def test_each_list_of_the_header_is_filled(self):
        for structure in _abi.STRUCTURES:
            for name, kind in structure._fields_:
                if kind is ctypes.POINTER(ctypes.c_char_p):
                    self.assertIn((structure.__name__, name), _abi.LENGTHS)

    def test_the_command_line_goes_by_the_type(self):
        self.assertEqual(converted(Options, {"names": "a,b"}, "here"), Options(names=("a", "b")))


if __name__ == "__main__":
    unittest.main()
