"""What all errors of calls are."""

from typing import Any, Dict, Optional, Tuple

from ._library import lib
from .enums import Phase


class ChatfileError(Exception):
    """A call failed. All its details are attributes; what is not known is ``None``."""

    #: The status that the class stands for.
    status: int = 0
    #: What happened and what to do about it.
    message: str
    #: The parameter, field or option at fault, as it is called here.
    field: Optional[str]
    #: The HTTP status of the answer that made the call fail.
    http_status: Optional[int]
    #: The service's own error code as it wrote it.
    service_code: Optional[str]
    #: The service's own text.
    service_message: Optional[str]
    #: The id under which the service has logged the request, for its support.
    request_id: Optional[str]
    #: How far the call had come.
    phase: int
    #: Whether the same call may succeed when it is made again later.
    retryable: bool
    #: How many seconds the service asks to wait before the next try.
    retry_after: Optional[float]
    #: How many attempts were made at the request that failed; 0 if the call failed before any.
    attempts: int
    #: With :class:`CallbackError`, the value of :class:`Stop`.
    callback_value: int
    #: What a later upload of the same file needs to send only what is missing (``UploadOptions.resume_token``).
    resume_token: Optional[str]
    #: With :class:`NotRestrictedError`, the file that was stored all the same, as ``UploadResult.file`` would name it.
    file: Optional[str]

    def __init__(
        self,
        message: str,
        *,
        status: Optional[int] = None,
        field: Optional[str] = None,
        http_status: Optional[int] = None,
        service_code: Optional[str] = None,
        service_message: Optional[str] = None,
        request_id: Optional[str] = None,
        phase: int = Phase.PREPARE,
        retryable: bool = False,
        retry_after: Optional[float] = None,
        attempts: int = 0,
        callback_value: int = 0,
        resume_token: Optional[str] = None,
        file: Optional[str] = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if status is not None:
            self.status = status
        self.field = field
        self.http_status = http_status
        self.service_code = service_code
        self.service_message = service_message
        self.request_id = request_id
        self.phase = phase
        self.retryable = retryable
        self.retry_after = retry_after
        self.attempts = attempts
        self.callback_value = callback_value
        self.resume_token = resume_token
        self.file = file

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
        known = {**self.__dict__, "status": self.status_name}
        known["phase"] = _phase_name(self.phase)
        return {key: value for key, value in known.items() if value is not None and (key != "callback_value" or value)}

    def __reduce__(self) -> Tuple[Any, ...]:
        return (type(self), (self.message,), self.__dict__)


def _phase_name(phase: int) -> str:
    try:
        return Phase(phase).name.lower()
    except ValueError:
        return str(phase)


class Stop(Exception):
    """Raise it in a progress function, a source, a sink or a secret function to end the call with
    :class:`CallbackError`. Any other exception that you raise there comes out of the call as it is."""

    def __init__(self, value: int = 1) -> None:
        super().__init__(value)
        self.value = value
