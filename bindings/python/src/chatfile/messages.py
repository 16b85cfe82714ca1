"""What to tell the person at the screen when a call has failed: docs/messages.md."""

import functools
import os
from typing import Any, Dict, NamedTuple

from ._error import ChatfileError

__all__ = ["UserMessage", "user_message"]


class UserMessage(NamedTuple):
    """One sentence, and what to offer."""

    #: The sentence.
    show: str
    #: "again", "file", "place", "sign_in", "administrator" or "nothing".
    offer: str
    #: What may stand on the button.
    label: str


@functools.lru_cache(maxsize=None)
def _table(language: str) -> Dict[str, Any]:
    # It costs time that only those pay who ask.
    import json

    path = os.path.join(os.path.dirname(__file__), f"messages.{language}.json")
    with open(path, encoding="utf-8") as file:
        table: Dict[str, Any] = json.load(file)
    return table


def _fits(row: Dict[str, Any], error: ChatfileError) -> bool:
    system = "windows" if os.name == "nt" else "posix"
    return (
        row["status"] == error.status
        and row.get("tls_fault", error.tls_fault) == error.tls_fault
        and row.get("at_proxy", error.at_proxy) == error.at_proxy
        and ("os_error" not in row or error.os_error in row["os_error"][system])
        and ("field" not in row or error.field in row["field"])
    )


def user_message(error: ChatfileError, language: str = "en") -> UserMessage:
    """What to show for this error, and what to offer. ``language`` is "en" or "zh"; a locale ("zh_CN.UTF-8", "zh-Hans")
    is taken by its beginning, and any other one is English."""
    table = _table("zh" if language.lower().startswith("zh") else "en")
    found: Dict[str, str] = next((row for row in table["messages"] if _fits(row, error)), {})
    if not found:
        found = table["bands"].get(str(int(error.status) // 100), table["bands"]["9"])
    return UserMessage(found["show"], found["offer"], table["offers"][found["offer"]])
