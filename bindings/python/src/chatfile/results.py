"""What calls return.

Made from include/chatfile.h by cargo xtask bindings; do not edit.
"""

import ctypes
from typing import Any, ClassVar, Iterator, Optional, Tuple

from ._library import known, lib, number_of, text_of
from ._record import Record
from .enums import CheckKind, Status, Verdict


class UploadResult(Record):
    """A stored file."""

    _hidden: ClassVar[Tuple[str, ...]] = ("share_secret", "message")

    #: What names the file in :meth:`chatfile.Client.download`: each service has a kind of name of its own.
    file: str
    #: Bytes of the file.
    size: int
    #: Whether the service had these bytes already, so that none were sent.
    instant: bool
    #: How often the upload was tried, 1 or more; of several requests, the one that was tried most.
    attempts: int
    #: The URL to put into a message, as the service gave it, but for what no URL can hold, which is percent-encoded
    #: here. None where files have no lasting URL, or none yet (a presigned upload that is not completed).
    url: Optional[str] = None
    #: The secret that a download of this file needs; None if it needs none.
    share_secret: Optional[str] = None
    #: The MD5 of what was sent, in 32 lower-case hexadecimal digits; None unless the option ``compute_md5`` was set, or
    #: a message says it (NetEase).
    md5: Optional[str] = None
    #: The SHA-256 of what was sent, in 64 lower-case hexadecimal digits; None unless the option ``compute_sha256`` was
    #: set.
    sha256: Optional[str] = None
    #: The CRC-64 (CRC-64/XZ) of what was sent, as services write it: an unsigned decimal number; None unless the option
    #: ``compute_crc64`` was set.
    crc64: Optional[str] = None
    #: What the service's own message about the file says, as JSON: what the vendor's SDKs, or the call that sends
    #: messages, take (the page of each service says it). It may hold the share secret. None unless the option message
    #: was set.
    message: Optional[str] = None
    #: What the service calls messages of this kind: "1", "img", "102" or "IMAGE" for a picture, as the service has it.
    #: None unless the option message was set.
    message_type: Optional[str] = None
    #: What the content of the file is known by, for ``SmhUpload.content_cas`` of an upload that overwrites it; None
    #: where the service does not say.
    content_cas: Optional[str] = None


def read_upload_result(handle: Any) -> UploadResult:
    """Asks C for all of it."""
    return UploadResult(
        file=text_of(lib.upload_result_file(handle)) or "",
        size=lib.upload_result_size(handle),
        instant=lib.upload_result_instant(handle) != 0,
        attempts=lib.upload_result_attempts(handle),
        url=text_of(lib.upload_result_url(handle)),
        share_secret=text_of(lib.upload_result_share_secret(handle)),
        md5=text_of(lib.upload_result_md5(handle)),
        sha256=text_of(lib.upload_result_sha256(handle)),
        crc64=text_of(lib.upload_result_crc64(handle)),
        message=text_of(lib.upload_result_message(handle)),
        message_type=text_of(lib.upload_result_message_type(handle)),
        content_cas=text_of(lib.upload_result_content_cas(handle)),
    )


class DownloadResult(Record):
    """A file that has arrived, or a part of one."""

    _hidden: ClassVar[Tuple[str, ...]] = ("data",)

    #: Bytes that have arrived: those of the file, or of the part of it that was asked for.
    size: int
    #: How often the download was tried, 1 or more.
    attempts: int
    #: The size of the whole file in bytes (also if a part of it was asked for).
    file_size: Optional[int] = None
    #: The bytes, if no sink was given; else None.
    data: Optional[bytes] = None
    #: The media type, as the service states it; None if it does not.
    media_type: Optional[str] = None
    #: How the bytes are coded ("gzip", for example), if the answer says so though nothing but the bytes as they are was
    #: asked for; else None. They are as they came: to have the file, undo it.
    content_encoding: Optional[str] = None


def read_download_result(handle: Any) -> DownloadResult:
    """Asks C for all of it."""
    address, size = lib.download_result_data(handle), lib.download_result_size(handle)
    return DownloadResult(
        size=lib.download_result_size(handle),
        attempts=lib.download_result_attempts(handle),
        file_size=number_of(handle, lib.download_result_file_size),
        data=None if address is None else ctypes.string_at(address, size),
        media_type=text_of(lib.download_result_media_type(handle)),
        content_encoding=text_of(lib.download_result_content_encoding(handle)),
    )


class DeleteResult(Record):
    """A deletion that the service has accepted."""

    #: How often the call was tried, 1 or more.
    attempts: int
    #: The id of the task that deletes later, if the service answers with one; else None.
    task_id: Optional[str] = None
    #: What the file is known by in the recycle bin, if it went there (SMH); else None.
    recycled_item_id: Optional[str] = None


def read_delete_result(handle: Any) -> DeleteResult:
    """Asks C for all of it."""
    return DeleteResult(
        attempts=lib.delete_result_attempts(handle),
        task_id=text_of(lib.delete_result_task_id(handle)),
        recycled_item_id=text_of(lib.delete_result_recycled_item_id(handle)),
    )


class FileInfo(Record):
    """What a service says of a file or a folder. What the service does not say is None."""

    _hidden: ClassVar[Tuple[str, ...]] = ("url",)

    #: Its name without the folder.
    name: Optional[str] = None
    #: What it is, as the service writes it (SMH: "file", "dir", "image", "video", "symlink" or "virtual").
    kind: Optional[str] = None
    #: Its bytes.
    size: Optional[int] = None
    #: The CRC-64 (CRC-64/XZ) of its bytes, an unsigned decimal number, or None. ``Digest.text`` computes it.
    crc64: Optional[str] = None
    #: What it is known by at the store, without quotes: the MD5 of a file that came in one request.
    etag: Optional[str] = None
    #: Its media type.
    media_type: Optional[str] = None
    #: When it came to be at the service, as the service writes it (SMH: like "2022-07-26T02:58:09.000Z").
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
    #: Where anybody can get it without a token, for a while (SMH: some two hours).
    url: Optional[str] = None
    #: What its content is known by, for ``SmhUpload.content_cas``.
    content_cas: Optional[str] = None
    #: Which version of the file it is, for ``SmhDownload.version``. Only in a list of versions
    #: (``ListOptions.versions``), and None for the present one, or a number of its own.
    version: Optional[str] = None


def read_file_info(handle: Any) -> FileInfo:
    """Asks C for all of it."""
    return FileInfo(
        name=text_of(lib.file_info_name(handle)),
        kind=text_of(lib.file_info_kind(handle)),
        size=number_of(handle, lib.file_info_size),
        crc64=text_of(lib.file_info_crc64(handle)),
        etag=text_of(lib.file_info_etag(handle)),
        media_type=text_of(lib.file_info_media_type(handle)),
        creation_time=text_of(lib.file_info_creation_time(handle)),
        modification_time=text_of(lib.file_info_modification_time(handle)),
        local_creation_time=text_of(lib.file_info_local_creation_time(handle)),
        local_modification_time=text_of(lib.file_info_local_modification_time(handle)),
        labels=tuple(text_of(lib.file_info_label(handle, index)) or "" for index in range(lib.file_info_label_count(handle))),
        category=text_of(lib.file_info_category(handle)),
        url=text_of(lib.file_info_url(handle)),
        content_cas=text_of(lib.file_info_content_cas(handle)),
        version=text_of(lib.file_info_version(handle)),
    )


class CheckStep(Record):
    """A step of a check."""

    #: What was looked at: a :class:`chatfile.CheckKind`.
    kind: int
    #: What came of it: a :class:`chatfile.Verdict`.
    verdict: int
    #: How it failed: a :class:`chatfile.Status`; 0 if it did not.
    status: int
    #: How many seconds it took.
    time: float
    #: What was found, or how it failed, for a person to read; without secrets.
    text: str
    #: What to do about it, if something is to be done that the text does not say; else None.
    advice: Optional[str] = None


def read_check_step(handle: Any) -> CheckStep:
    """Asks C for all of it."""
    return CheckStep(
        kind=known(CheckKind, lib.check_step_kind(handle)),
        verdict=known(Verdict, lib.check_step_verdict(handle)),
        status=known(Status, lib.check_step_status(handle)),
        time=lib.check_step_time_ms(handle) / 1000,
        text=text_of(lib.check_step_text(handle)) or "",
        advice=text_of(lib.check_step_advice(handle)),
    )


class Listing(Record):
    """Some of what is in a folder, or of the versions of a file."""

    #: The files and folders in the list.
    entries: Tuple[FileInfo, ...]
    #: Where the next list begins, for ``ListOptions.marker``; None if these were the last.
    next_marker: Optional[str] = None

    def __iter__(self) -> Iterator[FileInfo]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def read_listing(handle: Any) -> Listing:
    """Asks C for all of it."""
    return Listing(
        entries=tuple(read_file_info(lib.listing_entry(handle, index)) for index in range(lib.listing_count(handle))),
        next_marker=text_of(lib.listing_next_marker(handle)),
    )
