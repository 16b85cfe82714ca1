"""The header's comments in the words of another language, and as comments there."""

import re
import textwrap
from dataclasses import dataclass
from typing import Callable, List


@dataclass(frozen=True)
class Reference:
    """Something of the header that a comment names."""

    #: ``"constant"``, ``"function"``, ``"field"``, ``"type"`` or ``"null"``.
    kind: str
    #: The whole name in C: CHATFILE_E_LIMIT, chatfile_upload, chatfile_upload_options.
    name: str
    #: Of a field, its own name.
    field: str = ""


_REFERENCE = re.compile(
    r"(?P<constant>\bCHATFILE_[A-Z][A-Z0-9_]*\b(?!_))"
    r"|\b(?P<function>chatfile_\w+)\(\)"
    r"|\b(?P<struct>chatfile_\w+)(?:\.|::)(?P<field>[a-z]\w*)"
    r"|\b(?P<type>chatfile_\w+)"
    r"|(?P<null>\bNULL\b)"
)


def adapt(text: str, say: Callable[[Reference], str]) -> str:
    """The text with every name of the header as ``say`` says it."""

    def said(match: "re.Match[str]") -> str:
        if match.group("field"):
            return say(Reference("field", match.group("struct"), match.group("field")))
        kind = next(kind for kind in ("constant", "function", "type", "null") if match.group(kind))
        return say(Reference(kind, match.group(kind)))

    return _REFERENCE.sub(said, text)


def c_names(text: str, say: Callable[[str], str]) -> str:
    """The text with every name of C of several words as ``say`` says it; but not what is in quotes, or a part of a path
    or call. What ends in _proxy is a variable of the environment."""
    pattern = r"\"[^\"]*\"|(?<![\w.`/\"])[a-z]+(?:_[a-z0-9]+)+(?![\w\"(])"

    def said(match: "re.Match[str]") -> str:
        name = match.group(0)
        return name if name.startswith('"') or name.endswith("_proxy") else say(name)

    return re.sub(pattern, said, text)


def wrapped(text: str, width: int, prefix: str = "") -> List[str]:
    """Lines of at most ``width`` characters, each with the prefix, and with empty ones between paragraphs."""
    lines: List[str] = []
    for paragraph in text.split("\n\n"):
        if lines:
            lines.append(prefix.rstrip())
        lines += textwrap.wrap(
            paragraph,
            width,
            initial_indent=prefix,
            subsequent_indent=prefix,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines


def lower_first(text: str) -> str:
    """A sentence to stand behind a colon."""
    return text if re.match(r"[A-Z][A-Z\d]", text) else text[:1].lower() + text[1:]


def words(name: str) -> List[str]:
    """The words of a name in snake case."""
    return [word for word in name.split("_") if word]


def camel(name: str) -> str:
    """``upload_options`` as ``UploadOptions``."""
    return "".join(word[:1].upper() + word[1:].lower() for word in words(name))
