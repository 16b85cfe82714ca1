"""The client and its calls."""

import ctypes
import threading
import warnings
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, NoReturn, Optional, Tuple, TypeVar

from . import _abi, _call, _log, options as _options
from ._call import Call, Cancel, on_log, on_login, on_progress, on_secret
from ._library import lib
from ._record import Path, Record, expect, fill, number, required, text
from .enums import Capability
from .errors import ArgumentError, UnsupportedError
from .listing import Cursor
from .options import Account, ClientOptions, DeleteOptions, DownloadOptions, ListOptions, NeteaseDeleteTask, UploadOptions
from .presigned import Presigned
from .progress import ProgressFunction
from .results import (
    CheckStep,
    DeleteResult,
    DownloadResult,
    FileInfo,
    Listing,
    UploadResult,
    read_check_step,
    read_delete_result,
    read_download_result,
    read_file_info,
    read_listing,
    read_upload_result,
)
from .sources import Sink, Source, fill_sink, fill_source

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._keywords import ClientKeywords, DeleteKeywords, DownloadKeywords, ListKeywords, UploadKeywords

_Result = TypeVar("_Result")
_ACCOUNTS: Tuple[Any, ...] = Account.__args__  # type: ignore[attr-defined]
#: What hangs off the options of a call for one service alone: the class of each, and its structure.
_Parts = Dict[str, Tuple[Any, Any]]


def _parts(verb: str) -> _Parts:
    found: _Parts = {}
    for account in _ACCOUNTS:
        name = f"{account._service}_{verb}"
        if hasattr(_abi, f"chatfile_{name}"):
            kind = getattr(_options, "".join(word.title() for word in name.split("_")))
            found[account._service] = (kind, getattr(_abi, f"chatfile_{name}"))
    return found


_UPLOADS = _parts("upload")
_DOWNLOADS = _parts("download")
_DELETES = _parts("delete")


def _with_keywords(options: Any, kind: Any, keywords: Any, parts: _Parts, service: Optional[str]) -> Any:
    """The options with what a call says in keywords: fields of theirs, and of what hangs off them for this service."""
    expect(options, kind, "options")
    if not keywords:
        return options
    own = {name: value for name, value in keywords.items() if name in kind._fields}
    special = {name: value for name, value in keywords.items() if name not in own}
    if special:
        part: Any = parts[service][0] if service in parts else Record
        for name in special:
            if name in part._fields:
                continue
            others = [other for other, (fields, _) in parts.items() if name in fields._fields]
            if not others:
                raise TypeError(f"there is no option {name!r}")
            raise UnsupportedError(f"{name} is an option of {' and '.join(others)} alone", field=name)
        given = own.get(str(service), getattr(options, str(service), None))
        own[str(service)] = part(**special) if given is None else given._replaced(special)
    return kind(**own) if options is None else options._replaced(own)


def _fill_parts(options: Any, filled: Any, parts: _Parts) -> None:
    """What hangs off options for one service alone."""
    values = options.__dict__
    for name, (kind, structure) in parts.items():
        special = values[name]
        if special is not None:
            setattr(filled, name, ctypes.pointer(fill(structure, expect(special, kind, name))))


def _filled(structure: Any, options: Any, call: Call, parts: _Parts) -> Any:
    """The options of a transfer for C."""
    filled = fill(structure, options)
    if options is not None:
        _fill_parts(options, filled, parts)
    if call.progress is not None:
        filled.progress = on_progress
        filled.progress_user = call.key
    call.options = filled
    return filled


def _client_options(options: Optional[ClientOptions], key: int) -> Any:
    filled = fill(_abi.chatfile_client_options, options)
    if options is None or options.log is None and options.log_level is None:
        filled.log_level = _log.level()
    if options is not None and options.proxy_login is not None:
        filled.proxy_login = on_login
        filled.proxy_login_user = key
    filled.log = on_log
    filled.log_user = key
    return filled


def _read_steps(handle: Any) -> Tuple[CheckStep, ...]:
    count = lib.check_result_count(handle)
    return tuple(read_check_step(lib.check_result_step(handle, index)) for index in range(count))


def _read(read: Callable[[Any], _Result], free: Any, out: Any) -> _Result:
    """What is at a handle, which is freed."""
    try:
        return read(out)
    finally:
        free(out)


class Client:
    """Speaks to one service with one account.

    Safe to share between threads: calls run side by side, and share tokens and open connections. Calls block, without the
    GIL, until they are done. Close it when it is no longer needed, or use it in a ``with`` statement; calls under way in
    other threads end well.

    Without an account it can only send what others have presigned. Options are given as :class:`chatfile.ClientOptions`, or
    in keywords: ``Client(account, deadline=60)``.
    """

    def __init__(
        self,
        account: Optional[Account] = None,
        options: Optional[ClientOptions] = None,
        **keywords: "Unpack[ClientKeywords]",
    ) -> None:
        self._handle: Any = None
        self._lock = threading.RLock()
        self._users = 0
        self._closed = True
        self._ears: Optional[_call.Ears] = None
        self._generation = _call.generation
        self._service: Optional[str] = getattr(account, "_service", None)
        if account is not None and not isinstance(account, _ACCOUNTS):
            kinds = ", ".join(kind.__name__ for kind in _ACCOUNTS)
            raise TypeError(f"an account is one of {kinds}, not {type(account).__name__}")
        secret = account.secret if account is not None else None
        options = _with_keywords(options, ClientOptions, keywords, {}, None)
        login = options.proxy_login if options is not None else None
        ears = _call.Ears(secret, login, options.log if options is not None and options.log is not None else _log.log)
        out, failure = ctypes.c_void_p(), ctypes.c_void_p()
        passed = ctypes.byref(_client_options(options, ears.key))
        if account is None:
            status = lib.open_without_service(passed, ctypes.byref(out), ctypes.byref(failure))
        else:
            service = account._service
            filled = fill(getattr(_abi, f"chatfile_{service}"), account)
            if secret is not None:
                filled.secret = on_secret
                filled.secret_user = ears.key
            function = getattr(lib, f"open_{service}")
            status = function(
                ctypes.byref(filled), passed, ctypes.byref(out), ctypes.byref(failure)
            )
        _call.check(status, failure)
        self._handle = out
        self._ears = ears
        self._closed = False

    def close(self) -> None:
        """Closes the client and its connections. May be called more than once. Calls of other threads go on to their end,
        and new ones fail with :class:`ArgumentError`."""
        self._closed = True
        self._free_if_idle()

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._closed

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self, warn: Any = warnings.warn) -> None:
        if getattr(self, "_handle", None) is None:
            return
        try:
            if not self._closed and self._generation == _call.generation:
                warn(f"unclosed {self!r}; close it, or use it in a with statement", ResourceWarning, source=self)
        finally:
            self._closed = True
            self._free_if_idle()

    def __repr__(self) -> str:
        return f"<chatfile.Client{f' of {self._service}' if self._service else ''}{', closed' if self._closed else ''}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError(
            "a Client cannot be copied or pickled, since it holds connections: threads may share it; another process opens "
            "its own with the same account and options, which can be copied and pickled"
        )

    def _free_if_idle(self) -> None:
        if self._generation != _call.generation:
            # In a child process: the lock may be held for ever, and the connections are the parent's.
            return
        with self._lock:
            if not self._closed or self._users or self._handle is None:
                return
            handle, self._handle = self._handle, None
        lib.client_free(handle)
        self._ears = None

    def _run(self, call: Call, function: Any, free: Any, *arguments: Any, of: Any = None, **more: Any) -> Any:
        """Makes a call of the client, or of what C has of it besides (``of``)."""
        if self._generation != _call.generation:
            raise ArgumentError("the client was opened before fork(); open another one in the child", field="client")
        with self._lock:
            if self._closed:
                raise ArgumentError("the client is closed; open another one", field="client")
            self._users += 1
        try:
            return call.run(function, free, self._handle if of is None else of, *arguments, **more)
        finally:
            with self._lock:
                self._users -= 1
                ends = self._closed
            if ends:
                self._free_if_idle()

    @staticmethod
    def _cancelling(structure: Any, cancel: Optional[Cancel]) -> Call:
        """A call of which the options are a cancel handle alone."""
        call = Call(expect(cancel, Cancel, "cancel"))
        call.options = structure(ctypes.sizeof(structure))
        return call

    @property
    def capabilities(self) -> Capability:
        """What the service can do."""
        with self._lock:
            return Capability(0 if self._handle is None else lib.client_capabilities(self._handle))

    def set_rates(self, upload_rate: Optional[int] = None, download_rate: Optional[int] = None) -> None:
        """Sets the most bytes to send and to receive in a second, over all transfers of this client, those under way too;
        None is no limit."""
        high = (1 << 64) - 1
        upload = number(upload_rate or 0, "upload_rate", 0, high)
        download = number(download_rate or 0, "download_rate", 0, high)
        with self._lock:
            if self._handle is None:
                raise ArgumentError("the client is closed; open another one", field="client")
            lib.client_set_rates(self._handle, upload, download, None)

    def upload(
        self,
        source: Source,
        options: Optional[UploadOptions] = None,
        *,
        progress: Optional[ProgressFunction] = None,
        cancel: Optional[Cancel] = None,
        **keywords: "Unpack[UploadKeywords]",
    ) -> UploadResult:
        """Uploads a file. Blocks until the service has it, or has refused it.

        ``source`` is a path, bytes, a binary file object, a :class:`chatfile.Stream` or an iterator of bytes. ``progress`` is called with a
        :class:`chatfile.Progress` on this thread, at most 20 times a second, and at least 4 times: with the same numbers
        while nothing moves.

        Options are given as :class:`chatfile.UploadOptions`, or in keywords, also those of the service alone:
        ``client.upload("cat.jpg", file_name="tom.jpg", tag="pets")``.
        """
        options = _with_keywords(options, UploadOptions, keywords, _UPLOADS, self._service)
        return self._upload(lib.upload, (), source, options, progress, cancel)

    def _upload(
        self,
        function: Any,
        before: Tuple[Any, ...],
        source: Any,
        options: Optional[UploadOptions],
        progress: Optional[ProgressFunction],
        cancel: Optional[Cancel],
    ) -> UploadResult:
        with Call(expect(cancel, Cancel, "cancel"), progress) as call:
            filled_source = fill_source(source, call)
            filled = _filled(_abi.chatfile_upload_options, expect(options, UploadOptions, "options"), call, _UPLOADS)
            suggested = filled_source.__dict__.get("suggested")
            if suggested is not None and not before and (options is None or options.file_name is None):
                filled.file_name = text(suggested, "file_name")
            out = self._run(
                call, function, lib.upload_result_free, *before, ctypes.byref(filled_source), ctypes.byref(filled)
            )
        return _read(read_upload_result, lib.upload_result_free, out)

    def download(
        self,
        file: str,
        sink: Sink = None,
        options: Optional[DownloadOptions] = None,
        *,
        progress: Optional[ProgressFunction] = None,
        cancel: Optional[Cancel] = None,
        **keywords: "Unpack[DownloadKeywords]",
    ) -> DownloadResult:
        """Downloads the file that ``file`` names: ``UploadResult.file``, or what a message carries.

        ``sink`` is a path, which appears when the file is complete and verified, or a binary file object; without one the
        bytes are in the result. Options are as for :meth:`upload`.
        """
        options = _with_keywords(options, DownloadOptions, keywords, _DOWNLOADS, self._service)
        return self._download(lib.download, text(file, "file"), sink, options, progress, cancel)

    def _download(
        self,
        function: Any,
        file: Any,
        sink: Any,
        options: Optional[DownloadOptions],
        progress: Optional[ProgressFunction],
        cancel: Optional[Cancel],
    ) -> DownloadResult:
        with Call(expect(cancel, Cancel, "cancel"), progress) as call:
            filled_sink = fill_sink(sink, call)
            filled = _filled(_abi.chatfile_download_options, expect(options, DownloadOptions, "options"), call, _DOWNLOADS)
            out = self._run(
                call, function, lib.download_result_free, file, ctypes.byref(filled_sink), ctypes.byref(filled)
            )
        return _read(read_download_result, lib.download_result_free, out)

    def delete(
        self,
        file: str,
        options: Optional[DeleteOptions] = None,
        *,
        cancel: Optional[Cancel] = None,
        **keywords: "Unpack[DeleteKeywords]",
    ) -> DeleteResult:
        """Deletes a file. Further keywords are fields of :class:`chatfile.DeleteOptions`, or of what hangs off it for the
        service of the client."""
        options = _with_keywords(options, DeleteOptions, keywords, _DELETES, self._service)
        with Call(expect(cancel, Cancel, "cancel")) as call:
            filled = _filled(_abi.chatfile_delete_options, options, call, _DELETES)
            out = self._run(call, lib.delete, lib.delete_result_free, text(file, "file"), ctypes.byref(filled))
        return _read(read_delete_result, lib.delete_result_free, out)

    def delete_by_time(self, task: NeteaseDeleteTask, *, cancel: Optional[Cancel] = None) -> DeleteResult:
        """Has the service delete files by the time of their upload, as :class:`chatfile.NeteaseDeleteTask` says."""
        if not isinstance(task, NeteaseDeleteTask):
            raise TypeError(f"task is a NeteaseDeleteTask, not {type(task).__name__}")
        filled = fill(_abi.chatfile_netease_delete_task, task)
        with self._cancelling(_abi.chatfile_delete_options, cancel) as call:
            out = self._run(
                call, lib.delete_by_time, lib.delete_result_free, ctypes.byref(filled), ctypes.byref(call.options)
            )
        return _read(read_delete_result, lib.delete_result_free, out)

    def abort_upload(
        self,
        resume_token: Optional[str] = None,
        *,
        checkpoint: Optional[Path] = None,
        cancel: Optional[Cancel] = None,
    ) -> None:
        """Makes the service throw away what it has kept of an upload in parts that was broken off. Give exactly
        one: ``resume_token`` is that of the error, ``checkpoint`` the file of that option of the upload, which is removed
        then."""
        with self._cancelling(_abi.chatfile_abort_upload_options, cancel) as call:
            if resume_token is not None:
                call.options.resume_token = text(resume_token, "resume_token")
            if checkpoint is not None:
                call.options.checkpoint = text(checkpoint, "checkpoint")
            self._run(call, lib.abort_upload, None, ctypes.byref(call.options))

    def info(self, file: str, *, cancel: Optional[Cancel] = None) -> FileInfo:
        """What the service says of a file."""
        with self._cancelling(_abi.chatfile_info_options, cancel) as call:
            out = self._run(call, lib.info, lib.file_info_free, text(file, "file"), ctypes.byref(call.options))
        return _read(read_file_info, lib.file_info_free, out)

    def exists(self, file: str, *, cancel: Optional[Cancel] = None) -> bool:
        """Whether there is a file of this name."""
        with self._cancelling(_abi.chatfile_info_options, cancel) as call:
            out = self._run(
                call, lib.exists, None, text(file, "file"), ctypes.byref(call.options), out=ctypes.c_int32()
            )
        return bool(out.value)

    def check(self, *, store: bool = False, cancel: Optional[Cancel] = None) -> Tuple[CheckStep, ...]:
        """Looks at what works on the way to the service, each step for itself: the address, the proxy, the name, the
        connection, TLS, the clock, the credentials, and the smallest call. What does not work is the verdict of its step,
        and no exception. Where the service has no call that stores nothing, ``store`` lets it upload one byte."""
        with self._cancelling(_abi.chatfile_check_options, cancel) as call:
            call.options.store = bool(store)
            out = self._run(call, lib.check, lib.check_result_free, ctypes.byref(call.options))
        return _read(_read_steps, lib.check_result_free, out)

    def list(
        self,
        directory: str = "",
        options: Optional[ListOptions] = None,
        *,
        cancel: Optional[Cancel] = None,
        **keywords: "Unpack[ListKeywords]",
    ) -> Listing:
        """Lists some of what is in a folder, "" for the root. For the rest of a long list, call again with the
        ``next_marker`` of the one before as ``marker``, or use :meth:`list_all`."""
        with Call(expect(cancel, Cancel, "cancel")) as call:
            call.options = fill(_abi.chatfile_list_options, _with_keywords(options, ListOptions, keywords, {}, None))
            out = self._run(call, lib.list, lib.listing_free, text(directory, "directory"), ctypes.byref(call.options))
        return _read(read_listing, lib.listing_free, out)

    def list_all(
        self,
        directory: str = "",
        options: Optional[ListOptions] = None,
        *,
        cancel: Optional[Cancel] = None,
        **keywords: "Unpack[ListKeywords]",
    ) -> Iterator[FileInfo]:
        """Everything in a folder, "" for the root, from the ``marker`` on if there is one: asks for one list after the
        other, each when it is needed. ``limit`` is that of each list."""
        asked = fill(_abi.chatfile_list_options, _with_keywords(options, ListOptions, keywords, {}, None))
        folder = text(directory, "directory")
        with Cursor() as cursor:
            with Call() as call:
                call.lent, call.options = cursor.cancel, asked
                cursor.place = self._run(call, lib.list_cursor_new, lib.list_cursor_free, folder, ctypes.byref(asked))
            while True:
                with Call(expect(cancel, Cancel, "cancel")) as call:
                    call.lent = cursor.cancel
                    entry = self._run(call, lib.list_cursor_next, None, of=cursor.place, out=ctypes.c_void_p())
                if entry.value is None:
                    return
                yield read_file_info(entry)

    def presign_upload(
        self,
        size: Optional[int] = None,
        options: Optional[UploadOptions] = None,
        *,
        cancel: Optional[Cancel] = None,
        **keywords: "Unpack[UploadKeywords]",
    ) -> Presigned:
        """Makes the request of an upload, for another program to send, which then needs no secret. ``size`` is that of the
        file; Tencent SMH and OpenIM have to know it."""
        if size is None:
            size = _abi.CHATFILE_SIZE_UNKNOWN
        options = _with_keywords(options, UploadOptions, keywords, _UPLOADS, self._service)
        with Call(expect(cancel, Cancel, "cancel")) as call:
            filled = _filled(_abi.chatfile_upload_options, options, call, _UPLOADS)
            out = self._run(
                call,
                lib.presign_upload,
                lib.presigned_free,
                number(size, "size", 0, (1 << 64) - 1),
                ctypes.byref(filled),
            )
        return Presigned._of(out)

    def presign_download(
        self,
        file: str,
        options: Optional[DownloadOptions] = None,
        *,
        cancel: Optional[Cancel] = None,
        **keywords: "Unpack[DownloadKeywords]",
    ) -> Presigned:
        """Makes the request of a download, for another program to send."""
        options = _with_keywords(options, DownloadOptions, keywords, _DOWNLOADS, self._service)
        with Call(expect(cancel, Cancel, "cancel")) as call:
            filled = _filled(_abi.chatfile_download_options, options, call, _DOWNLOADS)
            out = self._run(
                call, lib.presign_download, lib.presigned_free, text(file, "file"), ctypes.byref(filled)
            )
        return Presigned._of(out)

    def send_presigned(
        self,
        presigned: Presigned,
        source: Source,
        options: Optional[UploadOptions] = None,
        *,
        progress: Optional[ProgressFunction] = None,
        cancel: Optional[Cancel] = None,
        **keywords: "Unpack[UploadKeywords]",
    ) -> UploadResult:
        """Sends a presigned upload with its file. Of the options, which are as for :meth:`upload`, only the digests to compute
        and the message can be set: the rest is in the request already. If ``presigned.needs_completion``,
        tell who made the request that it was sent."""
        required(presigned, Presigned, "presigned")
        options = _with_keywords(options, UploadOptions, keywords, _UPLOADS, self._service)
        return self._upload(lib.send_presigned, (presigned._handle,), source, options, progress, cancel)

    def receive_presigned(
        self,
        presigned: Presigned,
        sink: Sink = None,
        options: Optional[DownloadOptions] = None,
        *,
        progress: Optional[ProgressFunction] = None,
        cancel: Optional[Cancel] = None,
        **keywords: "Unpack[DownloadKeywords]",
    ) -> DownloadResult:
        """Sends a presigned download and takes the file. Options are as for :meth:`upload`."""
        required(presigned, Presigned, "presigned")
        options = _with_keywords(options, DownloadOptions, keywords, _DOWNLOADS, self._service)
        return self._download(lib.receive_presigned, presigned._handle, sink, options, progress, cancel)

    def complete_presigned(self, presigned: Presigned, *, cancel: Optional[Cancel] = None) -> UploadResult:
        """Completes a presigned upload whose file was sent, where ``presigned.needs_completion``: the request that you have
        kept, never one that came back, since what is completed is what its JSON says."""
        required(presigned, Presigned, "presigned")
        with self._cancelling(_abi.chatfile_complete_presigned_options, cancel) as call:
            out = self._run(
                call, lib.complete_presigned, lib.upload_result_free, presigned._handle, ctypes.byref(call.options)
            )
        return _read(read_upload_result, lib.upload_result_free, out)
