"""What is in a folder."""

import ctypes
from typing import Any, Iterator, Optional, Tuple

from . import _call
from ._library import lib, text_of
from ._record import Record
from .results import FileInfo, read_file_info


class Listing(Record):
    """Some of what is in a folder."""

    #: Files and folders.
    entries: Tuple[FileInfo, ...]
    #: Where the next list begins; None if these were the last.
    next_marker: Optional[str]

    def __iter__(self) -> Iterator[FileInfo]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def read_listing(handle: Any) -> Listing:
    """Asks C for all of it."""
    entries = tuple(read_file_info(lib.listing_entry(handle, index)) for index in range(lib.listing_count(handle)))
    return Listing(entries, text_of(lib.listing_next_marker(handle)))


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
