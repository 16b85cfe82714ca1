"""What is uploaded and where downloads go: paths, bytes, and binary file objects."""

import ctypes
import io
import operator
import os
import re
from typing import Any, Iterator, Optional, Protocol, Tuple, Union

from . import _abi
from ._call import Call, on_read, on_rewind, on_write
from ._record import Path, number, text
from .errors import ArgumentError


class Readable(Protocol):
    """A binary file object to read from."""

    def read(self, size: int, /) -> Union[bytes, bytearray, memoryview]:
        """Returns up to ``size`` bytes; none at the end."""
        ...


class Writable(Protocol):
    """A binary file object to write to."""

    def write(self, data: bytes, /) -> Optional[int]:
        """Takes bytes; returns how many, or None for all. (Of a raw file None means that it does not block and has taken
        nothing, which is an error.)"""
        ...


class Stream:
    """A source that cannot tell its length: a pipe, a socket, the body of a request.

    ``file`` has ``read(size)``; ``length`` is the exact number of bytes that it will give. Behind them it is read once
    more, and has to be at its end: fewer or more bytes are a :class:`SourceError`. If it has ``seek`` and can go back to
    where it is now, set ``rewindable``: without that an upload is not tried again once its first byte went out.

    With ``length=None`` as many bytes are sent as it gives. The services have to be told the length of a request before
    its first byte: so SMH gets them in parts as they come, of which a few are kept until they are sent, and elsewhere, or
    where the upload is to be resumed, all are kept first: in a file that nobody else can open, in the system's folder for
    temporary files (``TMPDIR``; ``TMP`` on Windows), and no more than the service takes (else :class:`LimitError`).
    """

    def __init__(self, file: Readable, length: Optional[int] = None, rewindable: bool = False) -> None:
        self.file = file
        self.length = length
        self.rewindable = rewindable


#: What can be uploaded: a path, bytes, a binary file object (from where it stands to its end), a :class:`Stream`, or an
#: iterator of bytes (a generator). Of a file object that has no ``seek``, and of an iterator, the length is not known: see
#: :class:`Stream`.
Source = Union[Path, bytes, bytearray, memoryview, Readable, Stream, Iterator[bytes]]
#: Where a download can go: a path, or a binary file object. With None the bytes are in the result.
Sink = Union[Path, Writable, None]


#: inspect.CO_COROUTINE. (To import inspect costs more than everything else here.)
_COROUTINE = 0x80


def _asynchronous(what: str) -> TypeError:
    return TypeError(
        f"the {what} is an asynchronous file object, whose functions give coroutines; calls here block, so give an "
        "ordinary binary file object: that of FastAPI's UploadFile is upload.file, that of aiofiles open(path, 'rb')"
    )


def _check_file(file: Any, function: str, what: str) -> None:
    """Refuses what can be seen to be no binary file object before anything is sent."""
    code = getattr(getattr(file, function, None), "__code__", None)
    if code is not None and code.co_flags & _COROUTINE:
        raise _asynchronous(what)
    if isinstance(file, io.TextIOBase):
        raise TypeError(f"the {what} is a text file; open it in binary mode ('rb', 'wb')")


def _check_answer(answer: Any, what: str) -> None:
    """Refuses what an asynchronous function gives."""
    if hasattr(answer, "__await__"):
        close = getattr(answer, "close", None)
        if close is not None:
            close()  # Python would warn that it was never awaited.
        raise _asynchronous(what)


def _is_raw(file: Any) -> bool:
    """Whether None is what its functions return when they would block; also behind tempfile's wrapper."""
    return isinstance(file, io.RawIOBase) or isinstance(getattr(file, "file", None), io.RawIOBase)


def _would_block(file: Any) -> bool:
    """Whether None is what it gives when there is nothing yet: a raw file, and one that buffers what such a one gives."""
    return _is_raw(file) or isinstance(file, io.BufferedIOBase)


class _Reader:
    """A file object behind C's read callback."""

    def __init__(self, file: Any, start: Optional[int]) -> None:
        self.file = file
        self.start = start

    def read_into(self, buffer: int, capacity: int) -> int:
        """Puts bytes at an address. More than fit are counted but not put there, and C refuses them."""
        data = self.file.read(capacity)
        if type(data) is not bytes:
            data = self._bytes(data)
        size = len(data)
        ctypes.memmove(buffer, data, min(size, capacity))
        return size

    def _bytes(self, data: Any) -> bytes:
        """What is no bytes, as bytes if it is like them: of a number bytes() would make zeros."""
        _check_answer(data, "source")
        if data is None and _would_block(self.file):
            raise BlockingIOError(f"{self.file!r} does not block; an upload needs a file that does")
        if isinstance(data, str):
            raise TypeError("the source is a text file; open it in binary mode ('rb')")
        try:
            return bytes(memoryview(data))
        except TypeError:
            kind = type(data).__name__
            raise TypeError(f"read() of the source must return bytes, none at the end, but it returned {kind}") from None

    def rewind(self) -> None:
        """Goes back to where the upload began."""
        _check_answer(self.file.seek(self.start), "source")


#: No iterator gives it.
_END: Any = object()


class _Pieces:
    """An iterator of bytes as a file object."""

    def __init__(self, pieces: Iterator[Any], call: Call) -> None:
        self.pieces = pieces
        self.call = call
        self.rest = memoryview(b"")

    def read(self, size: int) -> memoryview:
        """Gives what is left of a piece, or the next that is not empty. One that has only empty ones does not hold up a
        call that is to end, to which C then puts an end."""
        while not self.rest:
            if self.call.is_cancelled:
                # C knows of it before it sees that there is no more.
                self.call.fire()
                break
            piece = next(self.pieces, _END)
            if piece is _END:
                break
            _check_answer(piece, "source")
            try:
                self.rest = memoryview(piece).cast("B")
            except TypeError:
                kind = type(piece).__name__
                raise TypeError(f"the iterator must give bytes, but it gave {kind}") from None
        given, self.rest = self.rest[:size], self.rest[size:]
        return given


class _Writer:
    """A file object behind C's write callback."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def write_all(self, data: bytes) -> None:
        """Writes all, also to a raw file, which may take less at once."""
        taken = self.file.write(data)
        while type(taken) is not int or taken != len(data):
            if taken is None and not _is_raw(self.file):
                return
            data = data[self._taken(taken, len(data)) :]
            if not data:
                return
            taken = self.file.write(data)

    def _taken(self, taken: Any, size: int) -> int:
        """How many bytes it took of so many, at least one: with none this would go on for ever."""
        _check_answer(taken, "sink")
        if taken is None:
            raise BlockingIOError(f"{self.file!r} does not block, and has taken nothing; a download needs a file that blocks")
        try:
            if isinstance(taken, bool):
                raise TypeError
            count = operator.index(taken)
        except TypeError:
            raise TypeError(
                f"write() of the sink must return how many bytes it took, or None for all, but it returned {taken!r}"
            ) from None
        if not 0 < count <= size:
            raise OSError(f"write() of the sink returned {count} for {size} bytes; it must take at least one")
        return count


def _extent(file: Any) -> Tuple[Optional[int], Optional[int]]:
    """Where a file object stands, and how many bytes it has from there on; None if it cannot go there and back."""
    try:
        start = file.tell()
        file.seek(0, os.SEEK_END)  # What it returns is None with some.
    except (AttributeError, NotImplementedError, OSError):
        return None, None  # A pipe, or what has no seek().
    length = max(file.tell() - start, 0)
    try:
        file.seek(start)
    except OSError as error:
        # As gzip's over a pipe: what it had is gone.
        what = "the source goes to its end, but not back to where it stood: give it as a chatfile.Stream"
        raise ArgumentError(what, field="source") from error
    return start, length


#: Control characters, and bytes that were not UTF-8.
_NO_NAME = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def _file_name(file: Any) -> Optional[str]:
    """A name to suggest for what a file object holds, if it has one that is a file's."""
    try:
        name = os.path.basename(os.fsdecode(file.name))
    except (AttributeError, TypeError, ValueError, OSError):
        return None  # None at all, or the number of a descriptor.
    if name.startswith("<") and name.endswith(">"):
        return None  # "<stdin>", "<fdopen>": what has none is called so.
    # It is only suggested: what no service would take must not make the upload fail.
    return _NO_NAME.sub("_", name) or None


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
        _check_file(source.file, "read", "source")
        if source.rewindable:
            start = source.file.tell() if hasattr(source.file, "tell") else 0
        reader = _Reader(source.file, start)
        length = source.length
        if length is not None:
            number(length, "source.length", 0, _abi.CHATFILE_SIZE_UNKNOWN - 1)
        name = _file_name(source.file)
    elif hasattr(source, "read"):
        _check_file(source, "read", "source")
        start, length = _extent(source)
        reader = _Reader(source, start)
        name = _file_name(source)
    elif hasattr(source, "__next__"):
        reader = _Reader(_Pieces(source, call), None)
        length = name = None
    else:
        raise TypeError(
            "a source is a path, bytes, a binary file object, a chatfile.Stream or an iterator of bytes, "
            f"not {type(source).__name__}"
        )
    filled.read = on_read
    if reader.start is not None:
        filled.rewind = on_rewind
    filled.user = call.named()
    filled.length = _abi.CHATFILE_SIZE_UNKNOWN if length is None else length
    call.source = reader
    filled.suggested = name
    return filled


def fill_sink(sink: Any, call: Call) -> Any:
    """The C structure of a sink."""
    filled = _abi.chatfile_sink(_SINK_SIZE)
    if sink is None:
        filled.to_memory = 1
        return filled
    if isinstance(sink, (str, os.PathLike)):
        filled.path = text(sink, "sink.path")
    elif hasattr(sink, "write"):
        _check_file(sink, "write", "sink")
        filled.write = on_write
        filled.user = call.named()
        call.sink = _Writer(sink)
    else:
        raise TypeError(f"a sink is a path, a binary file object or None, not {type(sink).__name__}")
    return filled
