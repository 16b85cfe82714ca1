"""What the package costs: loading, importing, and a call that fails on its arguments. The time of the
processor is measured, which other programs do not take from it; ten times the limits are allowed, and the numbers printed."""

import statistics
import sys
import tempfile
import time
import timeit
import unittest

import chatfile
from chatfile import _library
from emulator import ENVIRONMENT, python

LOAD_MS, IMPORT_MS, CALL_US = 5.0, 15.0, 10.0
SLACK = 10

LOADED = """
import sys, time
import ctypes
import importlib.util, os
package = importlib.util.find_spec("chatfile")
begun = time.process_time()
module = type(sys)("chatfile")
module.__path__ = package.submodule_search_locations
sys.modules["chatfile"] = module
import chatfile._library
print((time.process_time() - begun) * 1000)
"""


class Speed(unittest.TestCase):
    def test_loading(self):
        # As installed: with compiled modules.
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        environment = {**ENVIRONMENT, "PYTHONPYCACHEPREFIX": folder.name}
        python("-c", "import chatfile", env=environment)

        def measured(code, count):
            runs = [float(python("-c", code, env=environment).stdout) for _ in range(count)]
            return min(runs), statistics.median(runs)

        best, median = measured(LOADED, 7)
        told = f"{best:.2f} ms at best, {median:.2f} ms in the middle of 7"
        print(f"\nloading the library with its prototypes: {told}", file=sys.stderr)
        whole = "import time\nb = time.process_time()\nimport chatfile\nprint((time.process_time() - b) * 1000)"
        all_best, all_median = measured(whole, 7)
        told = f"{all_best:.1f} ms at best, {all_median:.1f} ms in the middle"
        print(f"import chatfile with all of Python's modules that it needs: {told}", file=sys.stderr)
        self.assertLess(best, LOAD_MS * SLACK)
        self.assertLess(all_best, IMPORT_MS * SLACK)

    def test_calls_that_fail_on_their_arguments(self):
        client = chatfile.Client(chatfile.Netease("a", "b"))
        self.addCleanup(client.close)
        options = chatfile.UploadOptions(file_name="")

        def failing(function):
            def run():
                try:
                    function()
                except chatfile.ChatfileError:
                    pass

            return run

        calls = {
            "download": lambda: client.download("a\nb"),
            "upload": lambda: client.upload(b"x", options),
            "netease_checksum": lambda: chatfile.netease_checksum("a\n", "b", "c"),
            "delete": lambda: client.delete("x"),
        }
        for name, function in calls.items():
            self.assertRaises(chatfile.CallerError, function)
            best = min(timeit.repeat(failing(function), number=200, repeat=100, timer=time.process_time)) * 5000
            print(f"\n{name} that fails: {best:.1f} us", end="", file=sys.stderr)
            self.assertLess(best, CALL_US * SLACK)
        print(f" ({_library.path})", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
