"""How far a transfer has come."""

from typing import Callable, Optional

from ._record import Record


class Progress(Record):
    """How far a transfer has come, in bytes of the file."""

    #: Bytes moved so far. Equals ``total`` in the last report only.
    done: int
    #: The size of the file; None while it is not known.
    total: Optional[int]
    #: This is the last report, which a failed transfer never makes.
    finished: bool


#: Takes reports of how far a transfer has come. What it raises ends the transfer and comes out of the call.
ProgressFunction = Callable[[Progress], object]
