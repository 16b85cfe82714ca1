"""Walks through folders."""

import ctypes
from typing import Any

from . import _call
from ._library import lib


class Cursor:
    """Where a walk through a folder is, which C knows, and the cancel handle that its calls have in common."""

    def __init__(self, directory: bytes, options: Any) -> None:
        self.place, failure = ctypes.c_void_p(), ctypes.c_void_p()
        # Any thread may go on with the walk, the main one too.
        self.cancel = options.cancel = _call.new_handle(asks=True)
        try:
            status = lib.list_cursor_new(directory, ctypes.byref(options), ctypes.byref(self.place), ctypes.byref(failure))
            _call.check(status, failure)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> "Cursor":
        return self

    def __exit__(self, *_: object) -> None:
        lib.list_cursor_free(self.place)
        lib.cancel_free(self.cancel)
