"""``chatfile`` and ``python -m chatfile``: files at chat services from the command line."""

import argparse
import os
import sys
from typing import List

from .. import ChatfileError
from . import written
from .account import UsageError
from .commands import COMMANDS, FAILED, INTERRUPTED, USAGE, Shell
from .parser import parser


def run(words: List[str]) -> int:
    """Runs a command line and says what went wrong; returns the exit code."""
    # Until it is read: all that matters is how to say what is wrong with it.
    shell = Shell(argparse.Namespace(json="--json" in words, trace=None))

    def wrong(code: int, message: str) -> int:
        return shell.wrong(code, message, {"message": message})

    try:
        if words[:1] == ["emulator"]:
            # All that follows is its own, -- too.
            shell.arguments.words = words[1:]
            COMMANDS["emulator"](shell)
            return shell.code
        arguments = parser().parse_args(words)
        if arguments.command in ("completion", "manual"):
            text = written.manual() if arguments.command == "manual" else getattr(written, arguments.shell)()
            sys.stdout.write(text)
            return shell.code
        arguments.json = getattr(arguments, "json", False)
        shell = Shell(arguments)
        if sys.stdout is None:
            raise OSError("standard output is closed, and the outcome would be lost")
        COMMANDS[arguments.command](shell)
        return shell.code
    except UsageError as error:
        return wrong(USAGE, str(error))
    except ChatfileError as error:
        return shell.failed(error)
    except KeyboardInterrupt:
        return wrong(INTERRUPTED, "interrupted")
    except BrokenPipeError:
        # Nobody reads any more; Python must not try again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        return wrong(FAILED, str(error))


def main() -> int:
    """The program."""
    return run(sys.argv[1:])
