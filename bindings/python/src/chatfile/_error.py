"""What all errors of calls are."""

from typing import Any, Dict, Optional, Tuple

from ._details import Details
from ._library import lib
from .enums import Phase


class ChatfileError(Details, Exception):
    """A call failed. All its details are attributes; what is not known is ``None``."""

    #: The status that the class stands for.
    status: int = 0
    #: What happened and what to do about it.
    message: str

    def __init__(self, message: str, *, status: Optional[int] = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        if status is not None:
            self.status = status
        for name, value in details.items():
            if name not in Details.__annotations__:
                raise TypeError(f"an error has no {name!r}")
            setattr(self, name, value)

    def __str__(self) -> str:
        # Not as OSError, which some of them are, too.
        return self.message

    @property
    def status_name(self) -> str:
        """The name of the status in the C header, for example ``CHATFILE_E_LIMIT``."""
        name: bytes = lib.status_name(self.status)
        return name.decode()

    def details(self) -> Dict[str, Any]:
        """Everything that is known, for a log or for JSON."""
        known = {name: getattr(self, name) for name in ("message", *Details.__annotations__)}
        known.update(status=self.status_name, phase=_phase_name(self.phase))
        return {key: value for key, value in known.items() if value is not None and (key != "callback_value" or value)}

    def __reduce__(self) -> Tuple[Any, ...]:
        return (type(self), (self.message,), self.__dict__)


def _phase_name(phase: int) -> str:
    try:
        return Phase(phase).name.lower()
    except ValueError:
        return str(phase)


class Stop(Exception):
    """Raise it in a progress function, a source, a sink or a secret function to end the call with
    :class:`CallbackError`. Any other exception that you raise there comes out of the call as it is."""

    def __init__(self, value: int = 1) -> None:
        super().__init__(value)
        self.value = value
