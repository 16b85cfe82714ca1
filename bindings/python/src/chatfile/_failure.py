"""Makes exceptions of what C says of a failed call."""

from typing import Any, Optional, Tuple, Type

from . import _abi
from ._details import read_details
from ._error import ChatfileError, made
from ._library import lib, text_of
from .errors import BANDS, CLASSES


def class_of(status: int) -> Type[ChatfileError]:
    """The class for a status; for one that is not known here, that of its band."""
    return CLASSES.get(status) or BANDS.get(status // 100, ChatfileError)


#: What the header calls otherwise.
_NAMES = {"config": "account", **{name: own for name, (own, _) in _abi.TIMES.items()}}


def _in_python(field: Optional[str], message: str) -> Tuple[Optional[str], str]:
    """A field and the message about it in the names of this package."""
    own = _NAMES.get(field or "")
    if field is None or own is None:
        return field, message
    # The message begins with the field that it is about.
    if message.startswith(field):
        message = own + message[len(field) :]
    return own, message


def take(handle: Any) -> ChatfileError:
    """Makes an exception of a ``chatfile_error``, and frees that. ``handle`` is a ``c_void_p``."""
    status = lib.error_status(handle)
    known = read_details(handle)
    known["status"] = status
    known["field"], known["message"] = _in_python(known["field"], text_of(lib.error_message(handle)) or "")
    error: ChatfileError = made(class_of(status), known.get("os_error"))
    error.__dict__.update(known)
    error.args = (error.message,)
    lib.error_free(handle)
    handle.value = None
    return error
