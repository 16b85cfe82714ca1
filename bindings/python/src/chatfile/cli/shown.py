"""Texts of a service, as a terminal may have them."""

import json
from typing import Any, Dict


def plain(text: object) -> str:
    """A text on one line, in which ``?`` stands for what a terminal would obey or hide, as ``ls`` has it."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def json_line(values: Dict[str, Any]) -> str:
    """The same as JSON on one line, where escapes stand for that."""
    text = json.dumps(values, ensure_ascii=False)
    # Outside texts all of it is printable.
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)
