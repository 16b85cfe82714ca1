"""Requests that are complete but for the file."""

import ctypes
from typing import Any, List, Optional, Tuple

from ._call import check
from ._library import known, lib, text_of
from ._record import text
from .enums import Encoding


class Presigned:
    """A request that is complete but for the file: a back-end that holds the secret makes it
    (:meth:`chatfile.Client.presign_upload`), and a program that holds none sends it (:meth:`chatfile.Client.send_presigned`).

    It is a credential: whoever has it may be able to make other calls with it until it expires. ``json`` takes it to another
    program, ``Presigned(json)`` makes it from that again; it can be pickled, too.
    """

    def __init__(self, json: str) -> None:
        out, failure = ctypes.c_void_p(), ctypes.c_void_p()
        self._handle: Any = None
        data = text(json, "json")
        check(lib.presigned_from_json(data, ctypes.byref(out), ctypes.byref(failure)), failure)
        self._handle = out

    @classmethod
    def _of(cls, handle: Any) -> "Presigned":
        made = cls.__new__(cls)
        made._handle = handle
        return made

    def __del__(self) -> None:
        handle = getattr(self, "_handle", None)
        if handle is not None:
            self._handle = None
            lib.presigned_free(handle)

    def __reduce__(self) -> Tuple[Any, ...]:
        return (Presigned, (self.json,))

    def __repr__(self) -> str:
        return f"<Presigned {self.method}>"

    @property
    def json(self) -> str:
        """The request as JSON (one line), to hand to another program."""
        return text_of(lib.presigned_json(self._handle)) or ""

    @property
    def method(self) -> str:
        """The method, "GET", "POST" or "PUT"."""
        return text_of(lib.presigned_method(self._handle)) or ""

    @property
    def url(self) -> str:
        """The URL."""
        return text_of(lib.presigned_url(self._handle)) or ""

    def _pairs(self, count: Any, name: Any, value: Any) -> Tuple[Tuple[str, str], ...]:
        handle = self._handle
        return tuple(
            (text_of(name(handle, index)) or "", text_of(value(handle, index)) or "")
            for index in range(count(handle))
        )

    @property
    def headers(self) -> Tuple[Tuple[str, str], ...]:
        """Header fields to send, besides Host and Content-Length."""
        return self._pairs(
            lib.presigned_header_count, lib.presigned_header_name, lib.presigned_header_value
        )

    @property
    def fields(self) -> Tuple[Tuple[str, str], ...]:
        """Fields of the form besides the file, for a program that builds the form itself; the prefix has them."""
        return self._pairs(lib.presigned_field_count, lib.presigned_field_name, lib.presigned_field_value)

    @property
    def prefix(self) -> str:
        """The body before the file."""
        return text_of(lib.presigned_prefix(self._handle)) or ""

    @property
    def encoding(self) -> Encoding:
        """How the file is written in the body."""
        encoding: Encoding = known(Encoding, lib.presigned_encoding(self._handle))
        return encoding

    @property
    def suffix(self) -> str:
        """The body behind the file."""
        return text_of(lib.presigned_suffix(self._handle)) or ""

    @property
    def success_statuses(self) -> Tuple[int, ...]:
        """The HTTP statuses that mean success."""
        found: List[int] = []
        while True:
            status = lib.presigned_success_status(self._handle, len(found))
            if not status:
                return tuple(found)
            found.append(status)

    @property
    def max_size(self) -> Optional[int]:
        """The largest file that may be sent with it, in bytes; None if there is no limit. Where it ``needs_completion``,
        the only size."""
        size: int = lib.presigned_max_size(self._handle)
        return size if size or self.needs_completion else None

    @property
    def expires_at(self) -> Optional[int]:
        """When the service will no longer take it, in seconds since 1970 UTC; None if that is not known or never."""
        return lib.presigned_expires_at(self._handle) or None

    @property
    def needs_completion(self) -> bool:
        """The file counts only when :meth:`chatfile.Client.complete_presigned` has completed the upload."""
        return bool(lib.presigned_needs_completion(self._handle))

    @property
    def completion(self) -> Optional[str]:
        """What names the upload when it is completed, for a program that calls the service itself."""
        return text_of(lib.presigned_completion(self._handle))
