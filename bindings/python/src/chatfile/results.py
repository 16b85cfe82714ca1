"""What calls return."""

from typing import ClassVar, Iterator, Optional, Tuple

from ._record import Record

class Progress(Record):
    """How far a transfer has come, in bytes of the file."""

    #: Bytes moved so far. Equals ``total`` in the last report only.
    done: int
    #: The size of the file; None while it is not known.
    total: Optional[int]
    #: This is the last report, which a failed transfer never makes.
    finished: bool


class UploadResult(Record):
    """A stored file."""

    _hidden: ClassVar[Tuple[str, ...]] = ("share_secret",)

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
    share_secret: Optional[str] = None


class DownloadResult(Record):
    """A file that has arrived."""

    _hidden: ClassVar[Tuple[str, ...]] = ("data",)

    #: Bytes of the file.
    size: int
    #: The media type, as the service states it.
    media_type: Optional[str]
    #: How the bytes are coded (``gzip``, for example), if the answer says so though nothing but the bytes as they are
    #: was asked for; else None. They are as they came: to have the file, undo it.
    content_encoding: Optional[str]
    #: How often the download was tried.
    attempts: int
    #: The bytes, if no sink was given; else None.
    data: Optional[bytes] = None


class DeleteResult(Record):
    """A deletion that the service has accepted."""

    #: How often the call was tried.
    attempts: int
    #: The id of the task that deletes later, if the service answers with one.
    task_id: Optional[str] = None
    #: What the file is known by in the recycle bin, if it went there (SMH).
    recycled_item_id: Optional[str] = None


class FileInfo(Record):
    """What a service says of a file or a folder; what it does not say is None."""

    _hidden: ClassVar[Tuple[str, ...]] = ("url",)

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
    media_type: Optional[str] = None
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
    url: Optional[str] = None


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
