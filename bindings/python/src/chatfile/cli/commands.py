"""What the commands do."""

import argparse
import contextlib
import datetime
import hashlib
import itertools
import json
import os
import platform
import shutil
import stat
import sys
import urllib.parse
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Optional, Tuple

from .. import (
    Account,
    CallerError,
    ChatfileError,
    Client,
    ClientOptions,
    ControlError,
    DataError,
    DeleteOptions,
    Digest,
    DigestKind,
    DownloadOptions,
    Encoding,
    MessageKind,
    NeteaseDeleteTask,
    Phase,
    Presigned,
    ServiceError,
    SourceError,
    TransportError,
    UploadOptions,
    Verdict,
    __version__,
    version,
)
from .account import DELETES, DOWNLOADS, UPLOADS, UsageError, account_of, decoded, special
from .doctor import as_json, line, versions
from .meter import Meter, size_text
from .shown import Unwritable, escaped, json_line, output, plain, put, silence, tell

OK, FAILED, USAGE, CALLER, TRANSPORT, SERVICE, DATA, CONTROL, DEFECT = 0, 1, 2, 3, 4, 5, 6, 7, 70
INTERRUPTED = 130


def exit_code(error: ChatfileError) -> int:
    """By the band of the status."""
    bands: Tuple[Tuple[Any, int], ...] = (
        (CallerError, CALLER),
        (TransportError, TRANSPORT),
        (ServiceError, SERVICE),
        (DataError, DATA),
        (ControlError, CONTROL),
    )
    return next((code for kind, code in bands if isinstance(error, kind)), DEFECT)


class Shell:
    """What a command needs: the arguments, and where to say what."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.meter: Optional[Meter] = None
        #: Of the first thing that failed while the others went on.
        self.code = OK

    def progress(self, name: str) -> Optional[Meter]:
        """A meter, unless nobody wants to see it."""
        if self.arguments.quiet or sys.stderr is None:
            return None
        self.meter = Meter(name, sys.stderr, sys.stderr.isatty())
        return self.meter

    def client(self, account: Optional[Account]) -> Client:
        """The client as the command line wants it."""
        given = self.arguments
        options = ClientOptions(
            user_agent=f"chatfile-cli/{__version__}",
            proxy=given.proxy,
            proxy_from_environment=given.proxy is None,
            allow_plain_http=given.allow_plain_http,
            ca_certificates_path=given.ca,
            deadline=given.timeout or None,
            log=(lambda _, line: self.log(line)) if given.verbose else None,
            trace=given.trace is not None,
        )
        return Client(account, options)

    def log(self, line: str) -> None:
        """A line of the library's log."""
        if self.meter is not None:
            self.meter.end()
        put(sys.stderr, f"{line}\n")

    def say(self, result: Any, text: str, **more: Any) -> None:
        """An outcome, on standard output."""
        if self.arguments.json:
            values = dict(result) if isinstance(result, dict) else dict(result.__dict__)
            values.pop("data", None)
            text = json_line({"ok": True, **more, **values})
        if text:
            output(f"{text}\n")

    def wrong(self, code: int, message: str, details: Dict[str, Any]) -> int:
        """A failure: a line on standard error, or JSON on standard output."""
        if self.meter is not None:
            self.meter.end()
        if self.arguments.json and sys.stdout is not None:
            output(json_line({"ok": False, "exit_code": code, **details}) + "\n")
        else:
            tell(message)
        return code

    def failed(self, error: ChatfileError, **more: Any) -> int:
        """A call has failed."""
        details = error.details()
        trace = details.pop("trace", None)
        message = f"{more['path']}: {error}" if "path" in more else str(error)
        extra = [
            f"{label} {details[key]}"
            for key, label in (("status", ""), ("service_code", "service code"), ("request_id", "request id"))
            if key in details
        ]
        message += f" ({', '.join(text.strip() for text in extra)})"
        if error.resume_token is not None and self.arguments.command == "upload":
            message += "\nchatfile: run it again with the same --checkpoint to go on"
        if self.arguments.trace:
            self.write_trace(details, trace)
        return self.wrong(exit_code(error), message, {**more, **details})

    def write_trace(self, details: Dict[str, Any], trace: Optional[str]) -> None:
        """What happened, for a vendor's ticket: requests, answers, times and ids, and no secret."""
        head = {
            "time": f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M:%S} UTC",
            "command": self.arguments.command,
            "chatfile": f"{__version__}, library {version()}, {platform.platform()}",
            **details,
        }
        text = "".join(f"{name}: {value}\n" for name, value in head.items()) + f"\n{trace or 'nothing was sent'}"
        try:
            with open(self.arguments.trace, "a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(f"{text}\n")
        except OSError as error:
            # What it would have told of matters more.
            if self.meter is not None:
                self.meter.end()
            tell(f"cannot write the trace: {error}")

    def each(self, names: List[Any], work: Callable[[Any], None], path_of: Callable[[Any], str] = str) -> None:
        """Does it for each: what fails is told, and does not keep the others. What stops it ends all."""
        several = len(names) > 1
        for name in names:
            try:
                work(name)
            except ControlError:
                raise
            except ChatfileError as error:
                if not several:
                    raise
                code = self.failed(error, path=path_of(name))
                self.code = self.code or code


def unreadable(action: str, path: str, error: OSError) -> SourceError:
    """A file that cannot be read, as the library says it of a source."""
    told = f"cannot {action} {path}: {error.strerror or error}"
    return SourceError(told, field="path", phase=Phase.PREPARE, os_error=error.errno)


def linked(path: str) -> SourceError:
    """A link to a folder, in one."""
    told = f"{path} is a link to a folder, and -r does not follow it; name it to upload what it leads to"
    return SourceError(told, field="path", phase=Phase.PREPARE)


def read_presigned(path: str) -> Presigned:
    """A presigned request from a file, or from standard input if that is called "-"."""
    try:
        if path == "-":
            text = decoded(standard_input().read())
        else:
            with open(path, "rb") as file:
                text = decoded(file.read())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the presigned request: {error}") from None
    return Presigned(text.strip())


def standard_input() -> BinaryIO:
    """Its bytes."""
    if sys.stdin is None:
        raise UsageError("standard input is closed")
    return sys.stdin.buffer


#: A file to upload, the folder that it goes to, and why it cannot be.
Found = Tuple[str, str, Optional[SourceError]]


def files_of(names: List[str], recursive: bool, has_folders: bool, service: str) -> List[Found]:
    """The files that are named, and those in folders that are; and what else is in these, but for empty folders."""
    found: List[Found] = []

    def unlisted(error: OSError) -> None:
        found.append((error.filename, "", unreadable("list", error.filename, error)))

    for name in names:
        if name == "-" or not os.path.isdir(name):
            found.append((name, "", None))
            continue
        if not recursive:
            raise UsageError(f"{name} is a folder; -r uploads all that is in it")
        if not has_folders:
            raise UsageError(f"{service} has no folders; smh has")
        top = os.path.abspath(name)
        for folder, folders, files in os.walk(top, onerror=unlisted):
            folders.sort()
            below = os.path.relpath(folder, os.path.dirname(top)).replace(os.sep, "/")
            found += [(os.path.join(folder, file), below, None) for file in sorted(files)]
            found += [(path, "", linked(path)) for path in (os.path.join(folder, one) for one in folders) if is_link(path)]
    return found


def is_link(folder: str) -> bool:
    """Whether os.walk passes it by, since what it leads to may hold the link itself."""
    # Windows has these; to Python before 3.12 they are folders as others.
    is_junction: Callable[[str], bool] = getattr(os.path, "isjunction", lambda _: False)
    return os.path.islink(folder) or is_junction(folder)


def do_upload(shell: Shell) -> None:
    """``upload``."""
    given = shell.arguments
    service, account = account_of(given)
    own = special(given, service, UPLOADS)
    has_folders = "directory" in getattr(UPLOADS.get(service), "_fields", ())
    files = files_of(given.files, given.recursive, has_folders, service)
    if len(files) > 1 and (given.name or given.checkpoint):
        raise UsageError("--name and --checkpoint are for one file")
    if any(path == "-" for path, _, _ in files) and not given.name:
        raise UsageError("standard input has no name: give one by --name")

    def upload(file: Found) -> None:
        path, folder, error = file
        if error is not None:
            raise error
        parts = dict(own)
        if folder:
            part = parts.get(service) or UPLOADS[service]()
            folder = f"{part.directory}/{folder}" if part.directory else folder
            parts[service] = part._replaced({"directory": folder, "create_directories": True})
        options = UploadOptions(
            file_name=given.name,
            media_type=given.type,
            checkpoint=given.checkpoint,
            message=MessageKind.AUTOMATIC if given.message else MessageKind.NONE,
            **parts,
        )
        progress = shell.progress(given.name or os.path.basename(path))
        stored = client.upload(standard_input() if path == "-" else path, options, progress=progress)
        text = escaped(stored.message) if stored.message else stored.url or stored.file
        if stored.share_secret is not None and stored.message is None:
            text += f"\nshare secret: {stored.share_secret}"
        shell.say(stored, text, path=path)

    with shell.client(account) as client:
        shell.each(files, upload, lambda file: file[0])


def target_of(name: str, place: Optional[str], resume: bool) -> Tuple[str, bool]:
    """Where a download goes: as is said, else under the last part of its name, and over nothing that is there. So that
    no other takes that name meanwhile, an empty file has it then: says whether this call has made one."""
    if place is not None and (place == "-" or not os.path.isdir(place)):
        return place, False
    path = urllib.parse.urlsplit(name).path if "://" in name else name
    last = urllib.parse.unquote(path.rstrip("/").rsplit("/", 1)[-1])
    # Nothing that comes from elsewhere leads out of the folder.
    last = "".join("_" if c in '\\/:*?"<>|' or not c.isprintable() else c for c in last)
    if last in ("", ".", ".."):
        last = "download"
    stem, ending = os.path.splitext(last)
    for number in itertools.count():
        target = os.path.join(place or "", f"{stem} ({number}){ending}" if number else last)
        own = named(target)
        try:
            os.close(os.open(own, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return target, True
        except FileExistsError:
            pass
        except OSError:
            # Of a folder of that name Windows does not say that it is there. What else is wrong the call tells.
            if not os.path.lexists(own):
                return target, False
        # A call that was killed has left this, and beside it what is to go on.
        if resume and is_empty(own) and os.path.lexists(own + b".part.json"):
            return target, False
    raise AssertionError


def named(path: str) -> bytes:
    """A path as the library has it: UTF-8, whatever Python makes of it in this locale."""
    return path.encode("utf-8", "surrogatepass")


def is_empty(path: bytes) -> bool:
    """Whether it is a file without a byte in it."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == 0


def do_download(shell: Shell) -> None:
    """``download``."""
    given = shell.arguments
    place = given.output
    if place == "-" and given.json:
        raise UsageError("the file and --json cannot both go to standard output")
    if len(given.files) > 1 and place not in (None, "-") and not os.path.isdir(place):
        raise UsageError(f"{place} is no folder, for several files")
    service, account = account_of(given)
    options = DownloadOptions(max_size=given.max_size, resume=given.resume, **special(given, service, DOWNLOADS))

    def download(name: str) -> None:
        # What is to go on lies under the name that it had before.
        target, is_made = target_of(name, place, given.resume)

        def call(sink: Any, meter: Optional[Meter]) -> Any:
            try:
                return client.download(name, sink, options, progress=meter)
            except BaseException:
                # What is not empty is the file itself, of which only the last report has failed.
                if is_made and is_empty(named(target)):
                    with contextlib.suppress(OSError):
                        os.remove(named(target))
                raise

        receive(shell, target, call, file=name)

    with shell.client(account) as client:
        shell.each(given.files, download)


def receive(shell: Shell, target: str, call: Callable[[Any, Optional[Meter]], Any], **more: Any) -> None:
    """Takes a file, and says where it is."""
    is_output = target == "-"
    meter = shell.progress("standard output" if is_output else os.path.basename(target))
    try:
        result = call(sys.stdout.buffer if is_output else target, meter)
    except OSError as error:
        # It is standard output's own, for what the call fails with is a ChatfileError.
        if not is_output or isinstance(error, ChatfileError):
            raise
        silence(sys.stdout)
        raise Unwritable(error) from None
    if is_output:
        output("")
        return
    shell.say({**result.__dict__, "target": target}, target, **more)


def do_list(shell: Shell) -> None:
    """``list``."""
    given = shell.arguments
    _, account = account_of(given)

    if given.versions:
        with shell.client(account) as client:
            for entry in client.list_all(given.folder, versions=True):
                size = "" if entry.size is None else size_text(entry.size)
                text = f"{size:>10}  {entry.creation_time or '':24}  {entry.version or ''}"
                shell.say(entry, plain(text), path=given.folder)
        return

    def entries(folder: str) -> Iterator[Tuple[str, Any]]:
        for entry in client.list_all(folder):
            name = entry.name or ""
            path = f"{folder}/{name}" if folder else name
            yield path, entry
            # What has no name, or leads elsewhere, would be gone into without end.
            is_below = name not in ("", ".", "..") and "/" not in name
            if given.recursive and entry.kind == "dir" and is_below:
                yield from entries(path)

    with shell.client(account) as client:
        for path, entry in entries(given.folder.strip("/")):
            is_folder = entry.kind == "dir"
            size = "" if entry.size is None or is_folder else size_text(entry.size)
            text = f"{size:>10}  {entry.modification_time or '':24}  {path}{'/' if is_folder else ''}"
            shell.say(entry, plain(text), path=path)


def do_info(shell: Shell) -> None:
    """``info``."""
    given = shell.arguments
    _, account = account_of(given)

    def info(name: str) -> None:
        found = client.info(name)
        known = {key: value for key, value in found.__dict__.items() if value not in (None, ())}
        shell.say(found, "\n".join(f"{key + ':':24} {plain(value)}" for key, value in known.items()), file=name)

    with shell.client(account) as client:
        shell.each(given.files, info)


def do_exists(shell: Shell) -> None:
    """``exists``."""
    given = shell.arguments
    _, account = account_of(given)
    with shell.client(account) as client:
        is_there = client.exists(given.file)
    shell.say({"exists": is_there}, "yes" if is_there else "no", file=given.file)
    shell.code = OK if is_there else FAILED


def do_presign(shell: Shell) -> None:
    """``presign``."""
    given = shell.arguments
    service, account = account_of(given)
    with shell.client(account) as client:
        if given.what == "upload":
            size = given.size
            if given.file is not None:
                try:
                    size = os.stat(given.file).st_size
                except OSError as error:
                    raise unreadable("look at", given.file, error) from error
            name = given.name or (os.path.basename(given.file) if given.file else None)
            upload = UploadOptions(file_name=name, media_type=given.type, **special(given, service, UPLOADS))
            request = client.presign_upload(size, upload)
        else:
            if given.file is None:
                raise UsageError("presign download needs the file as upload named it")
            download = DownloadOptions(**special(given, service, DOWNLOADS))
            request = client.presign_download(given.file, download)
    shell.say(
        {
            "request": json.loads(request.json),
            "expires_at": request.expires_at,
            "needs_completion": request.needs_completion,
        },
        escaped(request.json),
    )


def do_send(shell: Shell) -> None:
    """``send``."""
    given = shell.arguments
    request = read_presigned(given.request)
    # Some ask for a download by POST.
    is_upload = request.encoding != Encoding.NONE
    if is_upload and given.file is None:
        raise UsageError("the request is an upload: name the file")
    with shell.client(None) as client:
        if is_upload:
            stored = client.send_presigned(request, given.file, progress=shell.progress(os.path.basename(given.file)))
            shell.say(stored, stored.url or stored.file, path=given.file)
            return
        if given.file is None:
            raise UsageError("the request is a download: name the target; - is standard output")
        options = DownloadOptions(max_size=given.max_size, resume=given.resume)
        receive(shell, given.file, lambda sink, meter: client.receive_presigned(request, sink, options, progress=meter))


def do_complete(shell: Shell) -> None:
    """``complete``."""
    _, account = account_of(shell.arguments)
    request = read_presigned(shell.arguments.request)
    with shell.client(account) as client:
        stored = client.complete_presigned(request)
    shell.say(stored, stored.url or stored.file)


def do_delete(shell: Shell) -> None:
    """``delete``."""
    given = shell.arguments
    service, account = account_of(given)
    own = special(given, service, DELETES)
    task = own.get(service)
    if not given.files and not isinstance(task, NeteaseDeleteTask):
        raise UsageError(f"delete at {service} needs a file")

    def delete(name: Optional[str]) -> None:
        if isinstance(task, NeteaseDeleteTask):
            result = client.delete_by_time(task)
        else:
            result = client.delete(str(name), DeleteOptions(**own))
        shell.say(result, "deleted" if result.task_id is None else f"task {result.task_id}", file=name)

    with shell.client(account) as client:
        shell.each(given.files or [None], delete)


def do_abort(shell: Shell) -> None:
    """``abort``."""
    given = shell.arguments
    _, account = account_of(given)
    with shell.client(account) as client:
        client.abort_upload(checkpoint=given.checkpoint)
    shell.say({}, "thrown away", path=given.checkpoint)


#: Those that services know files by, as the library makes them.
KINDS = {"crc64": DigestKind.CRC64, "smh": DigestKind.SMH_FULL, "openim": DigestKind.OPENIM}


def do_digest(shell: Shell) -> None:
    """``digest``."""
    given = shell.arguments

    def digest(path: str) -> None:
        if given.kind in KINDS:
            own = Digest(KINDS[given.kind], given.part_size)
            own.update_file(path)
            text = own.text(KINDS[given.kind])
        else:
            hashed = hashlib.new(given.kind)
            try:
                with open(path, "rb") as file:
                    for piece in iter(lambda: file.read(1 << 20), b""):
                        hashed.update(piece)
            except OSError as error:
                raise unreadable("read", path, error) from error
            text = hashed.hexdigest()
        shell.say({"kind": given.kind, "digest": text}, f"{text}  {path}", path=path)

    shell.each(given.files, digest)


def do_doctor(shell: Shell) -> None:
    """``doctor``."""
    given = shell.arguments
    _, account = account_of(given)
    shell.say(as_json(versions()), line(versions()))
    with shell.client(account) as client:
        steps = client.check(store=given.write)
    for step in steps:
        shell.say(as_json(step), line(step))
    shell.code = FAILED if any(step.verdict == Verdict.FAILED for step in steps) else OK


def do_emulator(shell: Shell) -> None:
    """``emulator``."""
    name = "chatfile-emulator" + (".exe" if os.name == "nt" else "")
    beside = os.path.join(os.path.dirname(sys.executable), name)
    program = beside if os.path.exists(beside) else shutil.which(name)
    if program is None:
        raise UsageError("there is no chatfile-emulator: pip install chatfile-emulator")
    words = [program, *shell.arguments.words]
    if os.name == "nt":
        import subprocess

        shell.code = subprocess.call(words)
        return
    os.execv(program, words)


COMMANDS: Dict[str, Callable[[Shell], None]] = {
    "upload": do_upload,
    "download": do_download,
    "list": do_list,
    "info": do_info,
    "exists": do_exists,
    "delete": do_delete,
    "abort": do_abort,
    "digest": do_digest,
    "presign": do_presign,
    "send": do_send,
    "complete": do_complete,
    "doctor": do_doctor,
    "emulator": do_emulator,
}
