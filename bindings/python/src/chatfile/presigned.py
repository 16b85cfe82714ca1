"""Requests that are complete but for the file."""

import ctypes
from typing import Any, Tuple

from ._call import check
from ._library import lib
from ._record import text
from ._request import Request


class Presigned(Request):
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
