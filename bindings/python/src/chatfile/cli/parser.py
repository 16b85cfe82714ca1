"""The command line: what may stand on it."""

import argparse
from typing import Any, Dict, NoReturn

from .. import __version__, version
from .account import ACCOUNTS, DELETES, DOWNLOADS, UPLOADS, UsageError, required
from .shown import output

DESCRIPTION = "Files at chat services: upload, download, and what else they can."

CREDENTIALS = """\
They come from the environment, SERVICE_FIELD for each field of the account
(NETEASE_APP_KEY, NETEASE_APP_SECRET, NETEASE_BASE_URL, SMH_LIBRARY_ID, ...), or
from a file with a section for each account, which is a profile:

  [netease]
  app_key = ...
  app_secret = ...

  [work]
  service = smh
  library_id = ...
  library_secret = ...
  proxy = http://proxy.example:8080

The file is ~/.config/chatfile/config.ini (on Windows chatfile\\config.ini in
%APPDATA%), or what --config or CHATFILE_CONFIG names. Nobody else may be allowed
to read it. --profile or CHATFILE_PROFILE names the section; without, it is that of
the service, and the environment goes before it. A section may also have proxy, ca,
timeout and allow_plain_http.
"""

EXIT_CODES = """\
0 done                          4 the network, the proxy or TLS
1 cannot write the output,      5 the service refused
  exists says no, or doctor     6 the bytes are damaged
  finds a fault                 7 stopped
2 wrong usage or credentials   70 a defect: please report it
  missing                     130 interrupted (Ctrl-C)
3 a parameter, the source or  129 ended by SIGHUP
  the target is wrong         143 ended by SIGTERM
"""


def indented(text: str) -> str:
    """Two blanks before each line."""
    return "".join(f"  {line}" if line.strip() else line for line in text.splitlines(True))


EPILOG = f"""\
credentials:
{indented(CREDENTIALS)}
exit codes:
{indented(EXIT_CODES)}"""


#: Stands before a word that begins with - and is no option; no word can have it.
_WORD = "\0"


def _words(value: Any) -> Any:
    """What was found, without that."""
    if isinstance(value, list):
        return [_words(one) for one in value]
    return value[len(_WORD) :] if isinstance(value, str) and value.startswith(_WORD) else value


class Parser(argparse.ArgumentParser):
    """One that raises what is wrong."""

    def error(self, message: str) -> NoReturn:
        message = message.replace(repr(_WORD)[1:-1], "")
        words = "" if self.prog == "chatfile" else f"{self.prog[9:]} "
        raise UsageError(f"{message}; try: chatfile {words}--help")

    def _print_message(self, message: str, file: Any = None) -> None:
        # That of argparse keeps for itself that it cannot be written. It is --help or --version.
        output(message)

    #: Looked at already, by the same parser.
    _within = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """The words of a command may stand before, between and behind its options, and behind -- they may begin with -."""
        if self._subparsers is not None or self._within:
            return super().parse_known_args(args, namespace)
        if "--" in args:
            at = args.index("--")
            before = self._option_string_actions.get(args[at - 1]) if at else None
            # Behind an option without its value it is left for argparse to say. Else that, where words are
            # intermixed, forgets it before it has come to them.
            if before is None or before.nargs == 0:
                args = [*args[:at], *(_WORD + word if word.startswith("-") else word for word in args[at + 1 :])]
        self._within = True
        try:
            found, rest = self.parse_known_intermixed_args(args, namespace)
        finally:
            self._within = False
        for name, value in vars(found).items():
            setattr(found, name, _words(value))
        return found, _words(rest)


def size(text: str) -> int:
    """A number of bytes."""
    value = int(text)
    if value < 0:
        raise ValueError
    return value


def common() -> Parser:
    """The options that all commands have."""
    made = Parser(add_help=False)
    group = made.add_argument_group("for all commands")
    group.add_argument("--service", choices=list(ACCOUNTS), help="default: the one that there are credentials of")
    group.add_argument("--profile", metavar="NAME", help="a section of the configuration")
    group.add_argument("--config", metavar="FILE", help="the file with the profiles; see chatfile --help")
    group.add_argument("--json", action="store_true", help="each outcome as a line of JSON, an error too")
    group.add_argument("-q", "--quiet", action="store_true", help="no progress")
    group.add_argument("-v", "--verbose", action="store_true", help="the library's log on standard error")
    group.add_argument("--trace", metavar="FILE", help="if it fails, append there what was asked and answered, without secrets")
    group.add_argument("--timeout", type=float, metavar="SECONDS", help="give up a call after so long (default: never)")
    group.add_argument("--proxy", metavar="URL", help="default: what http_proxy and so on say")
    group.add_argument(
        "--allow-plain-http", action="store_true", help="follow an https service to an http:// address"
    )
    group.add_argument("--ca", metavar="FILE", help="CA certificates to trust besides the built-in ones and the system's")
    return made


def option(command: argparse.ArgumentParser, of: str, kinds: Dict[str, Any]) -> None:
    """What a service alone has: the fields of these classes."""
    alone = []
    for service, kind in kinds.items():
        needed = required(kind)
        names = [f"{name} (needed)" if name in needed else name for name in kind._fields]
        alone.append(f"{service}: {', '.join(names)}")
    command.add_argument(
        "-O",
        "--option",
        action="append",
        metavar="NAME=VALUE",
        help=f"an option that {of} has at one service alone; {'; '.join(alone)}",
    )


def parser() -> Parser:
    """The command line."""
    main = Parser(
        prog="chatfile",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    main.add_argument("--version", action="version", version=f"chatfile {__version__} (library {version()})")
    commands = main.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    parents = [common()]

    upload = commands.add_parser("upload", parents=parents, help="upload files and print their URLs")
    upload.add_argument("files", nargs="+", metavar="FILE", help="a file; - is standard input, which needs --name")
    upload.add_argument(
        "-r",
        "--recursive",
        action="store_true",
        help="folders with all that is in them (SMH); empty ones are left out, and a link to a folder in them fails",
    )
    upload.add_argument("--name", help="the name to store (default: that of the file)")
    upload.add_argument("--type", help="the media type to store (default: by the name)")
    upload.add_argument("--message", action="store_true", help="print the service's own message about each file, as JSON")
    upload.add_argument("--checkpoint", metavar="FILE", help="keep there what a later run needs to go on")
    option(upload, "an upload", UPLOADS)

    download = commands.add_parser("download", parents=parents, help="download files")
    download.add_argument("files", nargs="+", metavar="FILE", help="a file as upload named it")
    download.add_argument(
        "-o",
        "--output",
        metavar="TARGET",
        help="a file, a folder, or - for standard output (default: a new file here, of the last part of its name)",
    )
    download.add_argument("--resume", action="store_true", help="keep what has arrived if it fails, and go on from there")
    download.add_argument("--max-size", type=size, default=None, metavar="BYTES", help="refuse a larger file")
    option(download, "a download", DOWNLOADS)

    listing = commands.add_parser("list", parents=parents, help="list a folder (SMH)")
    listing.add_argument("folder", nargs="?", default="", help="default: all")
    listing.add_argument("-r", "--recursive", action="store_true", help="with all folders in it")
    listing.add_argument(
        "--versions", action="store_true", help="the versions of a file in place of a folder, for download -O version=..."
    )

    info = commands.add_parser("info", parents=parents, help="say what the service knows of a file (SMH)")
    info.add_argument("files", nargs="+", metavar="FILE", help="a file as upload named it")

    exists = commands.add_parser("exists", parents=parents, help="say whether there is a file (SMH), also by the exit code")
    exists.add_argument("file", metavar="FILE", help="a file as upload named it")

    delete = commands.add_parser("delete", parents=parents, help="delete files (SMH), or files of some days (NetEase)")
    delete.add_argument("files", nargs="*", metavar="FILE", help="SMH: a file as upload named it")
    option(delete, "a deletion", DELETES)

    abort = commands.add_parser("abort", parents=parents, help="throw away what a broken upload in parts has left (SMH)")
    abort.add_argument("checkpoint", metavar="CHECKPOINT", help="the file that upload --checkpoint kept")

    digest = commands.add_parser("digest", parents=parents, help="print the checksums of files, without a transfer")
    digest.add_argument("files", nargs="+", metavar="FILE", help="a file")
    digest.add_argument(
        "--kind",
        choices=["sha256", "md5", "crc64", "smh", "openim"],
        default="sha256",
        help="smh and openim: by which those services know files",
    )
    digest.add_argument("--part-size", type=size, default=0, metavar="BYTES", help="openim: that of a part")

    presign = commands.add_parser("presign", parents=parents, help="print a request that needs no secret to send")
    presign.add_argument("what", choices=["upload", "download"], help="which of the two")
    presign.add_argument(
        "file", nargs="?", metavar="FILE", help="for upload: a file of that size and name; for download: as upload named it"
    )
    presign.add_argument("--size", type=size, metavar="BYTES", help="the size of the file to upload")
    presign.add_argument("--name", help="the name to store")
    presign.add_argument("--type", help="the media type to store")
    option(presign, "an upload (or a download: see there)", UPLOADS)

    send = commands.add_parser("send", parents=parents, help="send what presign printed, which takes no credentials")
    send.add_argument("request", metavar="REQUEST", help="what presign printed, in a file; - is standard input")
    send.add_argument("file", nargs="?", metavar="FILE", help="the file to upload, or the target of a download")
    send.add_argument("--resume", action="store_true", help="a download: keep what has arrived, and go on from there")
    send.add_argument("--max-size", type=size, default=None, metavar="BYTES", help="a download: refuse a larger file")

    complete = commands.add_parser("complete", parents=parents, help="complete a presigned upload that was sent (SMH, OpenIM)")
    complete.add_argument("request", metavar="REQUEST", help="what presign printed, which you have kept, in a file; - is standard input")

    doctor = commands.add_parser("doctor", parents=parents, help="try the way to the service step by step, and say what to do")
    doctor.add_argument("--write", action="store_true", help="where no call stores nothing (NetEase): upload one byte, for a day")

    emulator = commands.add_parser("emulator", help="start the emulator of the services, if it is installed")
    emulator.add_argument("words", nargs="*", metavar="WORD", help="what chatfile-emulator takes; emulator --help tells")

    completion = commands.add_parser("completion", help="print what completes words in a shell")
    completion.add_argument("shell", choices=["bash", "zsh", "fish"], help="for which")

    commands.add_parser("manual", help="print the manual, for man")
    return main
