"""What include/chatfile.h declares, as a model that the emitters write down in their languages."""

import enum
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Tuple, Union

ROOT = Path(__file__).resolve().parents[2]
HEADER = ROOT / "include" / "chatfile.h"

#: What begins every name of the header.
PREFIX = "chatfile_"

#: Numbers of which 0 says that there is none, which a language with a type for that need not say by 0. Their comments say
#: so, too: what differs from this is refused.
NONE_AT_0 = ("chatfile_error_http_status", "chatfile_error_callback_value", "chatfile_error_os_error")

#: What bindings know of an error by other means than its getters: how a call ended is what it returned, and fields are
#: called otherwise in each language.
BY_CALL = ("status", "message", "field")

#: Objects that are read as a whole, since they hold nothing but what they say.
RESULTS = ("upload_result", "download_result", "delete_result", "file_info", "check_step", "listing")


class HeaderError(Exception):
    """The header has something that the generator does not know."""


@dataclass(frozen=True)
class Type:
    """A type of C: a base with so many stars, and whether what they point to is constant."""

    base: str
    stars: int = 0
    const: bool = False

    @property
    def is_text(self) -> bool:
        """A text to read."""
        return self == Type("char", 1, const=True)

    @property
    def is_number(self) -> bool:
        """A number of C's own types."""
        return self.stars == 0 and re.fullmatch(r"u?int\d+_t|size_t", self.base) is not None

    @property
    def name(self) -> str:
        """The base without ``chatfile_``."""
        return without_prefix(self.base)


class Role(enum.Enum):
    """What a field of a structure is for, beyond its type."""

    #: struct_size.
    SIZE = enum.auto()
    #: Nothing yet: it stays 0.
    RESERVED = enum.auto()
    #: A truth value: not 0 is yes.
    FLAG = enum.auto()
    #: One of the numbers of an :class:`Enum`.
    ENUM = enum.auto()
    #: Any other number.
    NUMBER = enum.auto()
    #: A text.
    TEXT = enum.auto()
    #: Several texts, with a LENGTH.
    TEXTS = enum.auto()
    #: Bytes, with a LENGTH.
    BYTES = enum.auto()
    #: How many things another field points to (:attr:`Field.of`).
    LENGTH = enum.auto()
    #: A truth value: the 0 of another field (:attr:`Field.of`) is meant, and does not say that there is none.
    ZERO = enum.auto()
    #: A structure that may be left out.
    STRUCT = enum.auto()
    #: An object of the library.
    OBJECT = enum.auto()
    #: A function of the caller.
    CALLBACK = enum.auto()
    #: What such a function is handed (:attr:`Field.of`; None: each of them).
    USER = enum.auto()


class Form(enum.Enum):
    """What a text is."""

    #: One of a line.
    PLAIN = enum.auto()
    #: A file on this machine.
    PATH = enum.auto()
    #: In PEM, which has lines.
    PEM = enum.auto()
    #: One URL or several, in which a login may stand.
    URL = enum.auto()


@dataclass(frozen=True)
class Field:
    """A field of a structure."""

    name: str
    type: Type
    doc: str
    role: Role
    #: The field that a LENGTH counts or whose 0 a ZERO means, or the callback that a USER is handed to.
    of: Optional[str] = None
    #: What a TEXT is.
    form: Form = Form.PLAIN

    @property
    def is_option(self) -> bool:
        """Whether it is for a caller to set, and no means of C's alone."""
        return self.role not in (Role.SIZE, Role.RESERVED, Role.LENGTH, Role.ZERO, Role.USER)

    @property
    def is_required(self) -> bool:
        """Whether a call without it fails."""
        return re.search(r"\bRequired\.|; required there\.", self.doc) is not None

    @property
    def is_secret(self) -> bool:
        """Whether it must not be shown."""
        if self.role is not Role.TEXT or self.name == "resume_token":
            return False
        return re.search(r"(^|_)(secret|password|token)$|^client_key$|^proxy$", self.name) is not None

    @property
    def is_path(self) -> bool:
        """Whether it is a text that names a file on this machine."""
        return self.form is Form.PATH

    @property
    def is_pem(self) -> bool:
        """Whether it is a text in PEM."""
        return self.form is Form.PEM

    @property
    def is_url(self) -> bool:
        """Whether a login may stand in it."""
        return self.form is Form.URL

    @property
    def is_time(self) -> bool:
        """Whether it is a point in time, in milliseconds since 1970 UTC."""
        return self.type.base == "int64_t" and self.name.endswith("_time_ms")

    @property
    def plain_name(self) -> str:
        """The name without the unit, for languages that have types for times."""
        return re.sub(r"_(ms|seconds)$", "", self.name) if self.unit or self.is_time else self.name

    @property
    def meaning(self) -> str:
        """The comment without what is the default, and without a flag's "Not 0:"."""
        told = _DEFAULT.sub("", self.doc)
        told = re.sub(r"\s*\bRequired\.", "", told)
        told = re.sub(r"^Not 0: ", "", told)
        return upper_first(re.sub(r"  +", " ", told.strip()))

    @property
    def default(self) -> Optional[str]:
        """What NULL or 0 means, as the comment says it; None if it says nothing."""
        found = _DEFAULT.search(self.doc)
        return found.group("default").strip() if found else None

    @property
    def is_default_at_0(self) -> bool:
        """Whether it is a number of which 0 stands for the default."""
        return self.role in (Role.NUMBER, Role.ENUM) and self.default is not None

    @property
    def unit(self) -> Optional[str]:
        """``"ms"`` or ``"s"`` if it is a length of time."""
        if self.role is not Role.NUMBER or self.is_time:
            return None
        found = re.search(r"_(ms|seconds)$", self.name)
        return {"ms": "ms", "seconds": "s"}[found.group(1)] if found else None


#: "NULL: that of the path." or "0: 4; 1: never again." up to the end of the sentence that ends in a full stop before an
#: upper-case letter.
_DEFAULT = re.compile(r"(?:(?<=^)|(?<=[.)] ))(?:NULL|0): (?P<default>.*?(?:[.](?= [A-Z])|[.]$|$))", re.S)


@dataclass(frozen=True)
class Struct:
    """A structure that the caller fills, or (progress) reads."""

    name: str
    doc: str
    fields: Tuple[Field, ...]
    #: The name of its INIT macro; None if the library fills it.
    init: Optional[str] = None

    @property
    def options(self) -> Tuple[Field, ...]:
        """The fields that are for a caller to set."""
        return tuple(one for one in self.fields if one.is_option)

    @property
    def short(self) -> str:
        """The name without ``chatfile_``."""
        return without_prefix(self.name)

    def __getitem__(self, name: str) -> Field:
        return next(one for one in self.fields if one.name == name)

    def zero_of(self, one: Field) -> Optional[str]:
        """The name of the field that says that 0 of a number is meant, if it may be."""
        return next((other.name for other in self.fields if other.role is Role.ZERO and other.of == one.name), None)

    def length_of(self, one: Field) -> str:
        """The name of the field that says how many texts or bytes another one points to."""
        found = [other.name for other in self.fields if other.role is Role.LENGTH and other.of == one.name]
        if len(found) != 1:
            raise HeaderError(f"how much is there at {self.name}.{one.name}?")
        return found[0]


@dataclass(frozen=True)
class Constant:
    """A number or text that is defined."""

    name: str
    value: Union[int, str]
    doc: str

    @property
    def short(self) -> str:
        """The name without ``CHATFILE_``."""
        return without_prefix(self.name)


@dataclass(frozen=True)
class Enum:
    """Constants that belong together, which have a type: ``status``, ``phase``, ``smh_method``."""

    #: That of the type, without ``chatfile_``.
    name: str
    doc: str
    members: Tuple[Constant, ...]
    #: What all names of the members begin with, with the underscore.
    prefix: str
    #: Whether they can be added up.
    is_flags: bool = False

    @property
    def meaning(self) -> str:
        """The comment without what C calls the numbers."""
        return re.sub(r": one of the CHATFILE_\w+_ numbers(, or several of them, or-ed)?", "", self.doc)

    def short(self, member: Constant) -> str:
        """The name of a member without the prefix."""
        return member.name[len(self.prefix) :] if member.name.startswith(self.prefix) else member.short


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function."""

    name: str
    type: Type


@dataclass(frozen=True)
class Callback:
    """A type of functions that the caller provides."""

    name: str
    doc: str
    result: Type
    parameters: Tuple[Parameter, ...]

    @property
    def short(self) -> str:
        """The name without ``chatfile_``."""
        return without_prefix(self.name)


@dataclass(frozen=True)
class Function:
    """A function of the library."""

    name: str
    doc: str
    result: Type
    parameters: Tuple[Parameter, ...]

    @property
    def short(self) -> str:
        """The name without ``chatfile_``."""
        return without_prefix(self.name)


class Kind(enum.Enum):
    """What a getter gives."""

    #: A text that is always there.
    TEXT = enum.auto()
    #: A text, or NULL.
    OPTIONAL_TEXT = enum.auto()
    #: A number.
    NUMBER = enum.auto()
    #: A number, or 0 if there is none (NONE_AT_0).
    NUMBER_OR_0 = enum.auto()
    #: 1 or 0.
    FLAG = enum.auto()
    #: A number that has a name, of the enum that is called as the type.
    ENUM = enum.auto()
    #: A number if it is known: it has a place for it, and returns whether it is.
    OPTIONAL_NUMBER = enum.auto()
    #: Several texts: label_count and label(index).
    TEXTS = enum.auto()
    #: Several texts with a name each: header_count, header_name(index) and header_value(index).
    PAIRS = enum.auto()
    #: Several numbers, of which none is 0: status(index) until that is 0.
    NUMBERS = enum.auto()
    #: Several objects, which belong to this one: count and entry(index).
    OBJECTS = enum.auto()
    #: Bytes, as many as the getter called size says, or NULL.
    BYTES = enum.auto()
    #: Anything else.
    OTHER = enum.auto()


@dataclass(frozen=True)
class Getter:
    """What an object is asked for."""

    #: Its name without the object: ``media_type``; of what there are several of in the plural.
    name: str
    function: Function
    kind: Kind
    #: What one of several is called: ``label``, ``header``.
    singular: str = ""
    #: The function that says how many there are of several, and its comment.
    count: str = ""
    counted: str = ""

    @property
    def plain_name(self) -> str:
        """The name without the unit, for languages that have types for times."""
        return re.sub(r"_ms$", "", self.name)

    @property
    def is_period(self) -> bool:
        """Whether it is a time that something takes, in milliseconds."""
        return self.name.endswith("_ms")

    @property
    def value_function(self) -> str:
        """Of PAIRS: what gives the value that belongs to a name."""
        return re.sub("_name$", "_value", self.function.name)

    @property
    def is_moment(self) -> bool:
        """Whether it is a point in time, in seconds since 1970 UTC."""
        return self.name.endswith("_at")

    @property
    def is_secret(self) -> bool:
        """Whether it must not be shown."""
        return self.name.endswith("_secret") or "may hold the share secret" in self.function.doc

    @property
    def known(self) -> str:
        """The meaning without the 0 that says that there is none."""
        return _NONE_AT_0.sub("", self.meaning) if self.kind is Kind.NUMBER_OR_0 else self.meaning

    @property
    def meaning(self) -> str:
        """The comment without what is returned for no object, and without a flag's "1 if"; of several that of all."""
        if self.counted:
            return re.sub(r"^The number of", "The", self.counted)
        told = re.sub(r"[;,]? ?\w+ (only )?if \w+ is NULL(?=\.)", "", self.function.doc).replace("..", ".")
        told = re.sub(r": (a|one of the) CHATFILE_\w+_ numbers?(?=\.)", "", told)
        told = re.sub(r"^1 if (.*?)[,;] else 0", r"Whether \1", told)
        told = re.sub(
            r"\b1 with (.*?) in \*out(?: if [^;,.]*)?(.*?)[;,] else 0 with 0 in \*out\. out may be NULL\.", r"\1\2.", told
        )
        return upper_first(told)


#: How a comment says it of a number in NONE_AT_0.
_NONE_AT_0 = re.compile(r"[;,] (0 if (there|it) (was|is) no[^.]*|else 0)(?=\.)")


@dataclass(frozen=True)
class Opaque:
    """A type of objects that only the library looks into, or (status, phase) a named number."""

    name: str
    doc: str

    @property
    def meaning(self) -> str:
        """The comment without who frees it, and what is NULL."""
        return re.split(r" You own it| It belongs to| One of chatfile| All texts", self.doc)[0]

    @property
    def short(self) -> str:
        """The name without ``chatfile_``."""
        return without_prefix(self.name)


@dataclass
class Header:
    """All of it, in the order of the header; but a structure stands behind those that it points to."""

    #: What the section "How calls work" says.
    rules: str = ""
    constants: Dict[str, Constant] = field(default_factory=dict)
    enums: Dict[str, Enum] = field(default_factory=dict)
    structs: Dict[str, Struct] = field(default_factory=dict)
    callbacks: Dict[str, Callback] = field(default_factory=dict)
    functions: Dict[str, Function] = field(default_factory=dict)
    objects: Dict[str, Opaque] = field(default_factory=dict)
    #: Names for uint32_t, each with its enum.
    numbers: Dict[str, Opaque] = field(default_factory=dict)

    @property
    def services(self) -> List[str]:
        """The services: those that a client is opened for with a structure of the name."""
        opened = [name[len(f"{PREFIX}open_") :] for name in self.functions if name.startswith(f"{PREFIX}open_")]
        return [name for name in opened if PREFIX + name in self.structs]

    def getters(self, short: str) -> List[Getter]:
        """What an object can be asked for, by its name without ``chatfile_``."""
        thing = PREFIX + short
        own = Type(thing, 1, const=True)
        found: List[Getter] = []
        for function in self.functions.values():
            kinds = [one.type for one in function.parameters]
            if not function.name.startswith(f"{thing}_") or not kinds or kinds[0] != own:
                continue
            name, result, rest = function.name[len(thing) + 1 :], function.result, kinds[1:]
            if rest == [Type("size_t")]:
                found += self.several(thing, name, function)
                continue
            if re.search(r"(^|_)count$", name):
                continue
            kind = Kind.OTHER
            if result.is_text and not rest:
                kind = self.text(thing, function)
            elif result == Type("void", 1, const=True) and not rest:
                kind = Kind.BYTES
            elif result.is_number and rest and rest[0].base == "uint64_t" and rest[0].stars == 1:
                kind = Kind.OPTIONAL_NUMBER
            elif self.enum_by(function) and not rest:
                kind = Kind.ENUM
            elif result.is_number and not rest:
                kind = number(function)
            found.append(Getter(name, function, kind))
        return found

    def text(self, thing: str, function: Function) -> Kind:
        """Whether a text is always there: its comment says so, or what is NULL, which that of its object may say for all."""
        if re.search(r"NULL only if|else never empty", function.doc):
            return Kind.TEXT
        if "NULL" not in function.doc and "is NULL" not in self.objects[thing].doc:
            raise HeaderError(f"can {function.name} be NULL? Its comment does not say")
        return Kind.OPTIONAL_TEXT

    def several(self, thing: str, name: str, function: Function) -> List[Getter]:
        """What a function gives that is asked by an index; nothing, if that is told by another."""
        if name.endswith("_value"):
            return []
        if function.result.is_number:
            return [Getter(plural(name), function, Kind.NUMBERS, name)]
        kind = Kind.TEXTS if function.result.is_text else Kind.OBJECTS
        if name.endswith("_name"):
            name, kind = name[: -len("_name")], Kind.PAIRS
        count = f"{thing}_count" if kind is Kind.OBJECTS else f"{thing}_{name}_count"
        return [Getter(plural(name), function, kind, name, count, self.functions[count].doc)]

    def owner(self, function: str) -> Tuple[str, str]:
        """What a function is asked of, without ``chatfile_``, and the function's name without both: of the client, if it is
        of no other object."""
        short = without_prefix(function)
        for thing in sorted(self.objects.values(), key=lambda one: len(one.name), reverse=True):
            if short.startswith(f"{thing.short}_"):
                return thing.short, short[len(thing.short) + 1 :]
        return "client", short

    def member(self, constant: str) -> Optional[Tuple[Enum, str]]:
        """The enum that a constant is of, and its name in there; None if it is of none."""
        for enum in self.enums.values():
            for member in enum.members:
                if member.name == constant:
                    return enum, enum.short(member)
        return None

    def struct(self, short: str) -> Struct:
        """A structure by its name without ``chatfile_``."""
        return self.structs[PREFIX + short]

    def enum_of(self, one: Field) -> Optional[Enum]:
        """The enum whose numbers a field takes."""
        return self.enums.get(one.type.name)

    def enum_by(self, function: Function) -> Optional[Enum]:
        """The enum whose numbers a function gives."""
        return self.enums.get(function.result.name)

    def bands(self) -> List[Tuple[int, str]]:
        """The bands of the statuses: first digit and whose they are, as chatfile_status says it."""
        told = self.numbers[f"{PREFIX}status"].doc
        return [(int(digit), whose) for digit, whose in re.findall(r"(\d)xx ([^,.]+)", told)]


def number(function: Function) -> Kind:
    """Whether a number is a flag, one that is always there, or one that is missing at 0."""
    if re.match(r"1 if ", function.doc):
        return Kind.FLAG
    is_listed = function.name in NONE_AT_0
    if is_listed != (_NONE_AT_0.search(function.doc) is not None):
        raise HeaderError(f"does 0 of {function.name} say that there is none? NONE_AT_0 of {__name__} and its comment differ")
    return Kind.NUMBER_OR_0 if is_listed else Kind.NUMBER


def without_prefix(name: str) -> str:
    """A name of C without ``chatfile_`` or ``CHATFILE_``."""
    return name[len(PREFIX) :] if name.lower().startswith(PREFIX) else name


def plural(word: str) -> str:
    """``entries`` of entry, ``statuses`` of status."""
    return re.sub(r"y$", "ie", re.sub(r"s$", "se", word)) + "s"


def upper_first(text: str) -> str:
    """A sentence that begins with a capital, unless that would change a name."""
    return text if re.match(r"\w+(?:[_/\d]|::)", text) else text[:1].upper() + text[1:]
