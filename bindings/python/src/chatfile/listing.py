"""What is in a folder."""

from typing import Any, Iterator, Optional, Tuple

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
