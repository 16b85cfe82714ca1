"""Walks through folders."""

import ctypes
from typing import Any

from . import _call
from ._library import lib


class Cursor:
    """Where a walk through a folder is, which C knows, and the cancel handle that its calls have in common."""

    def __init__(self) -> None:
        #: The cursor of C, once it is there.
        self.place = ctypes.c_void_p()
        # Any thread may go on with the walk, the main one too.
        self.cancel = _call.new_handle(asks=True)

    def __enter__(self) -> "Cursor":
        return self

    def __exit__(self, *_: object) -> None:
        lib.list_cursor_free(self.place)
        lib.cancel_free(self.cancel)
