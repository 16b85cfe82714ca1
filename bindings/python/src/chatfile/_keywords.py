"""Options as keywords of calls, for type checkers alone.

Made from include/chatfile.h by cargo xtask bindings; do not edit.
"""

from typing import Optional, Sequence, TypedDict, Union

from ._record import LogFunction, LoginFunction, Path, Seconds
from .enums import IpVersion, LogLevel, MessageKind, NeteaseMethod, OpenimMethod, SmhConflict, SmhDisposition, SmhMethod, ThumbnailKind, Trust
from .options import (
    EasemobDownload,
    EasemobUpload,
    HuaweiDownload,
    HuaweiUpload,
    NeteaseUpload,
    OpenimDownload,
    OpenimUpload,
    SmhDelete,
    SmhDownload,
    SmhUpload,
)


class ClientKeywords(TypedDict, total=False):
    """The fields of :class:`chatfile.ClientOptions`."""

    user_agent: Optional[str]
    connect_timeout: Optional[Seconds]
    stall_timeout: Optional[Seconds]
    deadline: Optional[Seconds]
    max_attempts: Optional[int]
    retry_delay: Optional[Seconds]
    retry_time: Optional[Seconds]
    calls_per_second: Optional[int]
    upload_rate: Optional[int]
    download_rate: Optional[int]
    fallback_urls: Optional[str]
    resolve: Optional[str]
    ip_version: IpVersion
    proxy: Optional[str]
    proxy_login: Optional[LoginFunction]
    no_proxy: Optional[str]
    proxy_from_environment: bool
    allow_plain_http: bool
    refuse_private_addresses: bool
    log_level: Optional[LogLevel]
    log: Optional[LogFunction]
    trace: bool
    trust: Trust
    ca_certificates: Optional[bytes]
    ca_certificates_path: Optional[Path]
    client_certificate: Union[None, str, bytes]
    client_key: Union[None, str, bytes]


class UploadKeywords(TypedDict, total=False):
    """The fields of :class:`chatfile.UploadOptions`, and of what hangs off it for the service of the client."""

    file_name: Optional[str]
    media_type: Optional[str]
    parallel_parts: Optional[int]
    resumable: bool
    resume_token: Optional[str]
    checkpoint: Optional[Path]
    compute_md5: bool
    compute_sha256: bool
    compute_crc64: bool
    message: MessageKind
    media_width: Optional[int]
    media_height: Optional[int]
    media_duration: Optional[Seconds]
    easemob: Optional[EasemobUpload]
    netease: Optional[NeteaseUpload]
    huawei: Optional[HuaweiUpload]
    smh: Optional[SmhUpload]
    openim: Optional[OpenimUpload]
    restrict_access: bool
    thumbnail_width: Optional[int]
    thumbnail_height: Optional[int]
    method: Union[NeteaseMethod, SmhMethod, OpenimMethod]
    plain_http_url: bool
    tag: Optional[str]
    ttl: Optional[Seconds]
    file_type: Optional[str]
    directory: Optional[str]
    labels: Sequence[str]
    category: Optional[str]
    local_creation_time: Optional[str]
    local_modification_time: Optional[str]
    content_cas: Optional[str]
    part_size: Optional[int]
    traffic_limit: Optional[int]
    conflict: SmhConflict
    create_directories: bool
    skip_instant: bool
    prefer_same_origin: bool
    name: Optional[str]
    group: Optional[str]
    cause: Optional[str]
    absolute: bool


class DownloadKeywords(TypedDict, total=False):
    """The fields of :class:`chatfile.DownloadOptions`, and of what hangs off it for the service of the client."""

    max_size: Optional[int]
    offset: Optional[int]
    length: Optional[int]
    expected_size: Optional[int]
    expected_md5: Optional[str]
    expected_sha256: Optional[str]
    expected_crc64: Optional[str]
    referer: Optional[str]
    thumbnail: ThumbnailKind
    thumbnail_width: Optional[int]
    thumbnail_height: Optional[int]
    resume: bool
    durable: bool
    parallel_parts: Optional[int]
    easemob: Optional[EasemobDownload]
    huawei: Optional[HuaweiDownload]
    smh: Optional[SmhDownload]
    openim: Optional[OpenimDownload]
    share_secret: Optional[str]
    file_type: Optional[str]
    media_library: bool
    version: Optional[str]
    traffic_limit: Optional[int]
    link_ttl: Optional[Seconds]
    disposition: SmhDisposition
    thumbnail_format: Optional[str]


class ListKeywords(TypedDict, total=False):
    """The fields of :class:`chatfile.ListOptions`."""

    marker: Optional[str]
    limit: Optional[int]
    versions: bool


class DeleteKeywords(TypedDict, total=False):
    """The fields of :class:`chatfile.DeleteOptions`, and of what hangs off it for the service of the client."""

    smh: Optional[SmhDelete]
    permanent: bool
