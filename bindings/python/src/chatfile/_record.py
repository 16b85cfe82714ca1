"""What the classes of options and results have in common, and how they become C structures."""

import ctypes
import math
import os
from typing import TYPE_CHECKING, Any, Callable, ClassVar, Dict, List, Optional, Tuple, Type, Union

from . import _abi
from .errors import ArgumentError, TextError

if TYPE_CHECKING:
    import datetime

    from typing_extensions import dataclass_transform
else:

    def dataclass_transform():
        return lambda kind: kind


#: A text, or a path.
Path = Union[str, "os.PathLike[str]"]
#: A length of time: seconds, or a timedelta.
Seconds = Union[float, "datetime.timedelta"]
#: A point in time: seconds since 1970 UTC, or a datetime (one without a time zone is local time).
Time = Union[float, "datetime.datetime"]
#: Gives the secret of that name ("app_secret", "password", ...).
SecretFunction = Callable[[str], Union[str, bytes]]
#: Gives "NAME:PASSWORD" for a proxy ("host:port") that asks for it by a scheme ("Basic", "Digest" or "SOCKS5") and for a
#: realm; "" where there is none.
LoginFunction = Callable[[str, str, str], Union[str, bytes]]
#: Takes a level (:class:`chatfile.LogLevel`) and a line of the log.
LogFunction = Callable[[int, str], None]


class _DataclassFields:
    """Makes a dataclass of a record when somebody asks: for ``dataclasses.replace()``, ``asdict()`` and so on. To import
    dataclasses, and to make one of each class at once, costs more than everything else here."""

    def __get__(self, record: Any, kind: Any) -> Any:
        if kind is Record:
            raise AttributeError("__dataclass_fields__")
        import dataclasses

        dataclasses.dataclass(init=False, repr=False, eq=False)(kind)
        return kind.__dict__["__dataclass_fields__"]


def _without_login(value: Any) -> Any:
    """URLs without what stands before the host: the library refuses such a login, which its owner should not see in a log."""
    if isinstance(value, str):
        scheme, mark, rest = value.partition("://")
        authority, slash, path = rest.partition("/")
        return f"{scheme}://...@{authority.rpartition('@')[2]}{slash}{path}" if mark and "@" in authority else value
    if isinstance(value, (list, tuple)):
        return [_without_login(one) for one in value]
    return value


@dataclass_transform()
class Record:
    """Compares by its fields, and shows those that differ from their default, but no secrets."""

    if TYPE_CHECKING:
        __dataclass_fields__: ClassVar[Dict[str, Any]]
    else:
        __dataclass_fields__ = _DataclassFields()

    #: The names of the fields, in order.
    _fields: ClassVar[Tuple[str, ...]] = ()
    #: What they are if nothing is said.
    _defaults: ClassVar[Dict[str, Any]] = {}
    #: Those that are secret.
    _hidden: ClassVar[Tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        own = [name for name in cls.__annotations__ if not name.startswith("_")]
        above: Any = super(cls, cls)
        cls._fields = (*above._fields, *(name for name in own if name not in above._fields))
        cls._defaults = {**above._defaults, **{name: cls.__dict__[name] for name in own if name in cls.__dict__}}

    def __init__(self, *values: Any, **named: Any) -> None:
        fields = self._fields
        if len(values) > len(fields):
            raise TypeError(f"{type(self).__name__} has {len(fields)} fields, not {len(values)}")
        given = dict(zip(fields, values))
        for name, value in named.items():
            if name not in fields:
                # As in the C header, with the unit in the name; 0 is the default there.
                own, per_second = _abi.TIMES.get(name, ("", 1))
                if own not in fields:
                    raise TypeError(f"{type(self).__name__} has no field {name!r}; there is {', '.join(fields)}")
                name, value = own, value / per_second if value else None
            if name in given:
                raise TypeError(f"{type(self).__name__} was given {name!r} twice")
            given[name] = value
        self.__dict__.update(self._defaults)
        self.__dict__.update(given)
        if len(self.__dict__) != len(fields):
            missing = [name for name in fields if name not in self.__dict__]
            raise TypeError(f"{type(self).__name__} needs {' and '.join(missing)}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._fields:
            raise AttributeError(f"{type(self).__name__} has no field {name!r}; there is {', '.join(self._fields)}")
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        shown = []
        for name in self._fields:
            value = getattr(self, name)
            if name in self._hidden and value is not None:
                shown.append(f"{name}=...")
            elif name not in self._defaults or value != self._defaults[name]:
                shown.append(f"{name}={_without_login(value)!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    def __replace__(self, **values: Any) -> Any:
        """What copy.replace() of Python 3.13 gives."""
        return self._replaced(values)

    def _replaced(self, values: Dict[str, Any]) -> Any:
        """Another one with these fields."""
        return type(self)(**{**self.__dict__, **values})


_BITS: Dict[Any, Tuple[int, int]] = {
    ctypes.c_int32: (-(1 << 31), (1 << 31) - 1),
    ctypes.c_uint32: (0, (1 << 32) - 1),
    ctypes.c_int64: (-(1 << 63), (1 << 63) - 1),
    ctypes.c_uint64: (0, (1 << 64) - 1),
}
#: Several texts.
_TEXTS: Any = ctypes.POINTER(ctypes.c_char_p)
#: What a call fills in by itself: structures that hang off others, functions and handles.
_OF_THE_CALL: Any = (ctypes._Pointer, _abi.chatfile_stop_fn.__base__, ctypes.c_void_p)
#: Puts a value into a field.
_Setter = Callable[[Any, Any], None]
#: The size of a structure, and what fills its fields from those of a record.
_Plan = Tuple[int, List[Tuple[str, _Setter]]]


def _plan(structure: Any) -> _Plan:
    """How a structure is filled: what of it is a value of its own."""
    setters = []
    for name, kind in structure._fields_[1:]:
        own, per_second = _abi.TIMES.get(name, (name, 0))
        setter = _setter(structure, name, own, kind, per_second)
        if setter is not None:
            setters.append((own, setter))
    return ctypes.sizeof(structure), setters


def _setter(structure: Any, name: str, own: str, kind: Any, per_second: int) -> Optional[_Setter]:
    place = (structure.__name__, name)
    if kind is ctypes.c_char_p:
        return lambda filled, value: setattr(filled, name, text(value, own))
    if place in _abi.LENGTHS:
        length = _abi.LENGTHS[place]
        several = _set_texts if kind is _TEXTS else _set_bytes
        return lambda filled, value: several(filled, name, length, value)
    if kind in _BITS:
        low, high = _BITS[kind]
        if per_second and low < 0:
            return lambda filled, value: setattr(filled, name, instant(value, own, per_second))
        if per_second:
            return lambda filled, value: setattr(filled, name, duration(value, own, per_second, high))
        if place in _abi.MEANT_AT_0:
            meant = _abi.MEANT_AT_0[place]
            return lambda filled, value: _set_meant(filled, name, meant, number(value, own, low, high))
        if place in _abi.DEFAULT_AT_0:
            return lambda filled, value: setattr(filled, name, chosen(value, own, high))
        return lambda filled, value: setattr(filled, name, number(value, own, low, high))
    if kind is _TEXTS or not issubclass(kind, _OF_THE_CALL):
        raise TypeError(f"what fills {structure.__name__}.{name}?")
    return None


def _set_meant(filled: Any, name: str, meant: str, value: int) -> None:
    """A number for C, which is told when 0 is one."""
    setattr(filled, name, value)
    setattr(filled, meant, value == 0)


def _set_texts(filled: Any, name: str, length: str, value: Any) -> None:
    """Several texts for C, which keeps a pointer to them."""
    if isinstance(value, str):
        raise TypeError(f"{name} must be a sequence of texts, not one text")
    texts = [text(one, name) for one in value]
    setattr(filled, name, (ctypes.c_char_p * len(texts))(*texts))
    setattr(filled, length, len(texts))


def _set_bytes(filled: Any, name: str, length: str, value: Any) -> None:
    """Bytes for C, or a text in UTF-8, which live as long as the structure."""
    if not isinstance(value, (bytes, str)):
        raise TypeError(f"{name} must be bytes, not {type(value).__name__}")
    data = value.encode() if isinstance(value, str) else value
    setattr(filled, name, ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p))
    setattr(filled, length, len(data))
    filled.__dict__[f"{name} kept"] = data


def text(value: Any, field: str) -> bytes:
    """A text for C. What C could not tell from another text is refused here."""
    if type(value) is not str:
        if isinstance(value, bytes):
            data = value
        elif isinstance(value, str):
            # The text itself, whatever else the class makes of it.
            return text(str.__str__(value), field)
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


def chosen(value: Any, field: str, high: int) -> int:
    """A number for C, where 0 would be the default."""
    whole = number(value, field, 0, high)
    if whole == 0:
        raise ArgumentError(f"{field} must be at least 1; for the default, leave it out or give None", field=field)
    return whole


def _seconds(value: Any, field: str, method: str, what: str) -> float:
    """A number of seconds, or what has such a method."""
    told = getattr(value, method, None)
    if told is not None:
        value = told()
    if not hasattr(value, "__float__"):
        raise TypeError(f"{field} must be seconds or a {what}, not {type(value).__name__}")
    try:
        seconds = float(value)
    except OverflowError:
        seconds = math.inf
    if not math.isfinite(seconds):
        raise ArgumentError(f"{field} is {value}, which is no time", field=field)
    return seconds


def duration(value: Any, field: str, per_second: int, high: int) -> int:
    """A length of time for C, where 0 would be the default."""
    seconds = _seconds(value, field, "total_seconds", "timedelta")
    if not 0 < seconds * per_second <= high:
        most = high / per_second
        raise ArgumentError(
            f"{field} is {seconds:g} seconds; it must be more than 0 and at most {most:g}, or None", field=field
        )
    return max(1, round(seconds * per_second))


def instant(value: Any, field: str, per_second: int) -> int:
    """A point in time for C, which refuses the ends of its own."""
    low, high = _BITS[ctypes.c_int64]
    return max(low, min(high, round(_seconds(value, field, "timestamp", "datetime") * per_second)))


#: Each structure: what cannot be filled is found when this is imported.
_PLANS: Dict[Any, _Plan] = {structure: _plan(structure) for structure in _abi.STRUCTURES}


def fill(structure: Any, record: Any) -> Any:
    """A new structure of that type with what of a record is a value of its own."""
    size, fields = _PLANS[structure]
    filled = structure(size)
    if record is not None:
        values = record.__dict__
        for name, setter in fields:
            value = values.get(name)
            if value is not None and value is not False:
                setter(filled, value)
    return filled


def expect(value: Any, kind: Union[Type[Any], Tuple[Type[Any], ...]], name: str) -> Any:
    """Refuses what is of another type; None is none given."""
    return value if value is None else required(value, kind, name)


def required(value: Any, kind: Union[Type[Any], Tuple[Type[Any], ...]], name: str) -> Any:
    """The same of what has to be given."""
    if not isinstance(value, kind):
        wanted = " or ".join(k.__name__ for k in (kind if isinstance(kind, tuple) else (kind,)))
        raise TypeError(f"{name} must be {wanted}, not {type(value).__name__}")
    return value
