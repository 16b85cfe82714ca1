"""Accounts and options: a class for each structure of the C header, with the same names.

What is left at its default (``None``, ``False``) is what the library or the service finds fit. A number of 0, which
stands for that in C, is :class:`chatfile.ArgumentError`.

Made from include/chatfile.h by cargo xtask bindings; do not edit.
"""

from typing import ClassVar, Optional, Sequence, Tuple, Union

from ._record import LogFunction, LoginFunction, Path, Record, Seconds, SecretFunction, Time
from .enums import IpVersion, LogLevel, MessageKind, NeteaseMethod, OpenimMethod, SmhConflict, SmhDisposition, SmhMethod, ThumbnailKind, Trust

__all__ = [
    "Account",
    "ClientOptions",
    "DeleteOptions",
    "DownloadOptions",
    "Easemob",
    "EasemobDownload",
    "EasemobUpload",
    "Huawei",
    "HuaweiDownload",
    "HuaweiUpload",
    "ListOptions",
    "Netease",
    "NeteaseDeleteTask",
    "NeteaseUpload",
    "Openim",
    "OpenimDownload",
    "OpenimUpload",
    "Smh",
    "SmhDelete",
    "SmhDownload",
    "SmhUpload",
    "UploadOptions",
]


class Easemob(Record):
    """An Easemob app and who asks it. Give one kind of credentials: ``client_id`` and ``client_secret``, or username
    and password, or token. A ``client_secret``, password or token that is None is asked for by secret, if that is
    set."""

    _service: ClassVar[str] = "easemob"
    _hidden: ClassVar[Tuple[str, ...]] = ("client_secret", "password", "token")

    #: The AppKey, "org#app".
    app_key: str
    #: The app's client id, for back-ends. The token is fetched when it is needed, kept, and fetched anew when it
    #: expires or is refused.
    client_id: Optional[str] = None
    #: The secret that goes with ``client_id``.
    client_secret: Optional[str] = None
    #: A user's name; the token is fetched and kept as above.
    username: Optional[str] = None
    #: The password that goes with username.
    password: Optional[str] = None
    #: A token that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with
    #: :class:`chatfile.AuthError`. One that secret gives is asked for again then, once.
    token: Optional[str] = None
    #: The lifetime to ask for when a token is fetched, in seconds. Default: what the Easemob console says, 60 days
    #: unless changed.
    token_ttl: Optional[Seconds] = None
    #: The largest file that may be sent, in bytes. Default: 10 MiB (10,485,760), the service's limit unless it was
    #: raised for your app.
    max_upload_size: Optional[int] = None
    #: Gives "client_secret", "password" or "token" when it is needed.
    secret: Optional[SecretFunction] = None
    #: The REST address of the app's data centre, without a path: http:// or https://. Others: a31 (China 2), a1-sgp
    #: (Singapore), a41 (US-East), a51 (Frankfurt). Default: "https://a1.easemob.com" (China 1).
    base_url: Optional[str] = None


class Netease(Record):
    """A NetEase IM (Yunxin) app."""

    _service: ClassVar[str] = "netease"
    _hidden: ClassVar[Tuple[str, ...]] = ("app_secret",)

    #: The AppKey.
    app_key: str
    #: The AppSecret; it signs the requests and is never sent. Default: secret gives it.
    app_secret: Optional[str] = None
    #: The largest content that may be sent, in bytes as the service counts them: of the file with
    #: :attr:`NeteaseMethod.FORM`, of its base64 text with :attr:`NeteaseMethod.BASE64`. Default: 15 MiB (15,728,640),
    #: which as base64 is a file of 11,796,480 bytes.
    max_upload_size: Optional[int] = None
    #: Gives "app_secret" each time it is needed.
    secret: Optional[SecretFunction] = None
    #: The server address with its path: http:// or https://. Overseas: "https://api-sg.yunxinapi.com/nimserver".
    #: Default: "https://api.yunxinapi.com/nimserver".
    base_url: Optional[str] = None


class Huawei(Record):
    """A Huawei Cloud AICC tenant, and the customer on whose behalf files are sent."""

    _service: ClassVar[str] = "huawei"
    _hidden: ClassVar[Tuple[str, ...]] = ("app_secret",)

    #: The domain of the deployment with its port, if it has one: http:// or https://, for example
    #: "https://service.besclouds.com".
    base_url: str
    #: The app key.
    app_key: str
    #: The id of the configured channel.
    channel_id: str
    #: The customer, 1 to 32 characters.
    user_id: str
    #: The app secret. Default: secret gives it.
    app_secret: Optional[str] = None
    #: The customer's name. Default: ``user_id``.
    user_name: Optional[str] = None
    #: "zh", "zh_CN", "en" or "en_US". Default: "zh".
    locale: Optional[str] = None
    #: The lifetime to ask for when the AccessToken is fetched, in seconds, at most 3,600. Default: what the service
    #: gives.
    token_ttl: Optional[Seconds] = None
    #: The largest file that may be sent, in bytes. Default: no limit, since the vendor publishes none.
    max_upload_size: Optional[int] = None
    #: Gives "app_secret" each time it is needed.
    secret: Optional[SecretFunction] = None


class Smh(Record):
    """A media library of Tencent SMH and who asks it: give ``library_secret`` or ``access_token``. If both are None,
    one of them is asked for by secret; ``ask_access_token`` says which."""

    _service: ClassVar[str] = "smh"
    _hidden: ClassVar[Tuple[str, ...]] = ("library_secret", "access_token")

    #: The id of the media library.
    library_id: str
    #: The secret of the library, for back-ends. A token is fetched when it is needed, kept, and fetched anew when it
    #: expires or is refused.
    library_secret: Optional[str] = None
    #: A token that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with
    #: :class:`chatfile.AuthError`. One that secret gives is asked for again then, once.
    access_token: Optional[str] = None
    #: The tenant space. Default: the only one of a single-tenant library.
    space_id: Optional[str] = None
    #: The user in whose name it is done. Default: nobody's.
    user_id: Optional[str] = None
    #: The client of that user that a token is fetched for.
    client_id: Optional[str] = None
    #: The session of that user that a token is fetched for.
    session_id: Optional[str] = None
    #: What a fetched token may do, with commas between ("upload_file", "confirm_upload", ..., or "admin"). "": read
    #: only. Default: what uploads, downloads, deletions and the making of folders need.
    grant: Optional[str] = None
    #: The lifetime of a fetched token in seconds, 300 to 315,360,000; every use of the token begins it anew. Default: a
    #: day.
    token_ttl: Optional[Seconds] = None
    #: SMH runs as a private deployment, in which each part of a file has credentials of its own.
    private_deployment: bool = False
    #: With ``library_secret`` and ``access_token`` both None, secret is asked for "access_token"; with
    #: ``library_secret`` it is :class:`chatfile.ArgumentError`. Otherwise for "library_secret".
    ask_access_token: bool = False
    #: Gives "library_secret" or "access_token" when it is needed.
    secret: Optional[SecretFunction] = None
    #: The address of SMH without a path: http:// or https://. The vendor recommends the domain of the library,
    #: "https://LIBRARY_ID.api.tencentsmh.cn". With http:// the store behind it is reached without TLS, too. Default:
    #: "https://api.tencentsmh.cn".
    base_url: Optional[str] = None


class Openim(Record):
    """An OpenIM server and who asks it: a user with a token, or, for back-ends, the admin with the server's secret, for
    himself or for a user."""

    _service: ClassVar[str] = "openim"
    _hidden: ClassVar[Tuple[str, ...]] = ("token", "admin_secret")

    #: The address of the server's API: http:// or https://, for example "https://im.example.com/api" or
    #: "http://10.0.0.1:10002".
    base_url: str
    #: Who asks: a user's id; with ``admin_secret`` and without platform the admin's.
    user_id: str
    #: A token of ``user_id`` that you got elsewhere. It cannot be renewed here: when it is refused, calls fail with
    #: :class:`chatfile.AuthError`. One that secret gives is asked for again then, once.
    token: Optional[str] = None
    #: The server's secret, in place of token, for back-ends. Tokens are fetched when they are needed, kept, and fetched
    #: anew when they expire or are refused.
    admin_secret: Optional[str] = None
    #: The admin who fetches the token of ``user_id``; with platform alone. Default: "imAdmin".
    admin_user_id: Optional[str] = None
    #: With ``admin_secret``: what ``user_id`` is logged in on, which can end an older login of the user there. 1 iOS, 2
    #: Android, 3 Windows, 4 macOS, 5 web, 6 mini program, 7 Linux, 8 Android tablet, 9 iPad, 11 HarmonyOS. Default:
    #: ``user_id`` is the admin.
    platform: Optional[int] = None
    #: With token and ``admin_secret`` both None, secret is asked for "admin_secret". Otherwise for "token".
    ask_admin_secret: bool = False
    #: The largest file that may be sent, in bytes. Default: no limit, since the server has none.
    max_upload_size: Optional[int] = None
    #: Gives "token" or "admin_secret" when it is needed.
    secret: Optional[SecretFunction] = None


#: What :class:`chatfile.Client` opens.
Account = Union[Easemob, Netease, Huawei, Smh, Openim]


class ClientOptions(Record):
    """How a client behaves. The defaults suit a desktop program on Wi-Fi."""

    _hidden: ClassVar[Tuple[str, ...]] = ("proxy", "client_key")

    #: Your program as it should appear in the User-Agent, for example "MyChat/4.2"; the library's own name is added.
    #: ASCII. Default: that alone.
    user_agent: Optional[str] = None
    #: The longest time for one connection, in seconds: name look-up, TCP, proxy and TLS together. Default: 15.
    connect_timeout: Optional[Seconds] = None
    #: A transfer in which no byte moves for so many seconds has failed; one byte a second is alive. Default: 60.
    stall_timeout: Optional[Seconds] = None
    #: The longest time for a whole call with all its attempts, in seconds. Default: no limit.
    deadline: Optional[Seconds] = None
    #: How often each request of a call is tried. A request lost on a kept-alive connection that the server had closed
    #: is sent again and not counted; an upload is not, where this is 1. Default: 4; 1: never again.
    max_attempts: Optional[int] = None
    #: The upper bound of the pause before the second attempt, in seconds; it doubles with each further one, and the
    #: pause is a random part of it. What the service asks for is added. Default: 0.5.
    retry_delay: Optional[Seconds] = None
    #: No attempt begins later than so many seconds after its call did. Default: no limit.
    retry_time: Optional[Seconds] = None
    #: The most calls of the service in a second, over all threads that use this client; tokens (but OpenIM's),
    #: presigned requests, NetEase downloads and the parts of files are not counted. Several clients or programs with
    #: one app do not know of each other: divide it. Default: what the vendor allows an app (100 at Easemob and NetEase;
    #: the others state none).
    calls_per_second: Optional[int] = None
    #: The most bytes to send in a second, over all transfers; see :meth:`chatfile.Client.set_rates`. Default: no limit.
    upload_rate: Optional[int] = None
    #: The most bytes to receive in a second, over all transfers. Default: no limit.
    download_rate: Optional[int] = None
    #: Other addresses of the same service, separated by commas: URLs of the form of ``base_url``. Where that cannot be
    #: reached (name, connection, TLS), so that nothing was sent, they are asked in turn; the one that was reached is
    #: asked first from then on. None may be http:// if ``base_url`` is https://.
    fallback_urls: Optional[str] = None
    #: Where hosts are, whatever the system says: "HOST:PORT:ADDRESS", separated by commas; a host that is named several
    #: times has several addresses. Hosts that a proxy resolves are not looked for here. Default: nothing is said.
    resolve: Optional[str] = None
    #: Which addresses of hosts to connect to.
    ip_version: IpVersion = IpVersion.ANY
    #: A proxy for everything: "http://user:password@host:port" (plain requests for http, CONNECT for https),
    #: "https://..." (the same over TLS), "socks5h://...", which all resolve the names of hosts, or "socks5://...",
    #: which is given addresses; user name and password percent-encoded. An http proxy gets them by Basic, or by Digest
    #: if it asks for that. "system": on Windows what the Internet options of the user say (a script there is
    #: :class:`chatfile.UnsupportedError`), elsewhere the environment, as with ``proxy_from_environment``.
    proxy: Optional[str] = None
    #: Gives the user name and password for a proxy that asks for them, where its URL has none, or none that it takes.
    #: Default: nobody is asked.
    proxy_login: Optional[LoginFunction] = None
    #: Hosts to reach without the proxy, separated by commas: names, with their subdomains, addresses, networks
    #: ("10.0.0.0/8"), each alone or at a port ("example.com:8080"); "*" for all.
    no_proxy: Optional[str] = None
    #: Take the proxies from the environment (http_proxy, https_proxy, all_proxy, no_proxy), now; not together with
    #: proxy. Otherwise the environment is not looked at.
    proxy_from_environment: bool = False
    #: Let a service or host that is asked over https send us on to an "http://" address, by a redirect or as its store,
    #: where anyone in between can read and change the file. Otherwise that is refused, by
    #: :class:`chatfile.BlockedAddressError` with this field.
    allow_plain_http: bool = False
    #: Send nothing to a loopback, link-local, private or other special-purpose address if a message, a presigned
    #: request, an answer or a redirect says so (:class:`chatfile.BlockedAddressError` with this field): for back-ends,
    #: which such a URL could lead to hosts that nobody outside may reach. It is checked on the address that is
    #: connected to. ``base_url`` and the proxies may be any; behind a proxy only the proxy knows what a name stands
    #: for, so that only addresses and localhost are refused. Otherwise they may lead anywhere.
    refuse_private_addresses: bool = False
    #: How much to log. Default: what that logger lets pass when the client is opened; with ``log``
    #: :attr:`LogLevel.INFO`.
    log_level: Optional[LogLevel] = None
    #: Takes the lines of the log. Default: ``logging.getLogger("chatfile")``.
    log: Optional[LogFunction] = None
    #: The error of a call that failed says what the call has done (``ChatfileError.trace``), which is kept in memory
    #: meanwhile, up to 64 KiB of it. Whatever becomes of a call, its log says the same with :attr:`LogLevel.TRACE`.
    #: Otherwise errors have no trace.
    trace: bool = False
    #: Which CA certificates to trust besides ``ca_certificates``.
    trust: Trust = Trust.BOTH
    #: More CA certificates to trust: PEM (any number) or DER (one).
    ca_certificates: Optional[bytes] = None
    #: A file with them instead: not together with ``ca_certificates``.
    ca_certificates_path: Optional[Path] = None
    #: A certificate chain that says who this client is: PEM, its own first.
    client_certificate: Union[None, str, bytes] = None
    #: The key that goes with it: PEM (PKCS#8, PKCS#1 or SEC1).
    client_key: Union[None, str, bytes] = None


class EasemobUpload(Record):
    """What an upload to Easemob can ask for besides."""

    #: Only who knows the share secret may download the file. Easemob has to switch the feature on for the app: else the
    #: file is stored open to all, and the call fails with :class:`chatfile.NotRestrictedError`.
    restrict_access: bool = False
    #: Width of the thumbnail that the service makes of an image, in pixels. Default: 170.
    thumbnail_width: Optional[int] = None
    #: Height of that thumbnail, in pixels. Default: 170.
    thumbnail_height: Optional[int] = None


class NeteaseUpload(Record):
    """What an upload to NetEase can ask for besides."""

    #: How the file goes.
    method: NeteaseMethod = NeteaseMethod.FORM
    #: Ask for an http:// URL. Otherwise https://, other than the service's own default.
    plain_http_url: bool = False
    #: The scenario tag to store with the file, at most 32 characters.
    tag: Optional[str] = None
    #: The lifetime of the file, in seconds, at least 86,400 and at most 68 years: it is deleted then. Default: for
    #: ever.
    ttl: Optional[Seconds] = None


class HuaweiUpload(Record):
    """What an upload to Huawei can ask for besides."""

    #: The type of the file: jpg, jpeg, png, bmp, mp3, aac, mp4, txt or csv, in any case. Default: the extension of its
    #: name, for which alone ``file_name`` is of use here; ``media_type`` is not sent.
    file_type: Optional[str] = None


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
    #: With :attr:`SmhConflict.OVERWRITE`: only the file with this content, which ``UploadResult.content_cas`` or
    #: ``FileInfo.content_cas`` has told. If it has been changed meanwhile, or is not there, nothing is overwritten, and
    #: the upload fails with :class:`chatfile.ConflictError`. :class:`chatfile.UnsupportedError` with a private
    #: deployment, which ignores it. Default: whatever is there is overwritten.
    content_cas: Optional[str] = None
    #: The bytes of each part but the last, 1 MiB to 5 GiB, and enough for at most 10,000 parts;
    #: :class:`chatfile.ArgumentError` with :attr:`SmhMethod.SIMPLE` or :attr:`SmhMethod.FORM`. Default: 2 MiB, or more
    #: where that makes too many.
    part_size: Optional[int] = None
    #: The most bytes a second that the store takes on each connection, 100 KiB (102,400) to 100 MiB (104,857,600).
    #: Default: no limit.
    traffic_limit: Optional[int] = None
    #: How the file goes.
    method: SmhMethod = SmhMethod.AUTOMATIC
    #: What happens if a file of that name is there.
    conflict: SmhConflict = SmhConflict.RENAME
    #: Make the folder, with its parents, if it is missing. Otherwise the upload fails then.
    create_directories: bool = False
    #: Do not ask by hash whether SMH has the bytes already. Asking costs reading the file once more, from 1 MiB on, and
    #: saves sending it.
    skip_instant: bool = False
    #: Keep the store's domain of the file of the same name, if possible.
    prefer_same_origin: bool = False


class OpenimUpload(Record):
    """What an upload to OpenIM can ask for besides."""

    #: The full name to store the file under, at most 1,024 bytes; it replaces a file of that name. It begins with
    #: ``user_id`` and a slash, unless the admin asks, and has no segment "." or "..", which no URL can hold. Its
    #: extension decides the media type if ``media_type`` is None. Default: ``user_id``, a slash and the name of the
    #: file.
    name: Optional[str] = None
    #: The group of files that the server counts this one to; then it goes by form, if one can be signed for its name
    #: and media type.
    group: Optional[str] = None
    #: What the file is for, in words of your own; then it goes in parts.
    cause: Optional[str] = None
    #: How the file goes.
    method: OpenimMethod = OpenimMethod.AUTOMATIC
    #: The name itself is the key in the storage; for the admin alone, and by form. A second file under it of another
    #: size replaces the first in the storage, but is :class:`chatfile.IntegrityError` for 12 hours: the server
    #: remembers the size.
    absolute: bool = False


class UploadOptions(Record):
    """Options of an upload."""

    #: The name to store. Default: that of the path, or "file".
    file_name: Optional[str] = None
    #: The media type to store; NetEase takes at most 128 characters, and deletes by it. Default: what the name's
    #: extension suggests, or else the first bytes show (of a read callback only with message, for it is not touched
    #: before there is a connection), or "application/octet-stream".
    media_type: Optional[str] = None
    #: Where files are sent in parts (:attr:`Capability.PARTS`): how many of them side by side, at most 16, each with a
    #: thread and a connection while the call lasts. What a read callback gives is sent one part after the other.
    #: Default: 4.
    parallel_parts: Optional[int] = None
    #: What has arrived of an upload in parts is kept when it fails, and ``ChatfileError.resume_token`` says how to go
    #: on with it. A file is then sent in parts whenever it makes more than one (SMH: 2 MiB, OpenIM: 5 MiB), unless a
    #: method is asked for. Otherwise the service is told to throw it away, if it can be told.
    resumable: bool = False
    #: ``ChatfileError.resume_token`` of an earlier call for the same file and name. What has arrived is compared with
    #: the file and not sent again; a file that has changed is sent from the start. As with resumable, which it implies.
    resume_token: Optional[str] = None
    #: A file that keeps what a resume token says, so that it survives your program. It is made when parts are sent,
    #: gone on with if it is there, and removed when the upload has succeeded; one upload at a time can use it
    #: (:class:`chatfile.CheckpointError`). A file that no upload of this user has left is not touched
    #: (:class:`chatfile.ArgumentError`, or :class:`chatfile.CheckpointError` if it is no file but a link), but for one
    #: of nothing but zeros, as a power cut makes one of a checkpoint. Not together with ``resume_token``; implies
    #: resumable.
    checkpoint: Optional[Path] = None
    #: The MD5 of what is sent is computed on the way, for ``UploadResult.md5``. What other threads have sent (parts
    #: side by side), or an earlier call, is read once more for it before the upload is completed.
    compute_md5: bool = False
    #: The same with the SHA-256, for ``UploadResult.sha256``.
    compute_sha256: bool = False
    #: The same with the CRC-64, for ``UploadResult.crc64``; at SMH, that of the parts is made of theirs, and nothing is
    #: read once more for it.
    compute_crc64: bool = False
    #: What the service's own message about the file shows, if one is to be made. It is then in
    #: ``UploadResult.message``, ready to send. :class:`chatfile.UnsupportedError` where the service has no messages
    #: (SMH), or a presigned upload has no URL before it is completed.
    message: MessageKind = MessageKind.NONE
    #: What the message says of the width of a picture or video, in pixels; with ``media_height``, and only with
    #: message. Default: that in the first 256 KiB of a picture (JPEG, PNG, GIF, WebP, BMP, HEIC, AVIF), as it is shown:
    #: turned as Exif data of a JPEG and the box "irot" of a HEIC say.
    media_width: Optional[int] = None
    #: The same of the height; with ``media_width``. Default: as there.
    media_height: Optional[int] = None
    #: What the message says of how long it plays; only with message. Services that count in seconds are told whole
    #: ones, rounded up. Default: nothing.
    media_duration: Optional[Seconds] = None
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


class EasemobDownload(Record):
    """What a download from Easemob can ask for besides."""

    _hidden: ClassVar[Tuple[str, ...]] = ("share_secret",)

    #: The secret that came with the upload of a restricted file.
    share_secret: Optional[str] = None


class HuaweiDownload(Record):
    """What a download from Huawei has to say besides."""

    #: The type of the file, which the service does not know by itself: one of those of an upload, richtext, doc, docx,
    #: pdf or zip.
    file_type: str
    #: The file is one of the media library.
    media_library: bool = False


class SmhDownload(Record):
    """What a download from Tencent SMH can ask for besides."""

    #: An older version of the file: ``FileInfo.version`` of a list of its versions (``ListOptions.versions``). Default:
    #: the present one.
    version: Optional[str] = None
    #: The most bytes a second that the store sends, 100 KiB (102,400) to 100 MiB (104,857,600). Default: no limit.
    traffic_limit: Optional[int] = None
    #: How long the address of a presigned download is good, from a minute to two hours; only for
    #: :meth:`chatfile.Client.presign_download`. Default: as long as SMH finds fit, some two hours.
    link_ttl: Optional[Seconds] = None
    #: What a browser does with the file at the address of a presigned download.
    disposition: SmhDisposition = SmhDisposition.AUTOMATIC


class OpenimDownload(Record):
    """What a download from OpenIM can ask for besides."""

    #: The format of the picture that ``DownloadOptions.thumbnail`` asks for: "png", "jpeg", "jpg" or "gif" (one frame).
    #: Default: the storage's choice, which is "png" for MinIO, whatever the image is.
    thumbnail_format: Optional[str] = None


class DownloadOptions(Record):
    """Options of a download."""

    #: A file of more bytes is refused with :class:`chatfile.LimitError`, at the latest when it has arrived so far.
    #: Default: no limit.
    max_size: Optional[int] = None
    #: The first byte that is wanted, counted from 0, for a preview, or to go on by hand. At the end of the file there
    #: is nothing, which is a success; behind it :class:`chatfile.LimitError`. With this or length, ``max_size`` and
    #: progress are about the part alone, ``expected_size`` is compared with the whole size that the answer states, and
    #: ``expected_md5`` and its like, which are of the whole file, are :class:`chatfile.ArgumentError`. Of a server that
    #: serves no ranges the bytes before are received and passed over. Huawei cannot do it
    #: (:class:`chatfile.UnsupportedError`). Default: from the start.
    offset: Optional[int] = None
    #: How many bytes are wanted; a file that ends before has fewer: ``DownloadResult.size`` says how many have come.
    #: Default: all that follow.
    length: Optional[int] = None
    #: How many bytes the file has to have, as the message that names it says. Another size is
    #: :class:`chatfile.IntegrityError`, before the first byte is taken if the answer states its length, and no file is
    #: left: so a page that a portal answers with is told from the file. What differs is in ``ChatfileError.field``,
    #: both values are in the message. Such an error is not retried. Default: not checked.
    expected_size: Optional[int] = None
    #: The MD5 that the file has to have: 32 hexadecimal digits. It is compared when all has arrived, also of a download
    #: that was resumed; another one is :class:`chatfile.IntegrityError`, and no file is left, but a write callback has
    #: got the bytes by then. Default: not checked.
    expected_md5: Optional[str] = None
    #: The SHA-256 that the file has to have: 64 hexadecimal digits; as with ``expected_md5``. Default: not checked.
    expected_sha256: Optional[str] = None
    #: The CRC-64 (CRC-64/XZ) that the file has to have, as services write it: an unsigned decimal number; as with
    #: ``expected_md5``. Default: not checked.
    expected_crc64: Optional[str] = None
    #: The page that the file is said to be for, which goes as the header field Referer with the requests that fetch it,
    #: redirected ones too: hosts with hot-link protection want that of a page that may show it. Default: none is said.
    referer: Optional[str] = None
    #: Whether a small picture comes in place of the file, and of what kind of file. Where none can be made of it, the
    #: file itself may come. :class:`chatfile.UnsupportedError` where the service makes none (Huawei), and of videos at
    #: OpenIM.
    thumbnail: ThumbnailKind = ThumbnailKind.NONE
    #: The width of that picture at most, in pixels; the proportions stay. Only with thumbnail, and
    #: :class:`chatfile.UnsupportedError` at Easemob, where the upload says it, and :class:`chatfile.LimitError` above
    #: what the service makes. Default: as the height demands; if that is not said either: what the upload asked for
    #: (Easemob), the image's own size (OpenIM, also above 1,024), elsewhere 170 by 170.
    thumbnail_width: Optional[int] = None
    #: The height of that picture at most, as the width. Default: as there.
    thumbnail_height: Optional[int] = None
    #: When a download to a path fails, what has arrived is kept as NAME.part and NAME.part.json, if the service names
    #: the version of the file (ETag); the next call for the same file and path goes on from there, if the version is
    #: still the same. Only what an earlier call of this user has left is gone on with; anything else of these names is
    #: :class:`chatfile.SinkError`. After a power cut, what was not on the disk is fetched again. Huawei cannot do it.
    #: Otherwise nothing is kept.
    resume: bool = False
    #: When a download to a path has succeeded, no power cut takes the file back: it is synced before it gets its name,
    #: and its folder behind that (on Windows, which syncs no folders, the file once more). If that fails, the call
    #: fails with :class:`chatfile.SinkError` although the file is in its place. A folder that cannot be synced because
    #: it may not be read is found before anything is sent. Otherwise the bytes are synced; after a power cut the name
    #: may still stand for the old file, or for none.
    durable: bool = False
    #: How many ranges of the file are fetched side by side when it goes to a path and is larger than 256 KiB: 1 to 16.
    #: Each has a thread and a connection while the call lasts. All are of one version: where the service names none or
    #: serves no ranges, and to memory or a callback, the bytes come one after the other. Huawei cannot do it
    #: (:class:`chatfile.UnsupportedError`). Default: 1.
    parallel_parts: Optional[int] = None
    #: What Easemob alone can do.
    easemob: Optional[EasemobDownload] = None
    #: What Huawei has to be told; required there.
    huawei: Optional[HuaweiDownload] = None
    #: What Tencent SMH alone can do.
    smh: Optional[SmhDownload] = None
    #: What OpenIM alone can do.
    openim: Optional[OpenimDownload] = None


class ListOptions(Record):
    """Which of what is in a folder :meth:`chatfile.Client.list` gives."""

    #: ``Listing.next_marker`` of the list before. Default: from the start.
    marker: Optional[str] = None
    #: The most entries; the service may give fewer. Default: what it finds fit (SMH: 20).
    limit: Optional[int] = None
    #: List the versions of a file, which stands in the place of the folder then: first the present one, then the older
    #: ones, from the newest on. ``FileInfo.version`` names each for a download.
    versions: bool = False


class SmhDelete(Record):
    """What a deletion at Tencent SMH can ask for besides."""

    #: Delete it for good, also where the space has a recycle bin.
    permanent: bool = False


class DeleteOptions(Record):
    """Options of a deletion."""

    #: What Tencent SMH alone can do.
    smh: Optional[SmhDelete] = None


class NeteaseDeleteTask(Record):
    """What :meth:`chatfile.Client.delete_by_time` deletes. NetEase takes 5 such tasks a day."""

    #: Files uploaded from this time on.
    start_time: Time
    #: Files uploaded up to this time: more than 1 and less than 7 days after the start, and before today in China
    #: (UTC+8).
    end_time: Time
    #: Only files whose media type contains this text; "image" is in "image/png". Default: all.
    media_type: Optional[str] = None
    #: Only files with exactly this tag. Default: all.
    tag: Optional[str] = None
