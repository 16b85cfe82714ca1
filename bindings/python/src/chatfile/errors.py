"""What a call can fail with: one class for each status, in bands.

Catch a band (:class:`TransportError`) or one of its classes (:class:`StalledError`), or what they are in Python
(:class:`TimeoutError`); everything is a :class:`ChatfileError`. ``str(error)`` says what happened and what to do
about it.

Made from include/chatfile.h by cargo xtask bindings; do not edit.
"""

from typing import Dict, Type

from ._error import ChatfileError, Stop
from .enums import Status

__all__ = [
    "ArgumentError",
    "AuthError",
    "BlockedAddressError",
    "CallbackError",
    "CallerError",
    "CancelledError",
    "ChatfileError",
    "CheckpointError",
    "ConflictError",
    "ConnectError",
    "ConnectTimeoutError",
    "ConnectionLostError",
    "ControlError",
    "DataError",
    "DeadlineError",
    "ExpiredError",
    "ForbiddenError",
    "IntegrityError",
    "LimitError",
    "NotFoundError",
    "NotRestrictedError",
    "NullError",
    "OutOfMemoryError",
    "PanicError",
    "ProtocolError",
    "ProxyError",
    "RateLimitedError",
    "RedirectError",
    "ResolveError",
    "ResponseError",
    "ServiceError",
    "SinkError",
    "SourceChangedError",
    "SourceError",
    "StalledError",
    "Stop",
    "StructError",
    "SystemRefusedError",
    "TextError",
    "TlsError",
    "TooLargeError",
    "TransportError",
    "TruncatedError",
    "UnavailableError",
    "UnsupportedError",
]


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
    """A limit would be exceeded (a size, a length, a range of time): one that is known beforehand, so that nothing was
    sent, or, with an answer, your own ``max_size``, and an offset behind the end of the file. The message names field,
    value and bound."""

    status = Status.LIMIT


class UnsupportedError(CallerError):
    """The service, the client or this system cannot do this."""

    status = Status.UNSUPPORTED


class SourceError(CallerError, OSError):
    """The source could not be opened, read or rewound, or did not hold the bytes announced."""

    status = Status.SOURCE


class SinkError(CallerError, OSError):
    """The target could not be written."""

    status = Status.SINK


class SourceChangedError(CallerError, OSError):
    """The file changed while it was being read."""

    status = Status.SOURCE_CHANGED


class OutOfMemoryError(CallerError, MemoryError):
    """There is no memory for what the call needs: a file that is downloaded to memory, or the text of an answer."""

    status = Status.MEMORY


class CheckpointError(CallerError, OSError):
    """The checkpoint of an upload cannot be read or written, or is in use."""

    status = Status.CHECKPOINT


class SystemRefusedError(CallerError, OSError):
    """The operating system refuses what a call needs: random numbers, a thread, a socket (too many files are open, for
    example)."""

    status = Status.SYSTEM


class TransportError(ChatfileError, OSError):
    """2xx: the network, the proxy or TLS."""


class ResolveError(TransportError):
    """The host name could not be resolved."""

    status = Status.RESOLVE


class ConnectError(TransportError, ConnectionError):
    """No connection could be made."""

    status = Status.CONNECT


class TlsError(TransportError):
    """TLS failed: most often a certificate that is not trusted."""

    status = Status.TLS


class ConnectionLostError(TransportError, ConnectionError):
    """The connection broke while sending or receiving."""

    status = Status.CONNECTION_LOST


class ConnectTimeoutError(TransportError, TimeoutError):
    """No connection within ``connect_timeout``."""

    status = Status.CONNECT_TIMEOUT


class StalledError(TransportError, TimeoutError):
    """No byte moved for ``stall_timeout``."""

    status = Status.STALLED


class DeadlineError(TransportError, TimeoutError):
    """The call did not finish within ``deadline``."""

    status = Status.DEADLINE


class RedirectError(TransportError):
    """A redirect was refused: too many, one of an upload, or to what is no URL that can be asked."""

    status = Status.REDIRECT


class ProtocolError(TransportError):
    """The other side does not speak HTTP/1.1."""

    status = Status.PROTOCOL


class ProxyError(TransportError):
    """The proxy refused, or wants another login."""

    status = Status.PROXY


class BlockedAddressError(TransportError):
    """A message, a presigned request, an answer or a redirect leads to where the options of the client do not let it:
    the field says which, ``allow_plain_http`` or ``refuse_private_addresses``. Nothing was sent there."""

    status = Status.BLOCKED_ADDRESS


class ServiceError(ChatfileError):
    """3xx: the service refused. Of no class below: for a reason of its own."""

    status = Status.SERVICE


class AuthError(ServiceError):
    """The credentials or the token were refused."""

    status = Status.AUTH


class ForbiddenError(ServiceError, PermissionError):
    """The credentials are good, but do not allow this."""

    status = Status.FORBIDDEN


class NotFoundError(ServiceError, FileNotFoundError):
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


class ConflictError(ServiceError, FileExistsError):
    """A file or folder of that name is there already."""

    status = Status.CONFLICT


class NotRestrictedError(ServiceError):
    """The file was stored, but not restricted as was asked for: anyone may get it. ``file`` names it."""

    status = Status.NOT_RESTRICTED


class DataError(ChatfileError):
    """4xx: the bytes are not what was announced."""


class TruncatedError(DataError):
    """Fewer bytes arrived than were announced: a download left no file; what was uploaded may be stored."""

    status = Status.TRUNCATED


class IntegrityError(DataError):
    """The bytes do not match the checksum stated for them; a download left no file. SMH states one of every file
    (CRC-64), OpenIM of every part (MD5). Or they are not what you expect: ``ChatfileError.field`` is then the option
    (``expected_md5``, for example), and the call was not tried again."""

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
    """A defect in this library, caught before it could harm your program. Please report it with the message."""

    status = Status.PANIC


#: The class of each band.
BANDS: Dict[int, Type[ChatfileError]] = {
    1: CallerError,
    2: TransportError,
    3: ServiceError,
    4: DataError,
    5: ControlError,
    9: ChatfileError,
}
#: The class of each status.
CLASSES: Dict[int, Type[ChatfileError]] = {
    100: ArgumentError,
    101: NullError,
    102: TextError,
    103: StructError,
    104: LimitError,
    105: UnsupportedError,
    106: SourceError,
    107: SinkError,
    108: SourceChangedError,
    109: OutOfMemoryError,
    110: CheckpointError,
    111: SystemRefusedError,
    200: ResolveError,
    201: ConnectError,
    202: TlsError,
    203: ConnectionLostError,
    204: ConnectTimeoutError,
    205: StalledError,
    206: DeadlineError,
    207: RedirectError,
    208: ProtocolError,
    209: ProxyError,
    210: BlockedAddressError,
    300: ServiceError,
    301: AuthError,
    302: ForbiddenError,
    303: NotFoundError,
    304: ExpiredError,
    305: TooLargeError,
    306: RateLimitedError,
    307: UnavailableError,
    308: ResponseError,
    309: ConflictError,
    310: NotRestrictedError,
    400: TruncatedError,
    401: IntegrityError,
    500: CancelledError,
    501: CallbackError,
    900: PanicError,
}
