"""What the header says of lengths of time, for languages that have a type for them."""

import re


def in_words(text: str, unit: str) -> str:
    """A comment on a length of time without the unit that its number in C has."""
    text = re.sub(r", in (milli)?seconds\b", "", text)
    text = text.replace("so many milliseconds", "so long")
    text = re.sub(r"^Seconds until", "The time until", text)
    text = re.sub(r" in seconds, (?=\d)", ", ", text)

    def length(match: "re.Match[str]") -> str:
        count = int(match.group(0).replace(",", ""))
        return duration(count, unit)

    # Numbers that stand for themselves, and not for what is counted otherwise.
    return re.sub(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w,])|(?<=0: )\d{3,}(?=[.;,])|(?<=, )\d{3,}(?= to)", length, text)


def duration(count: int, unit: str) -> str:
    """86,400 seconds as "a day"."""
    seconds = count / 1000 if unit == "ms" else count
    for size, one, many in ((86_400, "a day", "days"), (3_600, "an hour", "hours"), (60, "a minute", "minutes")):
        if seconds >= size and seconds % size == 0:
            number = int(seconds // size)
            return one if number == 1 else f"{number:,} {many}"
    return f"{seconds:g} s" if seconds >= 1 else f"{count} ms"
