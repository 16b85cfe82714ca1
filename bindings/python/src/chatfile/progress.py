"""How far a transfer has come."""

from typing import Callable, Optional

from ._record import Record
from .enums import Activity


class Progress(Record):
    """How far a transfer has come, in bytes of the file."""

    #: Bytes moved so far. Equals ``total`` in the last report only.
    done: int
    #: The size of the file; None while it is not known.
    total: Optional[int]
    #: This is the last report, which a failed transfer never makes.
    finished: bool
    #: What the call is doing.
    activity: Activity = Activity.WAITING
    #: Bytes that have been read for a hash, while that is ``Activity.HASHING``; else those of the last time.
    hashed: int = 0
    #: Bytes that are to be read for it.
    hash_total: int = 0
    #: Bytes of the file in a second, over the last seconds; 0 while it is not known.
    rate: int = 0
    #: Seconds until all bytes have moved, at that rate; None while it cannot be told.
    remaining: Optional[float] = None


#: Takes reports of how far a transfer has come. What it raises ends the transfer and comes out of the call.
ProgressFunction = Callable[[Progress], object]
