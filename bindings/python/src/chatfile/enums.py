"""Numbers that have names.

Made from include/chatfile.h by cargo xtask bindings; do not edit.
"""

import enum

from . import _abi

__all__ = [
    "Activity",
    "Capability",
    "CheckKind",
    "DigestKind",
    "Encoding",
    "IpVersion",
    "LogLevel",
    "MessageKind",
    "NeteaseMethod",
    "OpenimMethod",
    "Phase",
    "SmhConflict",
    "SmhDisposition",
    "SmhMethod",
    "Status",
    "ThumbnailKind",
    "TlsFault",
    "Trust",
    "Verdict",
]


class Status(enum.IntEnum):
    """How a call ended; see the class of errors of the same name."""

    #: It worked.
    OK = _abi.CHATFILE_OK
    #: A parameter has a value that can never work.
    ARGUMENT = _abi.CHATFILE_E_ARGUMENT
    #: A required parameter is missing.
    NULL = _abi.CHATFILE_E_NULL
    #: A text is not UTF-8, or holds characters that may not stand there.
    TEXT = _abi.CHATFILE_E_TEXT
    #: Something is asked for that this version of the library does not know.
    STRUCT = _abi.CHATFILE_E_STRUCT
    #: A limit would be exceeded (a size, a length, a range of time): one that is known beforehand, so that nothing was
    #: sent, or, with an answer, your own ``max_size``, and an offset behind the end of the file. The message names
    #: field, value and bound.
    LIMIT = _abi.CHATFILE_E_LIMIT
    #: The service, the client or this system cannot do this.
    UNSUPPORTED = _abi.CHATFILE_E_UNSUPPORTED
    #: The source could not be opened, read or rewound, or did not hold the bytes announced.
    SOURCE = _abi.CHATFILE_E_SOURCE
    #: The target could not be written.
    SINK = _abi.CHATFILE_E_SINK
    #: The file changed while it was being read.
    SOURCE_CHANGED = _abi.CHATFILE_E_SOURCE_CHANGED
    #: There is no memory for what the call needs: a file that is downloaded to memory, or the text of an answer.
    MEMORY = _abi.CHATFILE_E_MEMORY
    #: The checkpoint of an upload cannot be read or written, or is in use.
    CHECKPOINT = _abi.CHATFILE_E_CHECKPOINT
    #: The operating system refuses what a call needs: random numbers, a thread, a socket (too many files are open, for
    #: example).
    SYSTEM = _abi.CHATFILE_E_SYSTEM
    #: The host name could not be resolved.
    RESOLVE = _abi.CHATFILE_E_RESOLVE
    #: No connection could be made.
    CONNECT = _abi.CHATFILE_E_CONNECT
    #: TLS failed: most often a certificate that is not trusted.
    TLS = _abi.CHATFILE_E_TLS
    #: The connection broke while sending or receiving.
    CONNECTION_LOST = _abi.CHATFILE_E_CONNECTION_LOST
    #: No connection within ``connect_timeout``.
    CONNECT_TIMEOUT = _abi.CHATFILE_E_CONNECT_TIMEOUT
    #: No byte moved for ``stall_timeout``.
    STALLED = _abi.CHATFILE_E_STALLED
    #: The call did not finish within ``deadline``.
    DEADLINE = _abi.CHATFILE_E_DEADLINE
    #: A redirect was refused: too many, one of an upload, or to what is no URL that can be asked.
    REDIRECT = _abi.CHATFILE_E_REDIRECT
    #: The other side does not speak HTTP/1.1.
    PROTOCOL = _abi.CHATFILE_E_PROTOCOL
    #: The proxy refused, or wants another login.
    PROXY = _abi.CHATFILE_E_PROXY
    #: A message, a presigned request, an answer or a redirect leads to where the options of the client do not let it:
    #: the field says which, ``allow_plain_http`` or ``refuse_private_addresses``. Nothing was sent there.
    BLOCKED_ADDRESS = _abi.CHATFILE_E_BLOCKED_ADDRESS
    #: The service refused the request for a reason of its own.
    SERVICE = _abi.CHATFILE_E_SERVICE
    #: The credentials or the token were refused.
    AUTH = _abi.CHATFILE_E_AUTH
    #: The credentials are good, but do not allow this.
    FORBIDDEN = _abi.CHATFILE_E_FORBIDDEN
    #: The file, the app or the address does not exist.
    NOT_FOUND = _abi.CHATFILE_E_NOT_FOUND
    #: The file, or the presigned request, existed and has expired.
    EXPIRED = _abi.CHATFILE_E_EXPIRED
    #: The service finds the file too large.
    TOO_LARGE = _abi.CHATFILE_E_TOO_LARGE
    #: Too many calls; try again later.
    RATE_LIMITED = _abi.CHATFILE_E_RATE_LIMITED
    #: The service is out of order at the moment.
    UNAVAILABLE = _abi.CHATFILE_E_UNAVAILABLE
    #: The answer is not the documented one, so nothing in it was believed.
    RESPONSE = _abi.CHATFILE_E_RESPONSE
    #: A file or folder of that name is there already.
    CONFLICT = _abi.CHATFILE_E_CONFLICT
    #: The file was stored, but not restricted as was asked for: anyone may get it. ``file`` names it.
    NOT_RESTRICTED = _abi.CHATFILE_E_NOT_RESTRICTED
    #: Fewer bytes arrived than were announced: a download left no file; what was uploaded may be stored.
    TRUNCATED = _abi.CHATFILE_E_TRUNCATED
    #: The bytes do not match the checksum stated for them; a download left no file. SMH states one of every file
    #: (CRC-64), OpenIM of every part (MD5). Or they are not what you expect: ``ChatfileError.field`` is then the option
    #: (``expected_md5``, for example), and the call was not tried again.
    INTEGRITY = _abi.CHATFILE_E_INTEGRITY
    #: The call was cancelled by its :class:`chatfile.Cancel`.
    CANCELLED = _abi.CHATFILE_E_CANCELLED
    #: One of your functions raised :class:`Stop`, whose value is ``callback_value``.
    CALLBACK = _abi.CHATFILE_E_CALLBACK
    #: A defect in this library, caught before it could harm your program. Please report it with the message.
    PANIC = _abi.CHATFILE_E_PANIC


class LogLevel(enum.IntEnum):
    """How much to log, or how much a line matters. Each includes those below it."""

    #: Calls that failed.
    ERROR = _abi.CHATFILE_LOG_ERROR
    #: Also attempts that failed.
    WARN = _abi.CHATFILE_LOG_WARN
    #: Also attempts that succeeded.
    INFO = _abi.CHATFILE_LOG_INFO
    #: Also the steps in between (tokens, redirects, lost connections).
    DEBUG = _abi.CHATFILE_LOG_DEBUG
    #: Also each request and answer with its header fields, and how connections came about; of values, those that are
    #: harmless.
    TRACE = _abi.CHATFILE_LOG_TRACE


class IpVersion(enum.IntEnum):
    """Which addresses of hosts to connect to."""

    #: Whichever works; those of both versions are tried in turn, a quarter of a second apart (RFC 8305).
    ANY = _abi.CHATFILE_IP_ANY
    #: IPv4 alone.
    V4 = _abi.CHATFILE_IP_V4
    #: IPv6 alone.
    V6 = _abi.CHATFILE_IP_V6


class Trust(enum.IntEnum):
    """Which CA certificates to trust."""

    #: The CA certificates that are built in (Mozilla's); where none of them has signed, those of the operating system.
    BOTH = _abi.CHATFILE_TRUST_BOTH
    #: Those that are built in, the same on every machine.
    BUILT_IN = _abi.CHATFILE_TRUST_BUILT_IN
    #: Those of the operating system, so that what its administrator has taken away is not trusted either.
    SYSTEM = _abi.CHATFILE_TRUST_SYSTEM


class Capability(enum.IntFlag):
    """What the service of a client can do."""

    #: The service takes files.
    UPLOAD = _abi.CHATFILE_CAN_UPLOAD
    #: The service gives files back.
    DOWNLOAD = _abi.CHATFILE_CAN_DOWNLOAD
    #: Files can be deleted by the time of their upload.
    DELETE_BY_TIME = _abi.CHATFILE_CAN_DELETE_BY_TIME
    #: A file can be protected by a share secret.
    SHARE_SECRET = _abi.CHATFILE_CAN_SHARE_SECRET
    #: The service makes thumbnails of images.
    THUMBNAIL = _abi.CHATFILE_CAN_THUMBNAIL
    #: Requests can be presigned.
    PRESIGN = _abi.CHATFILE_CAN_PRESIGN
    #: A file can be deleted.
    DELETE = _abi.CHATFILE_CAN_DELETE
    #: Large files are sent in parts, side by side, and can be gone on with after a failure.
    PARTS = _abi.CHATFILE_CAN_PARTS
    #: What the service has already is not sent again.
    INSTANT_UPLOAD = _abi.CHATFILE_CAN_INSTANT_UPLOAD
    #: :meth:`chatfile.Client.info` and :meth:`chatfile.Client.exists`.
    INFO = _abi.CHATFILE_CAN_INFO
    #: :meth:`chatfile.Client.list`.
    LIST = _abi.CHATFILE_CAN_LIST
    #: ``UploadOptions.message``.
    MESSAGE = _abi.CHATFILE_CAN_MESSAGE


class Activity(enum.IntEnum):
    """What a call is doing."""

    #: It waits, for an answer, for its turn, or to try again.
    WAITING = _abi.CHATFILE_ACTIVITY_WAITING
    #: It looks for a host and connects, through a proxy and with TLS where there are.
    CONNECTING = _abi.CHATFILE_ACTIVITY_CONNECTING
    #: It sends the file.
    SENDING = _abi.CHATFILE_ACTIVITY_SENDING
    #: It receives the file.
    RECEIVING = _abi.CHATFILE_ACTIVITY_RECEIVING
    #: It reads the file before it sends it, or once more: for a hash that the service knows it by, to compare what has
    #: arrived of an earlier upload, or for a digest that was asked for.
    HASHING = _abi.CHATFILE_ACTIVITY_HASHING
    #: It gets a token, or another permission of the storage.
    RENEWING = _abi.CHATFILE_ACTIVITY_RENEWING


class MessageKind(enum.IntEnum):
    """What a service's message about a file shows."""

    #: No message is made.
    NONE = _abi.CHATFILE_MESSAGE_NONE
    #: What the media type says: an image, audio or a video; anything else is a file.
    AUTOMATIC = _abi.CHATFILE_MESSAGE_AUTOMATIC
    #: A file to download.
    FILE = _abi.CHATFILE_MESSAGE_FILE
    #: A picture.
    IMAGE = _abi.CHATFILE_MESSAGE_IMAGE
    #: Sound.
    AUDIO = _abi.CHATFILE_MESSAGE_AUDIO
    #: A video.
    VIDEO = _abi.CHATFILE_MESSAGE_VIDEO


class ThumbnailKind(enum.IntEnum):
    """Of what kind of file a small picture is wanted."""

    #: The file itself.
    NONE = _abi.CHATFILE_THUMBNAIL_NONE
    #: A small picture of an image.
    IMAGE = _abi.CHATFILE_THUMBNAIL_IMAGE
    #: A picture of a video, its first frame.
    VIDEO = _abi.CHATFILE_THUMBNAIL_VIDEO


class CheckKind(enum.IntEnum):
    """What was looked at. The order of the steps is that of the result, not of the numbers."""

    #: Where calls go.
    ADDRESS = _abi.CHATFILE_CHECK_ADDRESS
    #: Whether they go through a proxy, and whether that lets them.
    PROXY = _abi.CHATFILE_CHECK_PROXY
    #: The addresses of the host, or of the proxy.
    NAME = _abi.CHATFILE_CHECK_NAME
    #: A TCP connection.
    CONNECTION = _abi.CHATFILE_CHECK_CONNECTION
    #: TLS, and whether the certificate is trusted.
    TLS = _abi.CHATFILE_CHECK_TLS
    #: Whether the clock of this machine is that of the service.
    CLOCK = _abi.CHATFILE_CHECK_CLOCK
    #: A token, where the service has some.
    CREDENTIALS = _abi.CHATFILE_CHECK_CREDENTIALS
    #: The smallest call that takes the credentials.
    SERVICE = _abi.CHATFILE_CHECK_SERVICE


class Verdict(enum.IntEnum):
    """What came of a step."""

    #: It works.
    OK = _abi.CHATFILE_VERDICT_OK
    #: It works, and something about it is to be looked at.
    WARNING = _abi.CHATFILE_VERDICT_WARNING
    #: It does not work.
    FAILED = _abi.CHATFILE_VERDICT_FAILED
    #: There is no such thing here, or a step before it has failed.
    NOT_TRIED = _abi.CHATFILE_VERDICT_NOT_TRIED


class Encoding(enum.IntEnum):
    """How the file is written in the body of a presigned request."""

    #: There is no file in the request.
    NONE = _abi.CHATFILE_ENCODING_NONE
    #: The file as it is.
    IDENTITY = _abi.CHATFILE_ENCODING_IDENTITY
    #: The file as padded standard base64.
    BASE64 = _abi.CHATFILE_ENCODING_BASE64
    #: The file as padded standard base64 with +, / and = percent-encoded.
    BASE64_FORM = _abi.CHATFILE_ENCODING_BASE64_FORM


class DigestKind(enum.IntFlag):
    """Digests by which services know files."""

    #: The hash by which Tencent SMH knows a whole file (fullHash): SHA-256, chained after every MiB; 64 lower-case hex
    #: digits.
    SMH_FULL = _abi.CHATFILE_DIGEST_SMH_FULL
    #: SMH's beginningHash: SHA-256 of the first MiB, or of all if it is less; 64 lower-case hex digits.
    SMH_BEGINNING = _abi.CHATFILE_DIGEST_SMH_BEGINNING
    #: The hash by which OpenIM knows a file: MD5 of the MD5s of its parts, joined by commas; 32 lower-case hex digits.
    OPENIM = _abi.CHATFILE_DIGEST_OPENIM
    #: CRC-64/XZ, which Tencent calls CRC64; an unsigned decimal number.
    CRC64 = _abi.CHATFILE_DIGEST_CRC64


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


class TlsFault(enum.IntEnum):
    """What it was in TLS that failed."""

    #: It was not TLS.
    NONE = _abi.CHATFILE_TLS_NONE
    #: Something else; the message says what is known.
    OTHER = _abi.CHATFILE_TLS_OTHER
    #: The certificate is signed by nobody who is trusted.
    UNKNOWN_ISSUER = _abi.CHATFILE_TLS_UNKNOWN_ISSUER
    #: The certificate has expired, or the clock of this machine is wrong.
    EXPIRED = _abi.CHATFILE_TLS_EXPIRED
    #: The certificate is not valid yet, or the clock of this machine is wrong.
    NOT_YET_VALID = _abi.CHATFILE_TLS_NOT_YET_VALID
    #: The certificate is for other names.
    WRONG_NAME = _abi.CHATFILE_TLS_WRONG_NAME
    #: The certificate was revoked.
    REVOKED = _abi.CHATFILE_TLS_REVOKED
    #: The certificate is not signed by the authority that it names.
    BAD_SIGNATURE = _abi.CHATFILE_TLS_BAD_SIGNATURE
    #: The certificate is not made for servers.
    WRONG_PURPOSE = _abi.CHATFILE_TLS_WRONG_PURPOSE
    #: The server wants another certificate of the client, or one at all.
    CLIENT_CERTIFICATE = _abi.CHATFILE_TLS_CLIENT_CERTIFICATE
    #: The two sides have no version or no cipher in common.
    INCOMPATIBLE = _abi.CHATFILE_TLS_INCOMPATIBLE
    #: The other side does not speak TLS.
    NOT_SPOKEN = _abi.CHATFILE_TLS_NOT_SPOKEN


class NeteaseMethod(enum.IntEnum):
    """How a file goes to NetEase."""

    #: multipart/form-data to msg/fileUpload.action, the bytes as they are.
    FORM = _abi.CHATFILE_NETEASE_METHOD_FORM
    #: base64 in a form to msg/upload.action, a third larger. Reads the source twice.
    BASE64 = _abi.CHATFILE_NETEASE_METHOD_BASE64


class SmhMethod(enum.IntEnum):
    """How a file goes to Tencent SMH."""

    #: In parts above 32 MiB, else in one request; if that is cut after a mebibyte or more, the next attempt goes in
    #: parts.
    AUTOMATIC = _abi.CHATFILE_SMH_METHOD_AUTOMATIC
    #: In one request, up to 5 GiB.
    SIMPLE = _abi.CHATFILE_SMH_METHOD_SIMPLE
    #: In one request as multipart/form-data, up to 5 GiB.
    FORM = _abi.CHATFILE_SMH_METHOD_FORM
    #: In parts, which can go on after an interruption.
    PARTS = _abi.CHATFILE_SMH_METHOD_PARTS
    #: The same, as S3 and its like call it.
    MULTIPART = PARTS


class SmhConflict(enum.IntEnum):
    """What happens if a file of that name is there."""

    #: The new file gets another name, "name (1).ext".
    RENAME = _abi.CHATFILE_SMH_CONFLICT_RENAME
    #: The upload fails with :class:`chatfile.ConflictError`.
    FAIL = _abi.CHATFILE_SMH_CONFLICT_FAIL
    #: The file is replaced; a folder stays, and the upload fails with :class:`chatfile.ConflictError`.
    OVERWRITE = _abi.CHATFILE_SMH_CONFLICT_OVERWRITE


class SmhDisposition(enum.IntEnum):
    """What a browser does with the file at the address of a presigned download."""

    #: What a browser makes of the file's type.
    AUTOMATIC = _abi.CHATFILE_SMH_DISPOSITION_AUTOMATIC
    #: A browser shows it, if it can.
    SHOW = _abi.CHATFILE_SMH_DISPOSITION_SHOW
    #: A browser saves it under its name.
    SAVE = _abi.CHATFILE_SMH_DISPOSITION_SAVE


class OpenimMethod(enum.IntEnum):
    """How a file goes to OpenIM."""

    #: In parts; by form where the source cannot be read twice, or an option asks for it.
    AUTOMATIC = _abi.CHATFILE_OPENIM_METHOD_AUTOMATIC
    #: In one form.
    FORM = _abi.CHATFILE_OPENIM_METHOD_FORM
    #: In parts, which can go on after an interruption. Reads the source twice.
    PARTS = _abi.CHATFILE_OPENIM_METHOD_PARTS
    #: The same, as S3 and its like call it.
    MULTIPART = PARTS
