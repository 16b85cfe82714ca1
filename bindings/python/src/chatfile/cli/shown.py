"""Texts of a service, as a terminal may have them, and the streams that they go to."""

import codecs
import json
import os
import sys
from typing import Any, Dict, Optional, TextIO, Tuple, Union


def plain(text: object) -> str:
    """A text on one line, in which ``?`` stands for what a terminal would obey or hide, as ``ls`` has it."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def json_line(values: Dict[str, Any]) -> str:
    """The same as JSON on one line, where escapes stand for that."""
    return escaped(json.dumps(values, ensure_ascii=False))


def escaped(text: str) -> str:
    """JSON on one line, where escapes stand for that, and for what standard output has no characters for."""
    encoding: Optional[str] = getattr(sys.stdout, "encoding", None)
    # Outside texts all of it is printable, and ASCII.
    return "".join(c if c.isprintable() and _can(c, encoding) else json.dumps(c)[1:-1] for c in text)


def _can(character: str, encoding: Optional[str]) -> bool:
    """Whether it can be written so."""
    if character.isascii() or encoding is None:
        return True
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


class Unwritable(Exception):
    """Standard output takes nothing more, for the reason that is the argument."""


#: Such a reason.
CLOSED = "standard output is closed, and the outcome would be lost"


#: What encoders do with a character that they do not have, as _bytes_or_escape has it.
_ERRORS = "chatfile.surrogateescape"


def steady(stream: Optional[TextIO]) -> None:
    """Whatever a name holds can be written: escapes stand for what the stream has no characters for. One that hands on
    the bytes of names that are not UTF-8, and one that somebody has set up otherwise, still do what they did."""
    reconfigure = getattr(stream, "reconfigure", None)
    errors = {"strict": "backslashreplace", "surrogateescape": _ERRORS}.get(getattr(stream, "errors", None) or "")
    if reconfigure is not None and errors is not None:
        reconfigure(errors=errors)


def _bytes_or_escape(error: UnicodeError) -> Tuple[Union[str, bytes], int]:
    """As surrogateescape has it, and where that gives up, an escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    # One by one: beside a byte that is handed on may stand a character that is not.
    error.end = error.start + 1
    byte = ord(error.object[error.start]) - 0xDC00
    return (bytes([byte]), error.end) if 0x80 <= byte <= 0xFF else codecs.backslashreplace_errors(error)


codecs.register_error(_ERRORS, _bytes_or_escape)


def put(stream: Optional[TextIO], text: str) -> None:
    """Tells somebody, in one piece: with xargs -P others write to the same pipe. If nobody listens, so be it."""
    if stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):
        silence(stream)


def output(text: str) -> None:
    """What was asked for, on standard output: in one piece, too, and whoever gets it has to know that it is all."""
    if sys.stdout is None:
        raise Unwritable(CLOSED)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        silence(sys.stdout)
        raise Unwritable(error) from None


def tell(message: str) -> None:
    """A line on standard error."""
    put(sys.stderr, f"chatfile: {message}\n")


def silence(stream: TextIO) -> None:
    """What it did not take Python must not try again at its end."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(null, stream.fileno())
        finally:
            os.close(null)
    except (OSError, ValueError):
        pass
