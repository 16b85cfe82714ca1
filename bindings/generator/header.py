"""What include/chatfile.h declares, as a model that the emitters write down in their languages.

The header is regular, since cbindgen writes it, and so are its comments: a flag says "Not 0: …", a default is what
stands behind "NULL:" or "0:", a number that belongs to a field begins with that field's name. What this module does not
understand it refuses, with the line.
"""

import enum
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Dict, List, Optional, Tuple, Union

ROOT = Path(__file__).resolve().parents[2]
HEADER = ROOT / "include" / "chatfile.h"

#: What begins every name of the header.
PREFIX = "chatfile_"


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
    #: A structure that may be left out.
    STRUCT = enum.auto()
    #: An object of the library.
    OBJECT = enum.auto()
    #: A function of the caller.
    CALLBACK = enum.auto()
    #: What such a function is handed (:attr:`Field.of`; None: each of them).
    USER = enum.auto()


@dataclass(frozen=True)
class Field:
    """A field of a structure."""

    name: str
    type: Type
    doc: str
    role: Role
    #: The field that a LENGTH counts, or the callback that a USER is handed to.
    of: Optional[str] = None
    #: The enum of an ENUM, by its name.
    enum: Optional[str] = None

    @property
    def is_option(self) -> bool:
        """Whether it is for a caller to set, and no means of C's alone."""
        return self.role not in (Role.SIZE, Role.RESERVED, Role.LENGTH, Role.USER)

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
        return self.role is Role.TEXT and re.match(r"A (regular )?file\b", self.doc) is not None

    @property
    def is_pem(self) -> bool:
        """Whether it is a text in PEM."""
        return self.role is Role.TEXT and "PEM" in self.doc

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


@dataclass(frozen=True)
class Constant:
    """A number or text that is defined."""

    name: str
    value: Union[int, str]
    doc: str

    @property
    def short(self) -> str:
        """The name without ``CHATFILE_``."""
        return self.name[len(PREFIX) :]


@dataclass(frozen=True)
class Enum:
    """Constants that belong together: ``status``, ``phase``, and what is named after a field or a function
    (``smh_upload.method``, ``client_capabilities()``)."""

    name: str
    doc: str
    members: Tuple[Constant, ...]
    #: What all names of the members begin with, with the underscore.
    prefix: str
    #: Whether they can be added up.
    is_flags: bool = False

    @property
    def title(self) -> str:
        """What to call the type, in snake case: ``status``, ``smh_method``, ``log_level``, ``capability``."""
        if self.name in _TITLES:
            return _TITLES[self.name]
        struct, _, own = self.name.partition(".")
        return re.sub(r"_?(upload|download|delete|options)$", "", struct) + f"_{own}" * bool(own)

    def short(self, member: Constant) -> str:
        """The name of a member without the prefix."""
        return member.name[len(self.prefix) :] if member.name.startswith(self.prefix) else member.short


#: Those that are not named after a field.
_TITLES = {
    "client_capabilities()": "capability",
    "client_options.log_level": "log_level",
    "digest_new()": "digest_kind",
    "presigned_encoding()": "encoding",
}


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


@dataclass(frozen=True)
class Opaque:
    """A type of objects that only the library looks into, or (status, phase) a named number."""

    name: str
    doc: str

    @property
    def short(self) -> str:
        """The name without ``chatfile_``."""
        return without_prefix(self.name)


@dataclass
class Header:
    """All of it, in the order of the header."""

    introduction: str = ""
    constants: Dict[str, Constant] = field(default_factory=dict)
    enums: Dict[str, Enum] = field(default_factory=dict)
    structs: Dict[str, Struct] = field(default_factory=dict)
    callbacks: Dict[str, Callback] = field(default_factory=dict)
    functions: Dict[str, Function] = field(default_factory=dict)
    objects: Dict[str, Opaque] = field(default_factory=dict)
    #: Names for int32_t: status and phase.
    numbers: Dict[str, Opaque] = field(default_factory=dict)

    @property
    def services(self) -> List[str]:
        """The services, in the order of the options of an upload: ``easemob`` and so on."""
        upload = self.structs[f"{PREFIX}upload_options"]
        return [one.name for one in upload.fields if one.role is Role.STRUCT]

    def struct(self, short: str) -> Struct:
        """A structure by its name without ``chatfile_``."""
        return self.structs[PREFIX + short]

    def enum_of(self, one: Field) -> Optional[Enum]:
        """The enum whose numbers a field takes."""
        return self.enums[one.enum] if one.enum else None

    def bands(self) -> List[Tuple[int, str]]:
        """The bands of the statuses: first digit and whose they are, as chatfile_status says it."""
        told = self.numbers[f"{PREFIX}status"].doc
        return [(int(digit), whose) for digit, whose in re.findall(r"(\d)xx ([^,.]+)", told)]


def without_prefix(name: str) -> str:
    """A name of C without ``chatfile_`` or ``CHATFILE_``."""
    return name[len(PREFIX) :] if name.lower().startswith(PREFIX) else name


def upper_first(text: str) -> str:
    """A sentence that begins with a capital, unless that would change a name."""
    return text if re.match(r"\w+[_/\d]", text) else text[:1].upper() + text[1:]


def read(path: Path = HEADER) -> Header:
    """Reads the header."""
    return _Reader(path.read_text(encoding="utf-8")).header()


def flowing(comment: str) -> str:
    """The text of a comment: its paragraphs as one line each, with an empty line between them."""
    lines = [re.sub(r"^\s*\*? ?", "", line.rstrip()) for line in comment.strip().splitlines()]
    paragraphs: List[List[str]] = [[]]
    for line in lines:
        if not line.strip():
            paragraphs.append([])
        else:
            paragraphs[-1].append(line.strip())
    return "\n\n".join(" ".join(one) for one in paragraphs if one)


def written_out(text: str) -> str:
    """The header with "CHATFILE_E_NULL or _ARGUMENT" as "CHATFILE_E_NULL or CHATFILE_E_ARGUMENT"."""
    known = set(re.findall(r"#define (CHATFILE_\w+)", text))
    last = ""

    def whole(match: "re.Match[str]") -> str:
        nonlocal last
        name = match.group(0)
        if name.startswith("_"):
            begin = next((last[:at] for at in range(len(last), 0, -1) if last[:at] + name in known), None)
            if begin is None:
                return name
            name = begin + name
        last = name
        return name

    return re.sub(r"(?<!\w)(?:CHATFILE)?_[A-Z][A-Z0-9_]*\b", whole, text)


#: A comment, a definition, or a declaration to its semicolon.
_ITEM = re.compile(
    r"""
    /\*(?P<doc>\*?)(?P<comment>.*?)\*/
    | \#define[ ](?P<macro>\w+)[ ](?P<value>(?:[^\n\\]|\\\n)*)
    | \#(?P<directive>[^\n]*)
    | extern[ ]"C"[ ]\{
    | (?P<code>[^;{/"]*(?:\{(?P<body>.*?)\n\}[^;]*)?);
    """,
    re.S | re.X,
)
_CALLBACK = re.compile(r"typedef (?P<result>.+?)\(CHATFILE_CALL \*(?P<name>\w+)\)\((?P<parameters>.*)\)")
_FUNCTION = re.compile(r"CHATFILE_API (?P<result>.+?)CHATFILE_CALL (?P<name>\w+)\((?P<parameters>.*)\)")
_DECLARED = re.compile(r"(?P<type>.*?)(?P<name>\w+)$")
#: "chatfile_smh_upload.method: …", "chatfile_digest_new(): …".
_SUBJECT = re.compile(r"chatfile_(?P<name>\w+(?:\.\w+|\(\))): ")


class _Reader:
    """Goes through the text once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.made = Header()
        self.values: Dict[str, str] = {}

    def header(self) -> Header:
        """All of it."""
        self.text = written_out(self.text)
        begin = self.text.index("/* The version of this header. */")
        end = self.text.rindex("#ifdef __cplusplus")
        introduction = re.search(r"/\*\n \* chatfile: .*?\*/", self.text, re.S)
        if introduction:
            self.made.introduction = flowing(introduction.group(0)[2:-2])
        comment, position = "", begin
        while True:
            position += len(self.text[position:end]) - len(self.text[position:end].lstrip())
            if position >= end:
                break
            item = _ITEM.match(self.text, position, end)
            if item is None:
                self.refuse(position)
            position = item.end()
            if item.group("comment") is not None:
                comment = flowing(item.group("comment")) if item.group("doc") else ""
                continue
            if item.group("macro"):
                self.define(item.group("macro"), item.group("value"), comment, item.start())
            elif item.group("directive") is not None:
                if item.group("directive") not in ("ifdef __cplusplus", "endif"):
                    self.refuse(item.start())
            elif item.group("code"):
                self.declare(item, comment)
            comment = ""
        self.group()
        return self.made

    def refuse(self, position: int) -> None:
        line = self.text.count("\n", 0, position) + 1
        raise HeaderError(f"{HEADER.name}:{line}: what is {self.text[position : position + 60].splitlines()[0]!r}?")

    def define(self, name: str, value: str, doc: str, position: int) -> None:
        if name.endswith("_INIT"):
            struct = PREFIX + name[len(PREFIX) : -len("_INIT")].lower()
            self.made.structs[struct] = replace(self.made.structs[struct], init=name)
        elif name == "CHATFILE_VERSION_NUMBER":
            pass  # It is made of the three before it.
        elif re.fullmatch(r'"[^"]*"', value):
            self.made.constants[name] = Constant(name, value[1:-1], doc)
        elif re.fullmatch(r"-?\d+", value):
            self.made.constants[name] = Constant(name, int(value), doc)
        elif value == "UINT64_MAX":
            self.made.constants[name] = Constant(name, (1 << 64) - 1, doc)
        else:
            self.refuse(position)

    def declare(self, item: "re.Match[str]", doc: str) -> None:
        code = re.sub(r"\s+", " ", item.group("code")).strip()
        made = self.made
        opaque = re.fullmatch(r"typedef struct (\w+) \1", code)
        number = re.fullmatch(r"typedef int32_t (\w+)", code)
        callback = _CALLBACK.fullmatch(code)
        function = _FUNCTION.fullmatch(code)
        struct = re.match(r"typedef struct (\w+) \{", code)
        if opaque:
            made.objects[opaque.group(1)] = Opaque(opaque.group(1), doc)
        elif number:
            made.numbers[number.group(1)] = Opaque(number.group(1), doc)
        elif callback:
            made.callbacks[callback.group("name")] = Callback(
                callback.group("name"), doc, type_of(callback.group("result")), parameters(callback.group("parameters"))
            )
        elif function:
            made.functions[function.group("name")] = Function(
                function.group("name"), doc, type_of(function.group("result")), parameters(function.group("parameters"))
            )
        elif struct:
            made.structs[struct.group(1)] = Struct(struct.group(1), doc, self.fields(item.group("body"), item.start()))
        else:
            self.refuse(item.start())

    def fields(self, body: str, position: int) -> Tuple[Field, ...]:
        found = []
        for comment, code in re.findall(r"/\*\*(.*?)\*/\s*([^;]*);", body, re.S):
            declared = _DECLARED.fullmatch(re.sub(r"\s+", " ", code.strip()))
            assert declared is not None
            name, kind, doc = declared.group("name"), type_of(declared.group("type")), flowing(comment)
            role, of = self.role(name, kind, doc, position)
            found.append(Field(name, kind, doc, role, of))
        if len(found) != re.sub(r"/\*.*?\*/", "", body, flags=re.S).count(";"):
            self.refuse(position)
        return tuple(found)

    def role(self, name: str, kind: Type, doc: str, position: int) -> Tuple[Role, Optional[str]]:
        """What a field is for, and for which other."""
        counted = re.match(r"The number of \w+ at (\w+)\.", doc)
        handed = re.match(r"Handed to (\w+)(\.| and)", doc)
        if name == "struct_size":
            return Role.SIZE, None
        if doc == "Leave it 0.":
            return Role.RESERVED, None
        if kind.is_number and counted:
            return Role.LENGTH, counted.group(1)
        if kind.is_number:
            is_flag = kind.base == "int32_t" and re.match(r"Not 0: |1 ", doc) is not None
            return (Role.FLAG if is_flag else Role.NUMBER), None
        if kind.is_text:
            return Role.TEXT, None
        if kind.base == "char" and kind.stars == 2:
            return Role.TEXTS, None
        if kind.base == "void" and handed:
            return Role.USER, handed.group(1) if handed.group(2) == "." else None
        if kind.base == "void" and kind.const:
            return Role.BYTES, None
        if kind.base in self.made.callbacks:
            return Role.CALLBACK, None
        if kind.base in self.made.structs:
            return Role.STRUCT, None
        if kind.base in self.made.objects:
            return Role.OBJECT, None
        raise HeaderError(f"what is the field {name} for, in the structure of line {self.text.count(chr(10), 0, position) + 1}?")

    def group(self) -> None:
        """Finds the enums, and the fields that take them."""
        members: Dict[str, List[Constant]] = {}
        for constant in self.made.constants.values():
            subject = _SUBJECT.match(constant.doc)
            if re.match(r"CHATFILE_(E_|OK$)", constant.name):
                members.setdefault("status", []).append(constant)
            elif constant.name.startswith("CHATFILE_PHASE_"):
                members.setdefault("phase", []).append(constant)
            elif subject:
                plain = replace(constant, doc=upper_first(constant.doc[subject.end() :]))
                members.setdefault(subject.group("name"), []).append(plain)
        for name, found in members.items():
            if len(found) < 2:
                continue
            numbered = self.made.numbers.get(PREFIX + name)
            prefix = "CHATFILE_E_" if name == "status" else common_prefix([one.name for one in found])
            values = [one.value for one in found if isinstance(one.value, int)]
            is_flags = len(values) > 2 and all(value > 0 and value & (value - 1) == 0 for value in values)
            self.made.enums[name] = Enum(name, numbered.doc if numbered else "", tuple(found), prefix, is_flags)
        for name, struct in self.made.structs.items():
            fields = []
            for one in struct.fields:
                own = f"{struct.short}.{one.name}"
                fields.append(replace(one, role=Role.ENUM, enum=own) if own in self.made.enums else one)
            self.made.structs[name] = replace(struct, fields=tuple(fields))


def common_prefix(names: List[str]) -> str:
    """What all names begin with, up to an underscore."""
    shared = names[0]
    while not all(name.startswith(shared) for name in names):
        shared = shared[:-1]
    return shared[: shared.rindex("_") + 1]


def type_of(text: str) -> Type:
    """``const char *`` as a type."""
    words = re.sub(r"\bstruct\b", "", text).replace("*", " * ").split()
    stars = words.count("*")
    base = [word for word in words if word not in ("*", "const")]
    if len(base) != 1:
        raise HeaderError(f"what is the type {text!r}?")
    return Type(base[0], stars, const=words[0] == "const")


def parameters(text: str) -> Tuple[Parameter, ...]:
    """Those between parentheses."""
    if text.strip() == "void":
        return ()
    found = []
    for one in text.split(","):
        declared = _DECLARED.fullmatch(one.strip())
        assert declared is not None
        found.append(Parameter(declared.group("name"), type_of(declared.group("type"))))
    return tuple(found)
