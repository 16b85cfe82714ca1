"""What is known of a call that failed.

Made from include/chatfile.h by cargo xtask bindings; do not edit.
"""

from typing import Any, Dict, Optional

from ._library import known, lib, number_of, seconds_of, text_of
from .enums import Phase


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
    #: How many seconds the service asks to wait before the next try. Wait that long before you call again: the library
    #: waits for it only between its own attempts, and not at all if it is more than a minute.
    retry_after: Optional[float] = None
    #: How many attempts were made at the request that failed, also those that found no connection; 0 if the call failed
    #: before any request.
    attempts: int = 0
    #: With :class:`CallbackError`, the value of :class:`Stop`.
    callback_value: Optional[int] = None
    #: What a later upload of the same file needs to send only what is missing (``UploadOptions.resume_token``), and
    #: :meth:`chatfile.Client.abort_upload` to throw it away.
    resume_token: Optional[str] = None
    #: With :class:`chatfile.NotRestrictedError`, and with :class:`chatfile.IntegrityError` of an upload to SMH: the
    #: file that was stored all the same, as ``UploadResult.file`` would name it; else None.
    file: Optional[str] = None
    #: The operating system's own number of what it refused: errno, or on Windows what GetLastError() or
    #: WSAGetLastError() said.
    os_error: Optional[int] = None
    #: With :class:`chatfile.LimitError`: the limit that is exceeded or not reached, in the unit of the field (bytes of
    #: a source or a text, for example). There is none where it is below 0, or one field is the limit of another.
    limit: Optional[int] = None
    #: As ``ChatfileError.limit``, the value that is beyond the limit; of a download that was under way, what there is
    #: of it at least.
    actual: Optional[int] = None
    #: With :class:`chatfile.TlsError`: what it was that failed.
    tls_fault: Optional[int] = None
    #: With ``ClientOptions.trace``: what the call has done, for the support of a vendor or of your own, in lines: how
    #: connections came about, the requests and the heads of their answers, with times and the ids under which they are
    #: logged. It holds no secret, but paths and names of hosts. None if no request was begun, or without that option.
    trace: Optional[str] = None
    #: Whether it was the proxy that failed, or was not to be reached, and not what is behind it.
    at_proxy: bool = False


def read_details(handle: Any) -> Dict[str, Any]:
    """Asks C for all of it."""
    return {
        "field": text_of(lib.error_field(handle)),
        "http_status": lib.error_http_status(handle) or None,
        "service_code": text_of(lib.error_service_code(handle)),
        "service_message": text_of(lib.error_service_message(handle)),
        "request_id": text_of(lib.error_request_id(handle)),
        "phase": known(Phase, lib.error_phase(handle)),
        "retryable": lib.error_retryable(handle) != 0,
        "retry_after": seconds_of(handle, lib.error_retry_after_ms),
        "attempts": lib.error_attempts(handle),
        "callback_value": lib.error_callback_value(handle) or None,
        "resume_token": text_of(lib.error_resume_token(handle)),
        "file": text_of(lib.error_file(handle)),
        "os_error": lib.error_os_error(handle) or None,
        "limit": number_of(handle, lib.error_limit),
        "actual": number_of(handle, lib.error_actual),
        "tls_fault": lib.error_tls_fault(handle) or None,
        "trace": text_of(lib.error_trace(handle)),
        "at_proxy": lib.error_at_proxy(handle) != 0,
    }
