"""The structures, numbers and prototypes of the package are those of the header."""

import ctypes
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import chatfile
from chatfile import _abi, _failure, _library
from emulator import PACKAGE, ROOT, python

HEADER = ROOT / "include" / "chatfile.h"


@unittest.skipUnless(HEADER.exists(), "not in the repository")
class Abi(unittest.TestCase):
    @unittest.skipUnless(shutil.which("cc"), "no C compiler: apt-get install gcc")
    def test_a_c_compiler_sees_the_same_structures_and_numbers(self):
        lines = []
        expected = []
        for structure in _abi.STRUCTURES:
            name = structure.__name__
            lines.append(f'printf("%zu\\n", sizeof({name}));')
            expected.append(ctypes.sizeof(structure))
            for field, _ in structure._fields_:
                lines.append(f'printf("%zu\\n", offsetof({name}, {field}));')
                lines.append(f'printf("%zu\\n", sizeof((({name} *)0)->{field}));')
                place = getattr(structure, field)
                expected += [place.offset, place.size]
        numbers = {name: value for name, value in vars(_abi).items() if name.startswith("CHATFILE_")}
        self.assertGreater(len(numbers), 80)
        for name, value in numbers.items():
            if isinstance(value, int):
                lines.append(f'printf("%llu\\n", (unsigned long long)({name}));')
                expected.append(value)
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "layout.c")
            body = "\n".join(lines)
            source.write_text(
                f"#include <chatfile.h>\n#include <stdio.h>\nint main(void) {{\n{body}\nreturn 0; }}\n"
            )
            program = Path(folder, "layout")
            subprocess.run(["cc", "-I", HEADER.parent, source, "-o", program], check=True)
            said = subprocess.run([program], stdout=subprocess.PIPE, check=True).stdout.split()
        self.assertEqual([int(number) for number in said], expected)

    def test_every_function_of_the_header_is_there(self):
        text = HEADER.read_text(encoding="utf-8")
        for name in _abi.FUNCTIONS:
            self.assertIn(name, text)
            self.assertTrue(callable(getattr(_library.lib, name[len("chatfile_") :])))


class Names(unittest.TestCase):
    def test_each_status_has_a_class(self):
        for status in chatfile.Status:
            if status == chatfile.Status.OK:
                continue
            kind = _failure.class_of(status)
            self.assertEqual(kind.status, status)
            self.assertEqual(kind("x").status_name, f"CHATFILE_E_{status.name}")
        numbers = {v for k, v in vars(_abi).items() if k.startswith("CHATFILE_E_")}
        self.assertEqual(numbers, {s.value for s in chatfile.Status} - {0})

    def test_an_unknown_status_is_known_by_its_band(self):
        self.assertIs(_failure.class_of(299), chatfile.TransportError)
        self.assertIs(_failure.class_of(777), chatfile.ChatfileError)

    def test_an_older_library_is_refused(self):
        with self.assertRaisesRegex(chatfile.LibraryError, "0.0.9, and this package needs 0.1.0"):
            _library.version_check(9, "0.0.9", "x.so")
        with self.assertRaises(chatfile.LibraryError):
            _library.version_check(1_000_000, "1.0.0", "x.so")
        _library.version_check(2000, "0.2.0", "x.so")

    def test_a_missing_library_says_what_to_do(self):
        import os

        environment = {**os.environ, "PYTHONPATH": str(PACKAGE / "src"), "CHATFILE_LIBRARY": "/nowhere/x.so"}
        done = python("-c", "import chatfile", env=environment)
        self.assertIn(b"CHATFILE_LIBRARY", done.stderr)
        self.assertIn(b"/nowhere/x.so", done.stderr)


if __name__ == "__main__":
    unittest.main()
