"""What is uploaded and where downloads go: paths, bytes, and binary file objects."""

import ctypes
import os
from typing import Any, Optional, Union

from . import _abi
from ._call import Call, on_read, on_rewind, on_write
from ._record import Path, text

try:
    from typing import Protocol
except ImportError:  # pragma: no cover
    Protocol = object  # type: ignore[assignment]


class Readable(Protocol):
    """A binary file object to read from."""

    def read(self, size: int) -> bytes:
        """Returns up to ``size`` bytes; none at the end."""


class Writable(Protocol):
    """A binary file object to write to."""

    def write(self, data: bytes) -> Any:
        """Takes bytes; returns how many, or None for all."""


class Stream:
    """A source whose length you know and that cannot tell it: a pipe, a socket, a generator's file.

    ``file`` has ``read(size)``; ``length`` is the exact number of bytes that it will give. Behind them it is read once
    more, and has to be at its end: fewer or more bytes are a :class:`SourceError`. If it has ``seek`` and can go back to
    where it is now, set ``rewindable``: without that an upload is not tried again once its first byte went out.
    """

    def __init__(self, file: Readable, length: int, rewindable: bool = False) -> None:
        self.file = file
        self.length = length
        self.rewindable = rewindable


#: What can be uploaded: a path, bytes, a binary file object (from where it stands to its end), or a :class:`Stream`.
Source = Union[Path, bytes, bytearray, memoryview, Readable, Stream]
#: Where a download can go: a path, or a binary file object. With None the bytes are in the result.
Sink = Union[Path, Writable, None]


class _Reader:
    """A file object behind C's read callback."""

    def __init__(self, file: Any, start: Optional[int]) -> None:
        self.file = file
        self.start = start

    def read_into(self, buffer: int, capacity: int) -> int:
        """Puts bytes at an address. More than fit are counted but not put there, and C refuses them."""
        data = self.file.read(capacity)
        if type(data) is not bytes:
            if data is None:
                raise BlockingIOError(f"{self.file!r} does not block; an upload needs a file that does")
            if isinstance(data, str):
                raise TypeError("the source is a text file; open it in binary mode ('rb')")
            data = bytes(data)
        size = len(data)
        ctypes.memmove(buffer, data, min(size, capacity))
        return size

    def rewind(self) -> None:
        """Goes back to where the upload began."""
        self.file.seek(self.start)


class _Writer:
    """A file object behind C's write callback."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def write_all(self, data: bytes) -> None:
        """Writes all, also to a raw file, which may take less at once."""
        taken = self.file.write(data)
        while isinstance(taken, int) and 0 < taken < len(data):
            data = data[taken:]
            taken = self.file.write(data)


def _file_name(file: Any) -> Optional[str]:
    name = getattr(file, "name", None)
    if isinstance(name, str):
        name = os.path.basename(name)
        if name and not name.startswith("<"):
            return name
    return None


_SOURCE_SIZE = ctypes.sizeof(_abi.chatfile_source)
_SINK_SIZE = ctypes.sizeof(_abi.chatfile_sink)


def fill_source(source: Any, call: Call) -> Any:
    """The C structure of a source, and keeps alive what it points to. A name for the file is in ``suggested``."""
    filled = _abi.chatfile_source(_SOURCE_SIZE)
    if type(source) is bytes:
        call.source = source
        filled.data = ctypes.cast(ctypes.c_char_p(source), ctypes.c_void_p)
        filled.data_size = len(source)
        return filled
    if isinstance(source, _abi.chatfile_source):
        return source
    if isinstance(source, (str, os.PathLike)):
        filled.path = text(source, "source.path")
        return filled
    if isinstance(source, (bytes, bytearray, memoryview)):
        size = source.nbytes if isinstance(source, memoryview) else len(source)
        if isinstance(source, bytes):
            kept: Any = ctypes.c_char_p(source)
            filled.data = ctypes.cast(kept, ctypes.c_void_p)
        elif isinstance(source, memoryview) and (source.readonly or not source.c_contiguous) or not size:
            kept = ctypes.c_char_p(bytes(source))
            filled.data = ctypes.cast(kept, ctypes.c_void_p)
        else:
            kept = (ctypes.c_char * size).from_buffer(source)
            filled.data = ctypes.addressof(kept)
        filled.data_size = size
        call.source = kept
        return filled
    if isinstance(source, Stream):
        start = None
        if source.rewindable:
            start = source.file.tell() if hasattr(source.file, "tell") else 0
        reader = _Reader(source.file, start)
        length = source.length
        name = _file_name(source.file)
    elif hasattr(source, "read"):
        try:
            start = source.tell()
            length = source.seek(0, os.SEEK_END) - start
            source.seek(start)
        except (AttributeError, OSError) as error:
            raise TypeError(
                "the length of the source cannot be found, since it has no seek(): "
                "use chatfile.Stream(file, length)"
            ) from error
        reader = _Reader(source, start)
        name = _file_name(source)
    else:
        raise TypeError(
            "a source is a path, bytes, a binary file object or a chatfile.Stream, "
            f"not {type(source).__name__}"
        )
    filled.read = on_read
    if reader.start is not None:
        filled.rewind = on_rewind
    filled.user = call.named()
    filled.length = length
    call.source = reader
    filled.suggested = name
    return filled


def fill_sink(sink: Any, call: Call) -> Any:
    """The C structure of a sink."""
    filled = _abi.chatfile_sink(_SINK_SIZE)
    if sink is None:
        return filled
    if isinstance(sink, (str, os.PathLike)):
        filled.path = text(sink, "sink.path")
    elif hasattr(sink, "write"):
        filled.write = on_write
        filled.user = call.named()
        call.sink = _Writer(sink)
    else:
        raise TypeError(f"a sink is a path, a binary file object or None, not {type(sink).__name__}")
    return filled
