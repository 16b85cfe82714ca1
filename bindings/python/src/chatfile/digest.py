"""Digests by which services know files they already have, and the signature of NetEase."""

import ctypes
import threading
from typing import Any, NoReturn, Optional, Tuple, Union

from . import _abi
from ._call import Call, Cancel, check
from ._library import lib
from ._record import Path, expect, number, text
from .errors import CancelledError

_64 = (1 << 64) - 1


class Digest:
    """Digests of bytes that come one after the other. Threads take turns."""

    def __init__(self, wanted: int, part_size: int = 0) -> None:
        self._handle: Any = None
        #: C computes without the GIL.
        self._lock = threading.RLock()
        out, failure = ctypes.c_void_p(), ctypes.c_void_p()
        kinds = number(wanted, "wanted", 0, (1 << 32) - 1)
        size = number(part_size, "part_size", 0, _64)
        check(lib.digest_new(kinds, size, ctypes.byref(out), ctypes.byref(failure)), failure)
        self._handle = out

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle is not None:
            self._handle = None
            lib.digest_free(handle)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a Digest cannot be copied or pickled: make another one, and give it the same bytes")

    def update(self, data: Union[bytes, bytearray, memoryview]) -> None:
        """Takes the next bytes."""
        failure = ctypes.c_void_p()
        # Of a number bytes() would make zeros.
        held = data if type(data) is bytes else bytes(memoryview(data))
        with self._lock:
            check(lib.digest_update(self._handle, held, len(held), ctypes.byref(failure)), failure)

    def update_file(self, path: Path, *, cancel: Optional[Cancel] = None) -> None:
        """Takes the bytes of a whole regular file. If it fails, the digest is what it was before."""
        with Call(expect(cancel, Cancel, "cancel")) as call:
            options = _abi.chatfile_digest_update_file_options
            call.options = options(ctypes.sizeof(options))
            place = ctypes.byref(call.options)
            # Another thread may be reading a file of any size.
            while not self._lock.acquire(timeout=0.05):
                if call.is_cancelled:
                    raise CancelledError("cancelled while another thread used the digest")
            try:
                call.run(lib.digest_update_file, None, self._handle, text(path, "path"), place)
            finally:
                self._lock.release()

    def _written(self, function: Any, which: int) -> str:
        failure = ctypes.c_void_p()
        buffer = ctypes.create_string_buffer(_abi.CHATFILE_DIGEST_TEXT_SIZE)
        with self._lock:
            status = function(self._handle, which, buffer, len(buffer), ctypes.byref(failure))
        check(status, failure)
        return buffer.value.decode()

    def text(self, kind: int) -> str:
        """One digest of the bytes so far, as the service wants it. More bytes may follow."""
        return self._written(lib.digest_text, number(kind, "kind", 0, (1 << 32) - 1))

    @property
    def crc64_value(self) -> int:
        """The CRC-64 of the bytes so far; 0 of no bytes, or if it was not wanted."""
        with self._lock:
            return int(lib.digest_crc64_value(self._handle))

    @property
    def parts(self) -> Tuple[str, ...]:
        """The MD5s of OpenIM's parts so far."""
        with self._lock:
            count = lib.digest_part_count(self._handle)
            return tuple(self._written(lib.digest_part, index) for index in range(count))


def crc64_combine(first: int, second: int, second_length: int) -> int:
    """The CRC-64 of two pieces one after the other, from the CRC-64 of each and the length of the second."""
    return int(
        lib.crc64_combine(
            number(first, "first", 0, _64),
            number(second, "second", 0, _64),
            number(second_length, "second_length", 0, _64),
        )
    )


def netease_checksum(app_secret: str, nonce: str, cur_time: str) -> str:
    """Signs a NetEase request: the CheckSum header for these values of the Nonce and CurTime headers."""
    failure = ctypes.c_void_p()
    buffer = ctypes.create_string_buffer(_abi.CHATFILE_NETEASE_CHECKSUM_SIZE)
    status = lib.netease_checksum(
        text(app_secret, "app_secret"),
        text(nonce, "nonce"),
        text(cur_time, "cur_time"),
        buffer,
        len(buffer),
        ctypes.byref(failure),
    )
    check(status, failure)
    return buffer.value.decode()
