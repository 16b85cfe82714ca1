"""Makes exceptions of what C says of a failed call."""

import re
from typing import Any, Optional, Tuple, Type

from . import _abi
from ._error import ChatfileError
from ._library import lib
from .errors import BANDS, CLASSES


def class_of(status: int) -> Type[ChatfileError]:
    """The class for a status; for one that is not known here, that of its band."""
    return CLASSES.get(status) or BANDS.get(status // 100, ChatfileError)


def _text(value: Optional[bytes]) -> Optional[str]:
    return None if value is None else value.decode("utf-8", "replace")


#: What the header calls otherwise.
_NAMES = {"config": "account", **{name: own for name, (own, _) in _abi.TIMES.items()}}


def _in_python(field: Optional[str], message: str) -> Tuple[Optional[str], str]:
    """A field and the message about it in the names of this package."""
    own = _NAMES.get(field or "")
    if own is None:
        return field, message
    return own, re.sub(rf"\b{field}\b", own, message)


def take(handle: Any) -> ChatfileError:
    """Makes an exception of a ``chatfile_error``, and frees that. ``handle`` is a ``c_void_p``."""
    status = lib.error_status(handle)
    kind = class_of(status)
    field, message = _in_python(_text(lib.error_field(handle)), lib.error_message(handle).decode("utf-8", "replace"))
    error = kind.__new__(kind)
    error.args = (message,)
    known = error.__dict__
    known["message"] = message
    known["status"] = status
    known["field"] = field
    attempts = known["attempts"] = lib.error_attempts(handle)
    phase = known["phase"] = lib.error_phase(handle)
    known["http_status"] = known["service_code"] = known["service_message"] = known["request_id"] = None
    known["retry_after"] = known["resume_token"] = known["file"] = None
    known["callback_value"] = 0
    known["retryable"] = False
    if attempts or phase or status >= 200:
        known["http_status"] = lib.error_http_status(handle) or None
        known["service_code"] = _text(lib.error_service_code(handle))
        known["service_message"] = _text(lib.error_service_message(handle))
        known["request_id"] = _text(lib.error_request_id(handle))
        known["retryable"] = lib.error_retryable(handle) == 1
        known["retry_after"] = lib.error_retry_after_ms(handle) / 1000 or None
        known["callback_value"] = lib.error_callback_value(handle)
        known["resume_token"] = _text(lib.error_resume_token(handle))
        known["file"] = _text(lib.error_file(handle))
    lib.error_free(handle)
    handle.value = None
    return error
