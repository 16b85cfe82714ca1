"""What calls return."""

import enum
from dataclasses import dataclass, field
from typing import Iterator, Optional, Tuple

from . import _abi
from ._record import Record


class Capability(enum.IntFlag):
    """What the service of a client can do."""

    UPLOAD = _abi.CHATFILE_CAN_UPLOAD
    DOWNLOAD = _abi.CHATFILE_CAN_DOWNLOAD
    DELETE_BY_TIME = _abi.CHATFILE_CAN_DELETE_BY_TIME
    SHARE_SECRET = _abi.CHATFILE_CAN_SHARE_SECRET
    THUMBNAIL = _abi.CHATFILE_CAN_THUMBNAIL
    PRESIGN = _abi.CHATFILE_CAN_PRESIGN
    DELETE = _abi.CHATFILE_CAN_DELETE
    PARTS = _abi.CHATFILE_CAN_PARTS
    INSTANT_UPLOAD = _abi.CHATFILE_CAN_INSTANT_UPLOAD
    INFO = _abi.CHATFILE_CAN_INFO
    LIST = _abi.CHATFILE_CAN_LIST


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


@dataclass(repr=False, eq=False)
class Progress(Record):
    """How far a transfer has come, in bytes of the file."""

    #: Bytes moved so far. Equals ``total`` in the last report only.
    done: int
    #: The size of the file; None while it is not known.
    total: Optional[int]
    #: This is the last report, which a failed transfer never makes.
    finished: bool


@dataclass(repr=False, eq=False)
class UploadResult(Record):
    """A stored file."""

    #: What names the file in :meth:`chatfile.Client.download`.
    file: str
    #: The URL to put into a message; None where files have no lasting URL.
    url: Optional[str]
    #: Bytes of the file.
    size: int
    #: The service had these bytes already, so that none were sent.
    instant: bool
    #: How often the upload was tried.
    attempts: int
    #: The secret that a download of this file needs; None if it needs none.
    share_secret: Optional[str] = field(default=None, repr=False)


@dataclass(repr=False, eq=False)
class DownloadResult(Record):
    """A file that has arrived."""

    #: Bytes of the file.
    size: int
    #: The media type, as the service states it.
    content_type: Optional[str]
    #: How the bytes are coded (``gzip``, for example), if the answer says so though nothing but the bytes as they are
    #: was asked for; else None. They are as they came: to have the file, undo it.
    content_encoding: Optional[str]
    #: How often the download was tried.
    attempts: int
    #: The bytes, if no sink was given; else None.
    data: Optional[bytes] = field(default=None, repr=False)


@dataclass(repr=False, eq=False)
class DeleteResult(Record):
    """A deletion that the service has accepted."""

    #: How often the call was tried.
    attempts: int
    #: The id of the task that deletes later, if the service answers with one.
    task_id: Optional[str] = None
    #: What the file is known by in the recycle bin, if it went there (SMH).
    recycled_item_id: Optional[str] = None


@dataclass(repr=False, eq=False)
class FileInfo(Record):
    """What a service says of a file or a folder; what it does not say is None."""

    #: Its name without the folder.
    name: Optional[str] = None
    #: What it is, as the service writes it (SMH: "file", "dir", "image", "video", "symlink" or "virtual").
    kind: Optional[str] = None
    #: Its bytes.
    size: Optional[int] = None
    #: The CRC-64 (CRC-64/XZ) of its bytes.
    crc64: Optional[int] = None
    #: What it is known by at the store, without quotes.
    etag: Optional[str] = None
    #: Its media type.
    content_type: Optional[str] = None
    #: When it came to be at the service, as the service writes it.
    creation_time: Optional[str] = None
    #: When it was last changed there.
    modification_time: Optional[str] = None
    #: When it was made where it comes from, as the upload said.
    local_creation_time: Optional[str] = None
    #: When it was last changed where it comes from, as the upload said.
    local_modification_time: Optional[str] = None
    #: The labels that it was given.
    labels: Tuple[str, ...] = ()
    #: The category that it was given.
    category: Optional[str] = None
    #: Where anybody can get it without a token, for a while.
    url: Optional[str] = field(default=None, repr=False)


@dataclass(repr=False, eq=False)
class Listing(Record):
    """Some of what is in a folder."""

    #: Files and folders.
    entries: Tuple[FileInfo, ...]
    #: Where the next list begins; None if these were the last.
    next_marker: Optional[str]

    def __iter__(self) -> Iterator[FileInfo]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)
