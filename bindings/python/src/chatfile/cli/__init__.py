"""``chatfile`` and ``python -m chatfile``: files at chat services from the command line."""

import argparse
import signal
import sys
from typing import List, NoReturn

from .. import ChatfileError
from . import written
from .account import UsageError
from .commands import COMMANDS, FAILED, INTERRUPTED, USAGE, Shell
from .parser import parser
from .shown import CLOSED, Unwritable, output, steady, tell


class Ended(SystemExit):
    """By a signal, which the exit code tells as a shell does."""

    code: int


def end(number: int, _: object) -> NoReturn:
    """A handler of signals: what it raises stops a call, which then removes what it has not finished."""
    raise Ended(128 + number)


def heed_signals() -> None:
    """Those that end a program do so in good order, unless they are ignored, as under nohup."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, end)


def run(words: List[str]) -> int:
    """Runs a command line and says what went wrong; returns the exit code."""
    # Until it is read: all that matters is how to say what is wrong with it.
    shell = Shell(argparse.Namespace(json="--json" in words, trace=None))
    try:
        return tried(shell, words)
    except Unwritable as error:
        # Also while it was said what went wrong. Where nobody reads any more, nobody asks why.
        if not isinstance(error.args[0], BrokenPipeError):
            tell(str(error))
        return FAILED


def tried(shell: Shell, words: List[str]) -> int:
    """The same, as long as standard output takes what is said."""

    def wrong(code: int, message: str) -> int:
        return shell.wrong(code, message, {"message": message})

    try:
        perform(shell, words)
        return shell.code
    except UsageError as error:
        return wrong(USAGE, str(error))
    except ChatfileError as error:
        return shell.failed(error)
    except KeyboardInterrupt:
        return wrong(INTERRUPTED, "interrupted")
    except Ended as error:
        return wrong(error.code, f"ended by {signal.Signals(error.code - 128).name}")
    except OSError as error:
        return wrong(FAILED, str(error))


def perform(shell: Shell, words: List[str]) -> None:
    """What the words say."""
    if words[:1] == ["emulator"]:
        # All that follows is its own, -- too.
        shell.arguments.words = words[1:]
        COMMANDS["emulator"](shell)
        return
    arguments = parser().parse_args(words)
    if sys.stdout is None:
        raise Unwritable(CLOSED)
    if arguments.command in ("completion", "manual"):
        output(written.manual() if arguments.command == "manual" else getattr(written, arguments.shell)())
        return
    arguments.json = getattr(arguments, "json", False)
    shell.arguments = arguments
    COMMANDS[arguments.command](shell)


def main() -> int:
    """The program."""
    heed_signals()
    for stream in (sys.stdout, sys.stderr):
        steady(stream)
    return run(sys.argv[1:])
