"""What the dataclasses of options and results have in common, and how they become C structures."""

import ctypes
import dataclasses
import os
from typing import Any, Callable, ClassVar, Dict, List, Optional, Tuple, Type, Union

from .errors import ArgumentError, TextError

#: A text, or a path.
Path = Union[str, "os.PathLike[str]"]


class Record:
    """A dataclass that compares by its fields and shows those that differ from their default, but no secrets.

    (What ``dataclass`` itself would make for each class costs more than a millisecond at import for all of them.)
    """

    __dataclass_fields__: ClassVar[Dict[str, Any]]

    def __repr__(self) -> str:
        shown = []
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not field.repr and value is not None:
                shown.append(f"{field.name}=...")
            elif field.repr and value != field.default:
                shown.append(f"{field.name}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]


_BITS: Dict[Any, Tuple[int, int]] = {
    ctypes.c_int32: (-(1 << 31), (1 << 31) - 1),
    ctypes.c_uint32: (0, (1 << 32) - 1),
    ctypes.c_int64: (-(1 << 63), (1 << 63) - 1),
    ctypes.c_uint64: (0, (1 << 64) - 1),
}
_Plan = Tuple[int, List[Tuple[str, Optional[Tuple[int, int]]]]]
_plans: Dict[Any, _Plan] = {}


def _plan(structure: Any) -> _Plan:
    """The size of a structure, and its fields that are texts (None) or numbers (their range)."""
    fields = [
        (name, _BITS.get(kind))
        for name, kind in structure._fields_[1:]
        if kind is ctypes.c_char_p or kind in _BITS
    ]
    plan = _plans[structure] = (ctypes.sizeof(structure), fields)
    return plan


def text(value: Any, field: str) -> bytes:
    """A text for C. What C could not tell from another text is refused here."""
    if type(value) is not str:
        if isinstance(value, bytes):
            data = value
        else:
            try:
                value = os.fspath(value)
            except TypeError:
                raise TypeError(f"{field} must be a text, not {type(value).__name__}") from None
            return text(os.fsdecode(value), field)
    else:
        try:
            data = value.encode("utf-8")
        except UnicodeEncodeError as error:
            what = f"{field} is not UTF-8 ({error.reason}); of a file whose name is in GBK or the like, give the open file"
            raise TextError(what, field=field) from None
    if b"\0" in data:
        raise TextError(f"{field} has a NUL in it; take it out", field=field)
    return data


def number(value: Any, field: str, low: int, high: int) -> int:
    """A number for C, which must fit."""
    try:
        whole = value.__index__()
    except AttributeError:
        raise TypeError(f"{field} must be a whole number, not {type(value).__name__}") from None
    if not low <= whole <= high:
        raise ArgumentError(f"{field} is {whole}, which is not between {low} and {high}", field=field)
    return int(whole)


def fill(structure: Any, record: Any) -> Any:
    """A new structure of that type with the texts and numbers of a record."""
    size, fields = _plans.get(structure) or _plan(structure)
    filled = structure(size)
    if record is not None:
        values = record.__dict__
        for name, bits in fields:
            value = values.get(name)
            if bits is None:
                if value is not None:
                    setattr(filled, name, text(value, name))
            elif value:
                setattr(filled, name, number(value, name, *bits))
    return filled


def expect(value: Any, kind: Union[Type[Any], Tuple[Type[Any], ...]], name: str) -> Any:
    """Refuses what is of another type."""
    if value is not None and not isinstance(value, kind):
        wanted = " or ".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
        raise TypeError(f"{name} must be {wanted}, not {type(value).__name__}")
    return value


#: Gives the secret of that name ("app_secret", "password", ...).
SecretFunction = Callable[[str], Union[str, bytes]]
#: Takes a level (:class:`chatfile.LogLevel`) and a line of the log.
LogFunction = Callable[[int, str], None]
