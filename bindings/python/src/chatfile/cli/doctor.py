"""``chatfile doctor``: what works on the way to the service, step by step, with time and advice; for whoever supports
others by telephone. The library looks (:meth:`chatfile.Client.check`); it prints no secret, and stores nothing unless it
is told to."""

import platform
from typing import Any, Dict

from .. import CheckKind, CheckStep, Status, Verdict, __version__, version


def name(kind: int) -> str:
    """A number of the header as a word."""
    known: Dict[int, str] = {CheckKind.TLS: "TLS"}
    return known.get(kind) or CheckKind(kind).name.lower()


def versions() -> CheckStep:
    """What is asked first on the telephone, as a step."""
    text = f"chatfile {__version__}, library {version()}, Python {platform.python_version()}, {platform.platform()}"
    return CheckStep(-1, Verdict.OK, 0, 0.0, text)


def line(step: CheckStep) -> str:
    """A step for a person."""
    verdict, status = word(step.verdict), status_name(step.status)
    what = "versions" if step.kind < 0 else name(step.kind)
    shown = f"{verdict:9} {what:11} {step.time * 1000:6.0f} ms  {f'{status}: ' if status else ''}{step.text}"
    return shown + (f"\n{'':31} {advice(step)}" if step.advice else "")


def advice(step: CheckStep) -> str:
    """What to do, with the options that the command has."""
    return (step.advice or "").replace("(store)", "(--write)")


def as_json(step: CheckStep) -> Dict[str, Any]:
    """A step for a program."""
    return {
        "step": "versions" if step.kind < 0 else name(step.kind),
        "verdict": word(step.verdict),
        "status": status_name(step.status),
        "ms": round(step.time * 1000),
        "text": step.text,
        "advice": advice(step),
    }


def word(verdict: int) -> str:
    """What came of a step."""
    return Verdict(verdict).name.lower().replace("_", " ")


def status_name(status: int) -> str:
    """The name in the C header; "" of what has not failed."""
    return f"CHATFILE_E_{Status(status).name}" if status else ""
