"""Accounts and options: a dataclass for each structure of the C header, with the same names.

What is left at its default (``None``, 0, ``False``) is what the library or the service finds fit.
"""

import enum
from dataclasses import dataclass, field
from typing import ClassVar, Optional, Sequence, Union

from . import _abi
from ._record import LogFunction, Path, Record, SecretFunction


class LogLevel(enum.IntEnum):
    """How much to log."""

    #: Calls that failed.
    ERROR = _abi.CHATFILE_LOG_ERROR
    #: Also attempts that failed.
    WARN = _abi.CHATFILE_LOG_WARN
    #: Also attempts that succeeded.
    INFO = _abi.CHATFILE_LOG_INFO
    #: Also the steps in between (tokens, redirects, lost connections).
    DEBUG = _abi.CHATFILE_LOG_DEBUG


class NeteaseMethod(enum.IntEnum):
    """How a file goes to NetEase."""

    #: multipart/form-data to msg/fileUpload.action, the bytes as they are.
    MULTIPART = _abi.CHATFILE_NETEASE_MULTIPART
    #: base64 in a form to msg/upload.action, a third larger. Reads the source twice.
    BASE64_FORM = _abi.CHATFILE_NETEASE_BASE64_FORM


class SmhMethod(enum.IntEnum):
    """How a file goes to Tencent SMH."""

    #: In parts above 32 MiB, else in one request.
    AUTOMATIC = _abi.CHATFILE_SMH_AUTOMATIC
    #: In one request, up to 5 GiB.
    SIMPLE = _abi.CHATFILE_SMH_SIMPLE
    #: In one request as multipart/form-data, up to 5 GiB.
    FORM = _abi.CHATFILE_SMH_FORM
    #: In parts, which can go on after an interruption.
    MULTIPART = _abi.CHATFILE_SMH_MULTIPART


class SmhConflict(enum.IntEnum):
    """What happens if a file of that name is at Tencent SMH already."""

    #: The new file gets another name, "name (1).ext".
    RENAME = _abi.CHATFILE_SMH_RENAME
    #: The upload fails with :class:`chatfile.ConflictError`.
    ASK = _abi.CHATFILE_SMH_ASK
    #: The file is replaced; a folder stays, and the upload fails.
    OVERWRITE = _abi.CHATFILE_SMH_OVERWRITE


class OpenimMethod(enum.IntEnum):
    """How a file goes to OpenIM."""

    #: In parts; by form where the source cannot be read twice, or an option asks for it.
    AUTOMATIC = _abi.CHATFILE_OPENIM_AUTOMATIC
    #: In one form.
    FORM = _abi.CHATFILE_OPENIM_FORM
    #: In parts, which can go on after an interruption. Reads the source twice.
    MULTIPART = _abi.CHATFILE_OPENIM_MULTIPART


@dataclass(repr=False, eq=False)
class Easemob(Record):
    """An Easemob app and who asks it. Give one kind of credentials: ``client_id`` and ``client_secret``, or ``username``
    and ``password``, or ``token``."""

    _service: ClassVar[str] = "easemob"

    #: The AppKey, "org#app".
    app_key: str
    #: The app's client id, for back-ends.
    client_id: Optional[str] = None
    #: The secret that goes with it.
    client_secret: Optional[str] = field(default=None, repr=False)
    #: A user's name.
    username: Optional[str] = None
    #: The password that goes with it.
    password: Optional[str] = field(default=None, repr=False)
    #: A token that you got elsewhere; it is not renewed here.
    token: Optional[str] = field(default=None, repr=False)
    #: The REST address of the app's data centre. Default: https://a1.easemob.com (China 1).
    base_url: Optional[str] = None
    #: The lifetime to ask for when a token is fetched, in seconds. 0: what the Easemob console says.
    token_ttl_seconds: int = 0
    #: The largest file that may be sent, in bytes. 0: 10 MiB, the service's limit unless raised for your app.
    max_upload_size: int = 0
    #: Gives "client_secret", "password" or "token" when it is needed, in place of the field.
    secret: Optional[SecretFunction] = field(default=None, repr=False)


@dataclass(repr=False, eq=False)
class Netease(Record):
    """A NetEase IM (Yunxin) app."""

    _service: ClassVar[str] = "netease"

    #: The AppKey.
    app_key: str
    #: The AppSecret; it signs the requests and is never sent.
    app_secret: Optional[str] = field(default=None, repr=False)
    #: The server address with its path. Default: https://api.yunxinapi.com/nimserver.
    base_url: Optional[str] = None
    #: The largest content that may be sent, in bytes as the service counts them. 0: 15 MiB.
    max_upload_size: int = 0
    #: Gives "app_secret" each time it is needed, in place of the field.
    secret: Optional[SecretFunction] = field(default=None, repr=False)


@dataclass(repr=False, eq=False)
class Huawei(Record):
    """A Huawei Cloud AICC tenant, and the customer on whose behalf files are sent."""

    _service: ClassVar[str] = "huawei"

    #: The domain of the deployment, for example https://service.besclouds.com.
    base_url: str
    #: The app key.
    app_key: str
    #: The app secret.
    app_secret: Optional[str] = field(default=None, repr=False)
    #: The id of the configured channel. Required by the service.
    channel_id: Optional[str] = None
    #: The customer, 1 to 32 characters. Required by the service.
    user_id: Optional[str] = None
    #: The customer's name. Default: ``user_id``.
    user_name: Optional[str] = None
    #: "zh", "zh_CN", "en" or "en_US". Default: "zh".
    locale: Optional[str] = None
    #: The lifetime to ask for when the AccessToken is fetched, in seconds, at most 3,600. 0: what the service gives.
    token_ttl_seconds: int = 0
    #: The largest file that may be sent, in bytes. 0: no limit.
    max_upload_size: int = 0
    #: Gives "app_secret" each time it is needed, in place of the field.
    secret: Optional[SecretFunction] = field(default=None, repr=False)


@dataclass(repr=False, eq=False)
class Smh(Record):
    """A media library of Tencent SMH and who asks it: give ``library_secret`` or ``access_token``."""

    _service: ClassVar[str] = "smh"

    #: The id of the media library.
    library_id: str
    #: The secret of the library, for back-ends. Tokens are fetched when they are needed.
    library_secret: Optional[str] = field(default=None, repr=False)
    #: A token that you got elsewhere; it is not renewed here.
    access_token: Optional[str] = field(default=None, repr=False)
    #: The tenant space. Default: the only one of a single-tenant library.
    space_id: Optional[str] = None
    #: The user in whose name it is done.
    user_id: Optional[str] = None
    #: The client of that user that a token is fetched for.
    client_id: Optional[str] = None
    #: The session of that user that a token is fetched for.
    session_id: Optional[str] = None
    #: The address of SMH. Default: https://api.tencentsmh.cn; the vendor recommends the domain of the library.
    base_url: Optional[str] = None
    #: What a fetched token may do, with commas between. "": read only. Default: what the calls here need.
    grant: Optional[str] = None
    #: The lifetime of a fetched token in seconds. 0: a day.
    token_period_seconds: int = 0
    #: SMH runs as a private deployment.
    private_deployment: bool = False
    #: ``secret`` is asked for "access_token", not for "library_secret".
    ask_access_token: bool = False
    #: Gives "library_secret" or "access_token" when it is needed, in place of the field.
    secret: Optional[SecretFunction] = field(default=None, repr=False)


@dataclass(repr=False, eq=False)
class Openim(Record):
    """An OpenIM server and who asks it: a user with a token, or, for back-ends, the admin with the server's secret."""

    _service: ClassVar[str] = "openim"

    #: The address of the server's API, for example https://im.example.com/api.
    base_url: str
    #: Who asks: a user's id; with ``admin_secret`` and without ``platform`` the admin's.
    user_id: str
    #: A token of ``user_id`` that you got elsewhere; it is not renewed here.
    token: Optional[str] = field(default=None, repr=False)
    #: The server's secret, in place of ``token``, for back-ends.
    admin_secret: Optional[str] = field(default=None, repr=False)
    #: The admin who fetches the token of ``user_id``; with ``platform`` alone. Default: "imAdmin".
    admin_user_id: Optional[str] = None
    #: With ``admin_secret``: what ``user_id`` is logged in on. 0: ``user_id`` is the admin.
    platform: int = 0
    #: ``secret`` is asked for "admin_secret", not for "token".
    ask_admin_secret: bool = False
    #: The largest file that may be sent, in bytes. 0: no limit.
    max_upload_size: int = 0
    #: Gives "token" or "admin_secret" when it is needed, in place of the field.
    secret: Optional[SecretFunction] = field(default=None, repr=False)


#: What :class:`chatfile.Client` opens.
Account = Union[Easemob, Netease, Huawei, Smh, Openim]


@dataclass(repr=False, eq=False)
class ClientOptions(Record):
    """How a client behaves. The defaults suit a desktop program on Wi-Fi."""

    #: Your program as it should appear in the User-Agent, for example "MyChat/4.2".
    user_agent: Optional[str] = None
    #: The longest time for one connection, in milliseconds. 0: 15,000.
    connect_timeout_ms: int = 0
    #: A transfer in which no byte moves for so many milliseconds has failed. 0: 60,000.
    stall_timeout_ms: int = 0
    #: The longest time for a whole call with all its attempts, in milliseconds. 0: no limit.
    deadline_ms: int = 0
    #: How often each request of a call is tried. 0: 4; 1: never again.
    max_attempts: int = 0
    #: The upper bound of the pause before the second attempt, in milliseconds; it doubles from then on. 0: 500.
    retry_delay_ms: int = 0
    #: No attempt begins later than so many milliseconds after its call did. 0: no limit.
    retry_time_ms: int = 0
    #: The most calls of the service in a second. 0: what the vendor allows an app.
    calls_per_second: int = 0
    #: The most bytes to send in a second, over all transfers. 0: no limit.
    upload_rate: int = 0
    #: The most bytes to receive in a second, over all transfers. 0: no limit.
    download_rate: int = 0
    #: A proxy for everything: "http://user:password@host:port" or "socks5://...".
    proxy: Optional[str] = field(default=None, repr=False)
    #: Hosts to reach without the proxy, separated by commas; "*" for all.
    no_proxy: Optional[str] = None
    #: Take the proxies from the environment (http_proxy, https_proxy, all_proxy, no_proxy), now.
    proxy_from_environment: bool = False
    #: Let a service or host that is asked over https send us on to an http:// address, by a redirect or as its store,
    #: where anyone in between can read and change the file. Refused otherwise.
    allow_plain_http: bool = False
    #: Send nothing to a loopback, link-local, private or other special-purpose address if a message, a presigned
    #: request, an answer or a redirect says so: for back-ends, which such a URL could lead to hosts that nobody outside
    #: may reach. The service's own address and the proxies may be any.
    refuse_private_addresses: bool = False
    #: How much to log. 0: :attr:`LogLevel.INFO`.
    log_level: int = 0
    #: Takes the lines of the log. Called on a thread that made a call; must not use the client.
    log: Optional[LogFunction] = None
    #: CA certificates to trust besides the built-in ones: PEM (any number) or DER (one).
    ca_certificates: Optional[bytes] = None
    #: A file with them instead.
    ca_certificates_path: Optional[Path] = None
    #: A certificate chain that says who this client is: PEM, its own first.
    client_certificate: Union[str, bytes, None] = None
    #: The key that goes with it: PEM.
    client_key: Union[str, bytes, None] = field(default=None, repr=False)


@dataclass(repr=False, eq=False)
class EasemobUpload(Record):
    """What an upload to Easemob can ask for besides."""

    #: Only who knows the share secret may download the file. Easemob has to switch this on for the app: else the file is
    #: stored open to all, and the call fails with :class:`chatfile.NotRestrictedError`.
    restrict_access: bool = False
    #: Width of the thumbnail that the service makes of an image, in pixels. 0: 170.
    thumbnail_width: int = 0
    #: Height of that thumbnail, in pixels. 0: 170.
    thumbnail_height: int = 0


@dataclass(repr=False, eq=False)
class NeteaseUpload(Record):
    """What an upload to NetEase can ask for besides."""

    #: How the file goes.
    method: int = NeteaseMethod.MULTIPART
    #: Ask for an http:// URL, not for https://.
    plain_http_url: bool = False
    #: The media type to store with the file, at most 128 characters. Default: that of the upload.
    media_type: Optional[str] = None
    #: The scenario tag to store with the file, at most 32 characters.
    tag: Optional[str] = None
    #: Seconds until the file is deleted, at least 86,400. 0: never.
    expire_seconds: int = 0


@dataclass(repr=False, eq=False)
class HuaweiUpload(Record):
    """What an upload to Huawei can ask for besides."""

    #: The type of the file: jpg, jpeg, png, bmp, mp3, aac, mp4, txt or csv. Default: the extension of its name.
    file_type: Optional[str] = None


@dataclass(repr=False, eq=False)
class SmhUpload(Record):
    """What an upload to Tencent SMH can ask for besides."""

    #: The folder to put the file in, with / between the names. Default: the root of the space.
    directory: Optional[str] = None
    #: Labels of the file, by which it can be searched for.
    labels: Sequence[str] = ()
    #: A category of your own, at most 16 bytes.
    category: Optional[str] = None
    #: When the file was made where it comes from, like "2022-07-26T02:58:09Z".
    local_creation_time: Optional[str] = None
    #: When it was last changed there, in the same form.
    local_modification_time: Optional[str] = None
    #: The bytes of each part but the last, 1 MiB to 5 GiB. 0: 8 MiB, or more where that makes too many.
    part_size: int = 0
    #: The most bytes a second that the store takes on each connection, 100 KiB to 100 MiB. 0: no limit.
    traffic_limit: int = 0
    #: How the file goes.
    method: int = SmhMethod.AUTOMATIC
    #: What happens if a file of that name is there.
    conflict: int = SmhConflict.RENAME
    #: Make the folder, with its parents, if it is missing.
    create_directories: bool = False
    #: Do not ask by hash whether SMH has the bytes already.
    skip_instant: bool = False
    #: Keep the store's domain of the file of the same name, if possible.
    prefer_same_origin: bool = False


@dataclass(repr=False, eq=False)
class OpenimUpload(Record):
    """What an upload to OpenIM can ask for besides."""

    #: The full name to store the file under; it replaces a file of that name. Its extension decides the media type,
    #: unless one is given. No segment is "." or "..". Default: user_id/NAME.
    name: Optional[str] = None
    #: The group of files that the server counts this one to; then it goes by form, if one can be signed for its name.
    group: Optional[str] = None
    #: What the file is for, in words of your own; then it goes in parts.
    cause: Optional[str] = None
    #: How the file goes.
    method: int = OpenimMethod.AUTOMATIC
    #: The name itself is the key in the storage; for the admin alone, and by form. A second file under it of another
    #: size is refused for 12 hours, though the storage has it then.
    absolute: bool = False


@dataclass(repr=False, eq=False)
class UploadOptions(Record):
    """Options of an upload."""

    #: The name to store. Default: that of the path or of the file object, or "file".
    file_name: Optional[str] = None
    #: The media type to store. Default: what the name's extension suggests.
    content_type: Optional[str] = None
    #: Where files are sent in parts: how many of them side by side, at most 16. 0: 4.
    parallel_parts: int = 0
    #: Keep what has arrived of an upload in parts when it fails; the error's ``resume_token`` says how to go on.
    resumable: bool = False
    #: ``ChatfileError.resume_token`` of an earlier call for the same file and name.
    resume_token: Optional[str] = None
    #: A file that keeps what a resume token says, so that it survives your program.
    checkpoint: Optional[Path] = None
    #: What Easemob alone can do.
    easemob: Optional[EasemobUpload] = None
    #: What NetEase alone can do.
    netease: Optional[NeteaseUpload] = None
    #: What Huawei alone can do.
    huawei: Optional[HuaweiUpload] = None
    #: What Tencent SMH alone can do.
    smh: Optional[SmhUpload] = None
    #: What OpenIM alone can do.
    openim: Optional[OpenimUpload] = None


@dataclass(repr=False, eq=False)
class EasemobDownload(Record):
    """What a download from Easemob can ask for besides."""

    #: The secret that came with the upload of a restricted file.
    share_secret: Optional[str] = field(default=None, repr=False)
    #: The thumbnail of an image instead of the image.
    thumbnail: bool = False


@dataclass(repr=False, eq=False)
class HuaweiDownload(Record):
    """What a download from Huawei has to say besides."""

    #: The type of the file, which the service does not know by itself: one of those of an upload, richtext, doc,
    #: docx, pdf or zip.
    file_type: str
    #: The file is one of the media library.
    media_library: bool = False


@dataclass(repr=False, eq=False)
class SmhDownload(Record):
    """What a download from Tencent SMH can ask for besides."""

    #: The most bytes a second that the store sends, 100 KiB to 100 MiB. 0: no limit.
    traffic_limit: int = 0


@dataclass(repr=False, eq=False)
class OpenimDownload(Record):
    """What a download from OpenIM can ask for besides."""

    #: The thumbnail of an image instead of the image.
    thumbnail: bool = False
    #: The width of the thumbnail at most, in pixels. 0: that of the image; above 1,024, MinIO gives the image itself.
    thumbnail_width: int = 0
    #: The height of the thumbnail at most, in pixels. 0: that of the image; above 1,024, MinIO gives the image itself.
    thumbnail_height: int = 0
    #: "png", "jpeg", "jpg" or "gif" (one frame). Default: the storage's choice, which is "png" for MinIO.
    thumbnail_format: Optional[str] = None


@dataclass(repr=False, eq=False)
class DownloadOptions(Record):
    """Options of a download."""

    #: A file of more bytes is refused with :class:`chatfile.LimitError`. 0: no limit.
    max_size: int = 0
    #: When a download to a path fails, keep what has arrived as NAME.part; the next call goes on from there.
    resume: bool = False
    #: What Easemob alone can do.
    easemob: Optional[EasemobDownload] = None
    #: What Huawei has to be told; required there.
    huawei: Optional[HuaweiDownload] = None
    #: What Tencent SMH alone can do.
    smh: Optional[SmhDownload] = None
    #: What OpenIM alone can do.
    openim: Optional[OpenimDownload] = None


@dataclass(repr=False, eq=False)
class NeteaseDelete(Record):
    """A task that deletes files from NetEase by the time of their upload. The service takes 5 a day; no call deletes one
    file."""

    #: Files uploaded from this time on: milliseconds since 1970 UTC.
    start_time_ms: int
    #: Files uploaded up to this time: more than 1 and less than 7 days after the start, and before today in China.
    end_time_ms: int
    #: Only files whose media type contains this text; "image" is in "image/png".
    media_type: Optional[str] = None
    #: Only files with exactly this tag.
    tag: Optional[str] = None


@dataclass(repr=False, eq=False)
class SmhDelete(Record):
    """Which file Tencent SMH deletes."""

    #: The path of the file, as ``UploadResult.file`` gave it.
    path: str
    #: Delete it for good, also where the space has a recycle bin.
    permanent: bool = False


#: What :meth:`chatfile.Client.delete` takes.
Deletion = Union[NeteaseDelete, SmhDelete]
