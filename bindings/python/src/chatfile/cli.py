"""``python -m chatfile``: upload, download, presign and delete from the command line."""

import argparse
import configparser
import datetime
import json
import os
import stat
import sys
import time
import unicodedata
from typing import Any, Dict, List, NoReturn, Optional, TextIO, Tuple

from . import (
    Account,
    CallerError,
    ChatfileError,
    Client,
    ClientOptions,
    ControlError,
    DataError,
    DownloadOptions,
    NeteaseDelete,
    Presigned,
    Progress,
    ServiceError,
    TransportError,
    UploadOptions,
    __version__,
    version,
)
from .client import _ACCOUNTS, _parts

#: The classes of accounts, and of what calls have for one service alone, by the service.
ACCOUNTS: Dict[str, Any] = {kind._service: kind for kind in _ACCOUNTS}
UPLOADS: Dict[str, Any] = {service: kind for service, (kind, _) in _parts("upload").items()}
DOWNLOADS: Dict[str, Any] = {service: kind for service, (kind, _) in _parts("download").items()}
DELETES: Dict[str, Any] = {service: kind for service, (kind, _) in _parts("delete").items()}

OK, FAILED, USAGE, CALLER, TRANSPORT, SERVICE, DATA, CONTROL, DEFECT = 0, 1, 2, 3, 4, 5, 6, 7, 70
INTERRUPTED = 130

EPILOG = """\
credentials:
  They come from the environment, SERVICE_FIELD for each field of the account
  (NETEASE_APP_KEY, NETEASE_APP_SECRET, NETEASE_BASE_URL, SMH_LIBRARY_ID, ...), or
  from a file with a section for each service:

    [netease]
    app_key = ...
    app_secret = ...

  named by --credentials or CHATFILE_CREDENTIALS. Nobody else may be allowed to
  read that file. The environment goes before the file.

exit codes:
  0 done                          4 the network, the proxy or TLS
  1 cannot write the output       5 the service refused
  2 wrong usage or credentials    6 the bytes are damaged
    missing                       7 stopped
  3 a parameter, the source or   70 a defect: please report it
    the target is wrong         130 interrupted (Ctrl-C)
"""


class UsageError(Exception):
    """The command line, or what it names, is wrong."""


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


def required(record: Any) -> List[str]:
    """The fields that have no default."""
    return [name for name in record._fields if name not in record._defaults]


def converted(record: Any, values: Dict[str, str], where: str) -> Any:
    """Makes a record of texts, which is of the types of its fields."""
    kinds = {name: record.__annotations__[name] for name in record._fields if name != "secret"}
    made: Dict[str, Any] = {}
    for name, value in values.items():
        if name not in kinds:
            raise UsageError(f"{where} has no {name}; there is {', '.join(sorted(kinds))}")
        made[name] = value_of(name, value, getattr(kinds[name], "__args__", None) or (kinds[name],))
    missing = [name for name in required(record) if name not in made]
    if missing:
        raise UsageError(f"{where} needs {' and '.join(missing)}")
    return record(**made)


def value_of(name: str, value: str, kinds: Tuple[Any, ...]) -> Any:
    """One text as one of these types."""
    if bool in kinds:
        if value.lower() not in ("1", "0", "yes", "no", "true", "false", "on", "off"):
            raise UsageError(f"{name} is yes or no, not {value!r}")
        return value.lower() in ("1", "yes", "true", "on")
    if str in kinds:
        return tuple(value.split(",")) if name == "labels" else value
    names: Dict[str, Any] = {}
    for kind in kinds:
        names.update(getattr(kind, "__members__", {}))
    if value.upper() in names:
        return names[value.upper()]
    try:
        if name.endswith("_time"):
            return datetime.datetime.fromisoformat(value)
        return float(value) if float in kinds else int(value)
    except ValueError:
        wanted = f"a number ({', '.join(names).lower()})" if names else "a number"
        if name.endswith("_time"):
            wanted = "a time (2026-07-26T00:00:00+08:00; without the zone it is that of this machine)"
        raise UsageError(f"{name} is {wanted}, not {value!r}") from None


def read_credentials(path: str) -> Dict[str, Dict[str, str]]:
    """The sections of a file that only its owner may read."""
    try:
        with open(path, encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise UsageError(
                    f"{path} holds secrets, and others may read or change it; run: chmod 600 {path}"
                )
            parser = configparser.ConfigParser(interpolation=None)
            parser.read_file(file)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the credentials: {error}") from None
    except configparser.Error as error:
        # Its text may quote a line of the file, which may be a secret.
        line = getattr(error, "lineno", None)
        raise UsageError(f"{path} is not a file of sections{f' (line {line})' if line else ''}") from None
    unknown = [name for name in parser.sections() if name not in ACCOUNTS]
    if unknown:
        raise UsageError(f"{path}: there is no service {unknown[0]}; there is {', '.join(ACCOUNTS)}")
    return {name: dict(parser[name]) for name in parser.sections()}


def environment(service: str) -> Dict[str, str]:
    """The fields of an account that the environment has."""
    found = {}
    for name in ACCOUNTS[service]._fields:
        value = os.environ.get(f"{service}_{name}".upper())
        if value is not None and name != "secret":
            found[name] = value
    return found


def account_of(arguments: argparse.Namespace) -> Tuple[str, Account]:
    """The service and the account that the command line, the environment and the file give."""
    path = arguments.credentials or os.environ.get("CHATFILE_CREDENTIALS")
    sections = read_credentials(path) if path else {}
    service = arguments.service
    if service is None:
        given = [name for name in ACCOUNTS if name in sections or environment(name)]
        if len(given) != 1:
            why = f"there are credentials of {' and '.join(given)}" if given else "there are no credentials"
            raise UsageError(
                f"{why}: name one of {', '.join(ACCOUNTS)} by --service, "
                "and give its credentials in the environment or a file (see --help)"
            )
        service = given[0]
    values = {**sections.get(service, {}), **environment(service)}
    if not values:
        names = ", ".join(f"{service}_{name}".upper() for name in required(ACCOUNTS[service]))
        raise UsageError(f"there are no credentials of {service}: set {names} and so on, or use --credentials")
    return service, converted(ACCOUNTS[service], values, f"the account of {service}")


def special(arguments: argparse.Namespace, service: Optional[str], kinds: Dict[str, Any]) -> Dict[str, Any]:
    """What -O says for one service alone."""
    values: Dict[str, str] = {}
    for text in arguments.option or []:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"-O takes NAME=VALUE, not {text!r}")
        values[name] = value
    if service is None or service not in kinds:
        if values:
            raise UsageError(f"{arguments.command} has no options of {service or 'a service'}")
        return {}
    if not values and not required(kinds[service]):
        return {}
    return {service: converted(kinds[service], values, f"{arguments.command} at {service}")}


def size_text(count: float) -> str:
    """Bytes for a person to read."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def columns(stream: TextIO) -> int:
    """How wide the terminal is now; 80 if it does not say."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def width(text: str) -> int:
    """How many columns a text takes: a Chinese character takes two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def fitted(text: str, room: int) -> str:
    """The text, cut to so many columns. What would move the cursor does not."""
    text = "".join(c if c.isprintable() else "?" for c in text)
    while width(text) > max(room, 0):
        text = text[:-1]
    return text


class Meter:
    """Shows progress: a bar on a terminal, a plain line at each tenth elsewhere."""

    def __init__(self, name: str, stream: TextIO, bar: bool) -> None:
        self.name = name
        self.stream = stream
        self.bar = bar
        self.begun = time.monotonic()
        self.tenth = -1
        self.shown = False

    def __call__(self, progress: Progress) -> None:
        done, total = progress.done, progress.total
        share = 1.0 if progress.finished else (done / total if total else 0.0)
        seconds = time.monotonic() - self.begun
        rate = f"{size_text(done / seconds)}/s" if seconds > 0.2 else ""
        of = f"{size_text(done)} of {size_text(total)}" if total is not None else size_text(done)
        if self.bar:
            percent = f"{share:4.0%}" if total is not None or progress.finished else "  ? "
            self.stream.write(f"\r{self.line(share, percent, of, rate)}\x1b[K")
            self.stream.flush()
            self.shown = True
            if progress.finished:
                self.end()
            return
        tenth = int(share * 10) if total is not None else int(seconds / 5)
        if tenth > self.tenth or progress.finished:
            self.tenth = tenth
            percent = f"{share:.0%} " if total is not None or progress.finished else ""
            self.stream.write(f"{self.name}: {percent}{of}{' ' + rate if rate else ''}\n")
            self.stream.flush()

    def line(self, share: float, percent: str, of: str, rate: str) -> str:
        """The bar, within one line of the terminal: what matters less goes first where it is narrow."""
        room = columns(self.stream) - 1
        for tail in (f" {percent} {of} {rate}", f" {percent} {of}", f" {percent}"):
            # So much is left for a name and a bar.
            if room - len(tail) >= 24:
                break
        left = room - len(tail)
        name = fitted(self.name, min(30, left // 2 - 2))
        cells = min(30, left - width(name) - 3)
        if cells < 3:
            return fitted(percent.strip(), room)
        full = int(cells * share)
        return f"{name} [{'#' * full}{'-' * (cells - full)}]{tail}"

    def end(self) -> None:
        """Leaves the line of the bar."""
        if self.shown:
            self.shown = False
            self.stream.write("\n")
            self.stream.flush()


class Shell:
    """What a command needs: the arguments, and where to say what."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.meter: Optional[Meter] = None

    def progress(self, name: str) -> Optional[Meter]:
        """A meter, unless nobody wants to see it."""
        if self.arguments.quiet:
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
        )
        return Client(account, options)

    def log(self, line: str) -> None:
        """A line of the library's log."""
        if self.meter is not None:
            self.meter.end()
        sys.stderr.write(f"{line}\n")

    def say(self, result: Any, text: str) -> None:
        """The outcome, on standard output."""
        if self.arguments.json:
            values = dict(result) if isinstance(result, dict) else dict(result.__dict__)
            values.pop("data", None)
            text = json.dumps({"ok": True, **values}, ensure_ascii=False)
        if text:
            print(text, flush=True)


def read_presigned(path: str) -> Presigned:
    """A presigned request from a file, or from standard input if that is called "-"."""
    if path == "-":
        return Presigned(sys.stdin.read().strip())
    try:
        with open(path, encoding="utf-8") as file:
            return Presigned(file.read().strip())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the presigned request: {error}") from None


def do_upload(shell: Shell) -> None:
    """``upload``."""
    given = shell.arguments
    name = os.path.basename(given.file)
    if given.presigned is not None:
        if given.option or given.name or given.type or given.checkpoint:
            raise UsageError("with --presigned, names and options are in the request already")
        request = read_presigned(given.presigned)
        with shell.client(None) as client:
            stored = client.send_presigned(request, given.file, progress=shell.progress(name))
    else:
        service, account = account_of(given)
        options = UploadOptions(
            file_name=given.name,
            media_type=given.type,
            checkpoint=given.checkpoint,
            **special(given, service, UPLOADS),
        )
        with shell.client(account) as client:
            stored = client.upload(given.file, options, progress=shell.progress(name))
    text = stored.url or stored.file
    if stored.share_secret is not None:
        text += f"\nshare secret: {stored.share_secret}"
    shell.say(stored, text)


def do_download(shell: Shell) -> None:
    """``download``."""
    given = shell.arguments
    names = given.names
    if len(names) != (1 if given.presigned is not None else 2):
        raise UsageError("download takes FILE TARGET, or --presigned REQUEST TARGET")
    target: str = names[-1]
    if target == "-" and given.json:
        raise UsageError("the file and --json cannot both go to standard output")
    sink: Any = sys.stdout.buffer if target == "-" else target
    meter = shell.progress("standard output" if target == "-" else os.path.basename(target))
    if given.presigned is not None:
        request = read_presigned(given.presigned)
        options = DownloadOptions(max_size=given.max_size, resume=given.resume)
        with shell.client(None) as client:
            result = client.receive_presigned(request, sink, options, progress=meter)
    else:
        service, account = account_of(given)
        options = DownloadOptions(
            max_size=given.max_size, resume=given.resume, **special(given, service, DOWNLOADS)
        )
        with shell.client(account) as client:
            result = client.download(names[0], sink, options, progress=meter)
    if target == "-":
        sys.stdout.flush()
        return
    shell.say({**result.__dict__, "target": target}, target)


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
                    raise UsageError(f"cannot look at the file: {error}") from None
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
        request.json,
    )


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
    what = special(given, service, DELETES).get(service)
    if given.path is None and not isinstance(what, NeteaseDelete):
        raise UsageError(f"delete at {service} needs a file")
    with shell.client(account) as client:
        if isinstance(what, NeteaseDelete):
            result = client.delete_by_time(what)
        else:
            result = client.delete(given.path, what)
    if result.task_id is not None:
        shell.say(result, f"task {result.task_id}")
    else:
        shell.say(result, "deleted")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; try: python -m chatfile {'' if self.prog == 'chatfile' else self.prog[9:] + ' '}--help")


def size(text: str) -> int:
    """A number of bytes."""
    value = int(text)
    if value < 0:
        raise ValueError
    return value


def parser() -> argparse.ArgumentParser:
    """The command line."""
    common = _Parser(add_help=False)
    group = common.add_argument_group("for all commands")
    group.add_argument("--service", choices=list(ACCOUNTS), help="default: the one that there are credentials of")
    group.add_argument("--credentials", metavar="FILE", help="a file with credentials; see chatfile --help")
    group.add_argument("--json", action="store_true", help="one JSON object as the outcome, an error too")
    group.add_argument("-q", "--quiet", action="store_true", help="no progress")
    group.add_argument("-v", "--verbose", action="store_true", help="the library's log on standard error")
    group.add_argument("--timeout", type=float, metavar="SECONDS", help="give up after so long (default: never)")
    group.add_argument("--proxy", metavar="URL", help="default: what http_proxy and so on say")
    group.add_argument(
        "--allow-plain-http", action="store_true", help="follow an https service to an http:// address"
    )
    group.add_argument("--ca", metavar="FILE", help="CA certificates to trust besides the built-in ones")

    def options(command: argparse.ArgumentParser) -> None:
        command.add_argument(
            "-O",
            "--option",
            action="append",
            metavar="NAME=VALUE",
            help="an option of the service alone, for example -O directory=photos (SMH)",
        )

    main_parser = _Parser(
        prog="chatfile",
        description="Files at five chat services.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    main_parser.add_argument(
        "--version", action="version", version=f"chatfile {__version__} (library {version()})"
    )
    commands = main_parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)

    upload = commands.add_parser("upload", parents=[common], help="upload a file and print its URL")
    upload.add_argument("file", help="the file")
    upload.add_argument("--name", help="the name to store (default: that of the file)")
    upload.add_argument("--type", help="the media type to store (default: by the name)")
    upload.add_argument("--checkpoint", metavar="FILE", help="keep there what a later run needs to go on")
    upload.add_argument("--presigned", metavar="REQUEST", help="what presign printed, in a file; - is standard input")
    options(upload)

    download = commands.add_parser("download", parents=[common], help="download a file")
    download.add_argument("names", nargs="+", metavar="NAME", help="the file as upload named it, and the target; - is standard output")
    download.add_argument("--resume", action="store_true", help="keep what has arrived if it fails, and go on from there")
    download.add_argument("--max-size", type=size, default=0, metavar="BYTES", help="refuse a larger file")
    download.add_argument("--presigned", metavar="REQUEST", help="what presign printed, in a file; - is standard input")
    options(download)

    presign = commands.add_parser("presign", parents=[common], help="print a request that needs no secret to send")
    presign.add_argument("what", choices=["upload", "download"])
    presign.add_argument("file", nargs="?", help="for upload: a file of that size and name; for download: as upload named it")
    presign.add_argument("--size", type=size, metavar="BYTES", help="the size of the file to upload")
    presign.add_argument("--name", help="the name to store")
    presign.add_argument("--type", help="the media type to store")
    options(presign)

    complete = commands.add_parser("complete", parents=[common], help="complete a presigned upload that was sent (SMH, OpenIM)")
    complete.add_argument("request", help="what presign printed, in a file; - is standard input")

    delete = commands.add_parser("delete", parents=[common], help="delete a file (SMH) or files of some days (NetEase)")
    delete.add_argument("path", nargs="?", help="SMH: the file as upload named it")
    options(delete)
    return main_parser


COMMANDS = {
    "upload": do_upload,
    "download": do_download,
    "presign": do_presign,
    "complete": do_complete,
    "delete": do_delete,
}


def run(words: List[str]) -> int:
    """Runs a command line and says what went wrong; returns the exit code."""
    shell: Optional[Shell] = None
    as_json = "--json" in words

    def wrong(code: int, message: str, details: Dict[str, Any]) -> int:
        if shell is not None and shell.meter is not None:
            shell.meter.end()
        if as_json:
            print(json.dumps({"ok": False, "exit_code": code, **details}, ensure_ascii=False), flush=True)
        else:
            sys.stderr.write(f"chatfile: {message}\n")
        return code

    try:
        arguments = parser().parse_args(words)
        shell = Shell(arguments)
        COMMANDS[arguments.command](shell)
        return OK
    except UsageError as error:
        return wrong(USAGE, str(error), {"message": str(error)})
    except ChatfileError as error:
        details = error.details()
        message = str(error)
        extra = [
            f"{label} {details[key]}"
            for key, label in (("status", ""), ("service_code", "service code"), ("request_id", "request id"))
            if key in details
        ]
        message += f" ({', '.join(text.strip() for text in extra)})"
        if error.resume_token is not None and arguments.command == "upload":
            message += "\nchatfile: run it again with the same --checkpoint to go on"
        return wrong(exit_code(error), message, details)
    except KeyboardInterrupt:
        return wrong(INTERRUPTED, "interrupted", {"message": "interrupted"})
    except BrokenPipeError:
        # Nobody reads any more; Python must not try again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        return wrong(FAILED, str(error), {"message": str(error)})


def main() -> int:
    """The program."""
    return run(sys.argv[1:])
