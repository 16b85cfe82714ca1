"""Where the lines of the log go if a program says nothing: to logging, as the logger "chatfile"."""

import sys
from typing import Any

from .enums import LogLevel

#: The levels of logging, by those of the library.
_LEVELS = {LogLevel.ERROR: 40, LogLevel.WARN: 30, LogLevel.INFO: 20, LogLevel.DEBUG: 10, LogLevel.TRACE: 5}


def level() -> LogLevel:
    """What the logger lets pass now. In a program that has not imported logging yet, that is what it lets pass at first."""
    logging: Any = sys.modules.get("logging")
    least = logging.getLogger("chatfile").getEffectiveLevel() if logging is not None else 30
    return max((own for own, there in _LEVELS.items() if there >= least), default=LogLevel.ERROR)


def log(own: int, line: str) -> None:
    """Takes a line."""
    import logging

    logger = logging.getLogger("chatfile")
    if not logger.handlers:
        # As libraries do: where nobody has set up logging, nothing is printed.
        logger.addHandler(logging.NullHandler())
    logger.log(_LEVELS.get(own, logging.DEBUG), "%s", line)  # type: ignore[call-overload]
