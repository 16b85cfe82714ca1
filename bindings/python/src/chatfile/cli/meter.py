"""Progress on a terminal, or in a pipe."""

import os
import time
import unicodedata
from typing import TextIO

from .. import Activity, Progress
from .shown import put


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


def time_text(seconds: float) -> str:
    """A span for a person to read: 0:07, 12:30, 3:02:11."""
    whole = int(seconds + 0.5)
    minutes = f"{whole // 60 % 60}:{whole % 60:02}"
    return minutes if whole < 3600 else f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


#: What is said while nothing of the file has moved.
DOING = {
    Activity.CONNECTING: "connecting",
    Activity.HASHING: "reading",
    Activity.RENEWING: "getting a token",
}


def doing(progress: Progress) -> str:
    """What is going on, in place of a speed."""
    said = DOING.get(progress.activity, "") if progress.done == 0 else ""
    if progress.activity is Activity.HASHING:
        said = f"reading {size_text(progress.hashed)} of {size_text(progress.hash_total)}"
    return said


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
        rate = f"{size_text(progress.rate)}/s" if progress.rate else doing(progress)
        if progress.finished:
            rate = f"{size_text(done / seconds)}/s" if seconds > 0.2 else ""
        of = f"{size_text(done)} of {size_text(total)}" if total is not None else size_text(done)
        if self.bar:
            percent = f"{share:4.0%}" if total is not None or progress.finished else "  ? "
            line = self.line(share, percent, of, rate, self.left(progress, seconds))
            put(self.stream, f"\r{line}\x1b[K")
            self.shown = True
            if progress.finished:
                self.end()
            return
        tenth = int(share * 10) if total is not None else int(seconds / 5)
        if tenth > self.tenth or progress.finished:
            self.tenth = tenth
            percent = f"{share:.0%} " if total is not None or progress.finished else ""
            put(self.stream, f"{self.name}: {percent}{of}{' ' + rate if rate else ''}\n")

    @staticmethod
    def left(progress: Progress, seconds: float) -> str:
        """How long it will take from now, or has taken; nothing as long as nobody knows."""
        if progress.finished:
            return f"in {time_text(seconds)}"
        return "" if progress.remaining is None else f"{time_text(progress.remaining)} left"

    def line(self, share: float, percent: str, of: str, rate: str, left: str) -> str:
        """The bar, within one line of the terminal: what matters less goes first where it is narrow."""
        room = columns(self.stream) - 1
        for words in ((percent, of, rate, left), (percent, of, left), (percent, left), (percent,)):
            tail = "".join(f" {word}" for word in words if word)
            # So much is left for a name and a bar.
            if room - len(tail) >= 24:
                break
        space = room - len(tail)
        name = fitted(self.name, min(30, space // 2 - 2))
        cells = min(30, space - width(name) - 3)
        if cells < 3:
            return fitted(percent.strip(), room)
        full = int(cells * share)
        return f"{name} [{'#' * full}{'-' * (cells - full)}]{tail}"

    def end(self) -> None:
        """Leaves the line of the bar."""
        if self.shown:
            self.shown = False
            put(self.stream, "\n")
