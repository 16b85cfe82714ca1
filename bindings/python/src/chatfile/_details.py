"""What is known of a call that failed.

Made from include/chatfile.h by cargo xtask bindings; do not edit.
"""

from typing import Any, Dict, Optional

from ._library import lib, text_of


class Details:
    """What is known of a call that failed; what is not is None."""

    #: The parameter, field or option at fault, as it is called here.
    field: Optional[str] = None
    #: The HTTP status of the answer that made the call fail.
    http_status: Optional[int] = None
    #: The service's own error code as it wrote it ("auth_bad_access_token", "414"); None if it gave none.
    service_code: Optional[str] = None
    #: The service's own text; None if it gave none.
    service_message: Optional[str] = None
    #: The id under which the service has logged the request, for its support; None if it gave none.
    request_id: Optional[str] = None
    #: How far the call had come.
    phase: int = 0
    #: Whether the same call may succeed when it is made again later.
    retryable: bool = False
    #: How many seconds the service asks to wait before the next try. The library has waited itself if that was no more
    #: than a minute.
    retry_after: Optional[float] = None
    #: How many attempts were made at the request that failed, also those that found no connection; 0 if the call failed
    #: before any request.
    attempts: int = 0
    #: With :class:`CallbackError`, the value of :class:`Stop`.
    callback_value: int = 0
    #: What a later upload of the same file needs to send only what is missing (``UploadOptions.resume_token``), and
    #: :meth:`chatfile.Client.abort_upload` to throw it away.
    resume_token: Optional[str] = None
    #: With :class:`chatfile.NotRestrictedError`: the file that was stored all the same, as ``UploadResult.file`` would
    #: name it; else None.
    file: Optional[str] = None


def read_details(handle: Any) -> Dict[str, Any]:
    """Asks C for all of it."""
    return {
        "field": text_of(lib.error_field(handle)),
        "http_status": lib.error_http_status(handle) or None,
        "service_code": text_of(lib.error_service_code(handle)),
        "service_message": text_of(lib.error_service_message(handle)),
        "request_id": text_of(lib.error_request_id(handle)),
        "phase": lib.error_phase(handle),
        "retryable": lib.error_retryable(handle) != 0,
        "retry_after": lib.error_retry_after_ms(handle) / 1000 or None,
        "attempts": lib.error_attempts(handle),
        "callback_value": lib.error_callback_value(handle),
        "resume_token": text_of(lib.error_resume_token(handle)),
        "file": text_of(lib.error_file(handle)),
    }
