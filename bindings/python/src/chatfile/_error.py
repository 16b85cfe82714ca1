"""What all errors of calls are."""

import ctypes
import os
import sys
from typing import Any, Dict, Optional, Tuple, Type

from ._details import Details
from ._library import lib
from .enums import Phase


class ChatfileError(Details, Exception):
    """A call failed. All its details are attributes; what is not known is ``None``."""

    #: The status that the class stands for.
    status: int = 0
    #: What happened and what to do about it.
    message: str

    def __init__(self, message: str, *, status: Optional[int] = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        if status is not None:
            self.status = status
        for name, value in details.items():
            if name not in Details.__annotations__:
                raise TypeError(f"an error has no {name!r}")
            setattr(self, name, value)

    def __str__(self) -> str:
        # Not as OSError, which some of them are, too.
        return self.message

    @property
    def status_name(self) -> str:
        """The name of the status in the C header, for example ``CHATFILE_E_LIMIT``."""
        name: bytes = lib.status_name(self.status)
        return name.decode()

    def details(self) -> Dict[str, Any]:
        """Everything that is known, for a log or for JSON."""
        known = {name: getattr(self, name) for name in ("message", *Details.__annotations__)}
        known.update(status=self.status_name, phase=_phase_name(self.phase))
        return {key: value for key, value in known.items() if value is not None}

    def __reduce__(self) -> Tuple[Any, ...]:
        return (_again, (getattr(self, "_plain", type(self)), self.__dict__))


def _again(kind: Type[ChatfileError], known: Dict[str, Any]) -> ChatfileError:
    """One that was pickled."""
    error: ChatfileError = made(kind, known.get("os_error"))
    error.__dict__.update(known)
    error.args = (error.message,)
    return error


def made(kind: Type[ChatfileError], number: Optional[int]) -> Any:
    """An error of that class, empty. Where the system refused something, by that number, it has Python's error of that as
    its cause, and is one itself: :class:`FileNotFoundError` or :class:`ConnectionRefusedError`, for example."""
    cause: Optional[OSError] = None
    if number:
        if sys.platform == "win32":
            cause = ctypes.WinError(number)
        else:
            cause = OSError(number, os.strerror(number))
        if issubclass(kind, OSError) and not issubclass(kind, type(cause)):
            kind = _also(kind, type(cause))
    # Called, for MemoryError has no use for the __new__ that is found first.
    error = kind("")
    error.__cause__ = cause
    if cause is not None and isinstance(error, OSError):
        error.errno, error.strerror = cause.errno, cause.strerror
    return error


_mixed: Dict[Tuple[type, type], Any] = {}


def _also(kind: Type[ChatfileError], other: type) -> Any:
    """The class that is both."""
    if (kind, other) not in _mixed:
        fields = {"__module__": kind.__module__, "__doc__": kind.__doc__, "_plain": kind}
        _mixed[kind, other] = type(kind.__name__, (kind, other), fields)
    return _mixed[kind, other]


def _phase_name(phase: int) -> str:
    try:
        return Phase(phase).name.lower()
    except ValueError:
        return str(phase)


class Stop(Exception):
    """Raise it in a progress function, a source, a sink or a secret function to end the call with
    :class:`CallbackError`. Any other exception that you raise there comes out of the call as it is."""

    #: What C is told; never 0.
    value: int = 1

    def __init__(self, value: int = 1) -> None:
        if not isinstance(value, int):
            raise TypeError(f"Stop takes a whole number, not {type(value).__name__}: raise an exception of your own for a text")
        super().__init__(value)
        self.value = value
