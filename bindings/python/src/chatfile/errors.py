"""What a call can fail with: one class for each status, in bands.

Catch a band (:class:`TransportError`) or one of its classes (:class:`StalledError`); everything is a
:class:`ChatfileError`. ``str(error)`` says what happened and what to do about it.
"""

import enum
from typing import Any, Dict, Optional, Tuple, Type

from . import _abi
from ._library import lib


class Status(enum.IntEnum):
    """How a call ended; see the class of errors of the same name."""

    OK = _abi.CHATFILE_OK
    ARGUMENT = _abi.CHATFILE_E_ARGUMENT
    NULL = _abi.CHATFILE_E_NULL
    TEXT = _abi.CHATFILE_E_TEXT
    STRUCT = _abi.CHATFILE_E_STRUCT
    LIMIT = _abi.CHATFILE_E_LIMIT
    UNSUPPORTED = _abi.CHATFILE_E_UNSUPPORTED
    SOURCE = _abi.CHATFILE_E_SOURCE
    SINK = _abi.CHATFILE_E_SINK
    SOURCE_CHANGED = _abi.CHATFILE_E_SOURCE_CHANGED
    MEMORY = _abi.CHATFILE_E_MEMORY
    CHECKPOINT = _abi.CHATFILE_E_CHECKPOINT
    SYSTEM = _abi.CHATFILE_E_SYSTEM
    RESOLVE = _abi.CHATFILE_E_RESOLVE
    CONNECT = _abi.CHATFILE_E_CONNECT
    TLS = _abi.CHATFILE_E_TLS
    CONNECTION = _abi.CHATFILE_E_CONNECTION
    CONNECT_TIMEOUT = _abi.CHATFILE_E_CONNECT_TIMEOUT
    STALLED = _abi.CHATFILE_E_STALLED
    DEADLINE = _abi.CHATFILE_E_DEADLINE
    REDIRECT = _abi.CHATFILE_E_REDIRECT
    PROTOCOL = _abi.CHATFILE_E_PROTOCOL
    PROXY = _abi.CHATFILE_E_PROXY
    SERVICE = _abi.CHATFILE_E_SERVICE
    AUTH = _abi.CHATFILE_E_AUTH
    FORBIDDEN = _abi.CHATFILE_E_FORBIDDEN
    NOT_FOUND = _abi.CHATFILE_E_NOT_FOUND
    EXPIRED = _abi.CHATFILE_E_EXPIRED
    TOO_LARGE = _abi.CHATFILE_E_TOO_LARGE
    RATE_LIMITED = _abi.CHATFILE_E_RATE_LIMITED
    UNAVAILABLE = _abi.CHATFILE_E_UNAVAILABLE
    RESPONSE = _abi.CHATFILE_E_RESPONSE
    CONFLICT = _abi.CHATFILE_E_CONFLICT
    NOT_RESTRICTED = _abi.CHATFILE_E_NOT_RESTRICTED
    TRUNCATED = _abi.CHATFILE_E_TRUNCATED
    INTEGRITY = _abi.CHATFILE_E_INTEGRITY
    CANCELLED = _abi.CHATFILE_E_CANCELLED
    CALLBACK = _abi.CHATFILE_E_CALLBACK
    PANIC = _abi.CHATFILE_E_PANIC


class Phase(enum.IntEnum):
    """How far a call had come when it failed."""

    #: Checking parameters and opening the source; nothing was sent.
    PREPARE = _abi.CHATFILE_PHASE_PREPARE
    #: Getting a token.
    TOKEN = _abi.CHATFILE_PHASE_TOKEN
    #: Resolving the name, connecting, and TLS.
    CONNECT = _abi.CHATFILE_PHASE_CONNECT
    #: Sending the request or its body.
    SEND = _abi.CHATFILE_PHASE_SEND
    #: Waiting for the answer, reading it, and judging it.
    RECEIVE = _abi.CHATFILE_PHASE_RECEIVE
    #: Putting the finished file in its place.
    FINISH = _abi.CHATFILE_PHASE_FINISH


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
    #: How many milliseconds the service asks to wait before the next try; 0 if it does not say.
    retry_after_ms: int
    #: How many attempts were made at the request that failed; 0 if the call failed before any.
    attempts: int
    #: With :class:`CallbackError`, the value of :class:`Stop`.
    callback_value: int
    #: What a later upload of the same file needs to send only what is missing (``UploadOptions.resume_token``).
    resume_token: Optional[str]
    #: With :class:`NotRestrictedError`, the file that was stored all the same, as ``Upload.file`` would name it.
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
        retry_after_ms: int = 0,
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
        self.retry_after_ms = retry_after_ms
        self.attempts = attempts
        self.callback_value = callback_value
        self.resume_token = resume_token
        self.file = file

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


class CallerError(ChatfileError):
    """1xx: something is wrong with the parameters, the source or the target."""


class ArgumentError(CallerError, ValueError):
    """A parameter has a value that can never work."""

    status = Status.ARGUMENT


class NullError(CallerError, ValueError):
    """A required parameter is missing."""

    status = Status.NULL


class TextError(CallerError, ValueError):
    """A text is not UTF-8, or holds characters that may not stand there."""

    status = Status.TEXT


class StructError(CallerError):
    """Something is asked for that this version of the library does not know."""

    status = Status.STRUCT


class LimitError(CallerError, ValueError):
    """A limit that is known beforehand would be exceeded; the message names field, value and bound."""

    status = Status.LIMIT


class UnsupportedError(CallerError):
    """The opened service cannot do this."""

    status = Status.UNSUPPORTED


class SourceError(CallerError):
    """The source could not be opened, read or rewound, or did not hold the bytes announced."""

    status = Status.SOURCE


class SinkError(CallerError):
    """The target could not be written."""

    status = Status.SINK


class SourceChangedError(CallerError):
    """The file changed while it was being read."""

    status = Status.SOURCE_CHANGED


class OutOfMemoryError(CallerError, MemoryError):
    """There is no memory for what the call needs: a file that is downloaded to memory, or an answer."""

    status = Status.MEMORY


class CheckpointError(CallerError):
    """The checkpoint of an upload cannot be read or written, or is in use."""

    status = Status.CHECKPOINT


class SystemRefusedError(CallerError):
    """The operating system refuses what a call needs: random numbers, a thread, a socket."""

    status = Status.SYSTEM


class TransportError(ChatfileError):
    """2xx: the network, the proxy or TLS."""


class ResolveError(TransportError):
    """The host name could not be resolved."""

    status = Status.RESOLVE


class ConnectError(TransportError):
    """No connection could be made."""

    status = Status.CONNECT


class TlsError(TransportError):
    """TLS failed: most often a certificate that is not trusted."""

    status = Status.TLS


class ConnectionLostError(TransportError):
    """The connection broke while sending or receiving."""

    status = Status.CONNECTION


class ConnectTimeoutError(TransportError):
    """No connection within ``connect_timeout_ms``."""

    status = Status.CONNECT_TIMEOUT


class StalledError(TransportError):
    """No byte moved for ``stall_timeout_ms``."""

    status = Status.STALLED


class DeadlineError(TransportError):
    """The call did not finish within ``deadline_ms``."""

    status = Status.DEADLINE


class RedirectError(TransportError):
    """A redirect was refused: too many, from https to http, or unreadable."""

    status = Status.REDIRECT


class ProtocolError(TransportError):
    """The other side does not speak HTTP/1.1."""

    status = Status.PROTOCOL


class ProxyError(TransportError):
    """The proxy refused, or wants another login."""

    status = Status.PROXY


class ServiceError(ChatfileError):
    """3xx: the service refused. Of no class below: for a reason of its own."""

    status = Status.SERVICE


class AuthError(ServiceError):
    """The credentials or the token were refused."""

    status = Status.AUTH


class ForbiddenError(ServiceError):
    """The credentials are good, but do not allow this."""

    status = Status.FORBIDDEN


class NotFoundError(ServiceError):
    """The file, the app or the address does not exist."""

    status = Status.NOT_FOUND


class ExpiredError(ServiceError):
    """The file, or the presigned request, existed and has expired."""

    status = Status.EXPIRED


class TooLargeError(ServiceError):
    """The service finds the file too large."""

    status = Status.TOO_LARGE


class RateLimitedError(ServiceError):
    """Too many calls; try again later."""

    status = Status.RATE_LIMITED


class UnavailableError(ServiceError):
    """The service is out of order at the moment."""

    status = Status.UNAVAILABLE


class ResponseError(ServiceError):
    """The answer is not the documented one, so nothing in it was believed."""

    status = Status.RESPONSE


class ConflictError(ServiceError):
    """A file or folder of that name is there already."""

    status = Status.CONFLICT


class NotRestrictedError(ServiceError):
    """The file was stored, but not restricted as was asked for: anyone may get it. ``file`` names it."""

    status = Status.NOT_RESTRICTED


class DataError(ChatfileError):
    """4xx: the bytes are not what was announced."""


class TruncatedError(DataError):
    """Fewer bytes arrived than were announced; no file was left."""

    status = Status.TRUNCATED


class IntegrityError(DataError):
    """The bytes do not match the checksum stated for them; a download left no file."""

    status = Status.INTEGRITY


class ControlError(ChatfileError):
    """5xx: your program stopped the call."""


class CancelledError(ControlError):
    """The call was cancelled by its :class:`chatfile.Cancel`."""

    status = Status.CANCELLED


class CallbackError(ControlError):
    """One of your functions raised :class:`Stop`, whose value is ``callback_value``."""

    status = Status.CALLBACK


class PanicError(ChatfileError):
    """A defect in the library, caught before it could harm your program. Please report it with the message."""

    status = Status.PANIC


class Stop(Exception):
    """Raise it in a progress function, a source, a sink or a secret function to end the call with
    :class:`CallbackError`. Any other exception that you raise there comes out of the call as it is."""

    def __init__(self, value: int = 1) -> None:
        super().__init__(value)
        self.value = value


_BANDS: Dict[int, Type[ChatfileError]] = {
    1: CallerError,
    2: TransportError,
    3: ServiceError,
    4: DataError,
    5: ControlError,
    9: PanicError,
}


def _all_below(parent: Type[ChatfileError]) -> Dict[int, Type[ChatfileError]]:
    found: Dict[int, Type[ChatfileError]] = {}
    for child in parent.__subclasses__():
        found.update(_all_below(child))
        if "status" in child.__dict__:
            found[int(child.status)] = child
    return found


#: The class of each status.
CLASSES: Dict[int, Type[ChatfileError]] = _all_below(ChatfileError)


def class_of(status: int) -> Type[ChatfileError]:
    """The class for a status; for one that is not known here, that of its band."""
    return CLASSES.get(status) or _BANDS.get(status // 100, ChatfileError)


def _text(value: Optional[bytes]) -> Optional[str]:
    return None if value is None else value.decode("utf-8", "replace")


def take(handle: Any) -> ChatfileError:
    """Makes an exception of a ``chatfile_error``, and frees that. ``handle`` is a ``c_void_p``."""
    status = lib.error_status(handle)
    kind = CLASSES.get(status) or class_of(status)
    message = lib.error_message(handle).decode("utf-8", "replace")
    error = kind.__new__(kind)
    field = _text(lib.error_field(handle))
    if field == "config":
        # What the header calls so is a parameter of Client here. The message begins with it.
        field = "account"
        message = message.replace("config", field, 1)
    error.args = (message,)
    known = error.__dict__
    known["message"] = message
    known["status"] = status
    known["field"] = field
    attempts = known["attempts"] = lib.error_attempts(handle)
    phase = known["phase"] = lib.error_phase(handle)
    known["http_status"] = known["service_code"] = known["service_message"] = known["request_id"] = None
    known["resume_token"] = known["file"] = None
    known["callback_value"] = 0
    known["retryable"] = False
    known["retry_after_ms"] = 0
    if attempts or phase or status >= 200:
        known["http_status"] = lib.error_http_status(handle) or None
        known["service_code"] = _text(lib.error_service_code(handle))
        known["service_message"] = _text(lib.error_service_message(handle))
        known["request_id"] = _text(lib.error_request_id(handle))
        known["retryable"] = lib.error_retryable(handle) == 1
        known["retry_after_ms"] = lib.error_retry_after_ms(handle)
        known["callback_value"] = lib.error_callback_value(handle)
        known["resume_token"] = _text(lib.error_resume_token(handle))
        known["file"] = _text(lib.error_file(handle))
    lib.error_free(handle)
    handle.value = None
    return error
