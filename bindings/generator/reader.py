"""Reads include/chatfile.h into the model of header.py.

The header is regular, since cbindgen writes it, and so are its comments: a flag says "Not 0: …", a default is what
stands behind "NULL:" or "0:", numbers that belong together have a type, whose
comment names them. What this module does not
understand it refuses, with the line.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Dict, List, NoReturn, Optional, Tuple

from .header import (
    HEADER,
    PREFIX,
    Callback,
    Constant,
    Enum,
    Field,
    Form,
    Function,
    Header,
    HeaderError,
    Opaque,
    Parameter,
    Role,
    Struct,
    Type,
    upper_first,
)


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


#: Texts that are no plain ones, by the names of their fields.
FORMS = {
    "path": Form.PATH,
    "checkpoint": Form.PATH,
    "ca_certificates_path": Form.PATH,
    "client_certificate": Form.PEM,
    "client_key": Form.PEM,
    "base_url": Form.URL,
    "fallback_urls": Form.URL,
    "proxy": Form.URL,
}
#: What the comments of these say, and those of no others.
_SAID = {Form.PATH: r"^A (regular )?file\b", Form.PEM: r"\bPEM\b", Form.URL: r"\bhttps?://"}

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


class _Reader:
    """Goes through the text once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.made = Header()
        self.values: Dict[str, str] = {}

    def header(self) -> Header:
        """All of it."""
        self.text = written_out(self.text)
        begin = self.text.index('extern "C" {')
        end = self.text.rindex("#ifdef __cplusplus")
        rules = re.search(r"/\*\n \* ===== How calls work =*\n(.*?)\*/", self.text, re.S)
        if rules is None:
            self.refuse(0)
        self.made.rules = flowing(rules.group(1))
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
        for name, struct in self.made.structs.items():
            self.made.structs[name] = replace(struct, fields=tuple(self.with_role(struct, one) for one in struct.fields))
            self.look_at_flags(self.made.structs[name])
        self.made.structs = inner_first(self.made.structs)
        for thing in self.made.objects.values():
            self.made.getters(thing.short)
        return self.made

    def refuse(self, position: int) -> NoReturn:
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
        elif value == "(~(uint64_t)0)":
            self.made.constants[name] = Constant(name, (1 << 64) - 1, doc)
        else:
            self.refuse(position)

    def declare(self, item: "re.Match[str]", doc: str) -> None:
        code = re.sub(r"\s+", " ", item.group("code")).strip()
        made = self.made
        opaque = re.fullmatch(r"typedef struct (\w+) \1", code)
        number = re.fullmatch(r"typedef uint32_t (\w+)", code)
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
            found.append(Field(name, kind, doc, Role.RESERVED))
        if len(found) != re.sub(r"/\*.*?\*/", "", body, flags=re.S).count(";"):
            self.refuse(position)
        return tuple(found)

    def with_role(self, struct: Struct, one: Field) -> Field:
        """A field with what it is for; what it refers to may stand further down."""
        role, of = self.role(struct, one.name, one.type, one.doc)
        form = self.form(struct, one) if role is Role.TEXT else Form.PLAIN
        return replace(one, role=role, of=of, form=form)

    @staticmethod
    def form(struct: Struct, one: Field) -> Form:
        """What a text is. That its comment says the same is for whoever adds one."""
        form = FORMS.get(one.name, Form.PLAIN)
        for other, said in _SAID.items():
            if (re.search(said, one.doc) is not None) != (form is other):
                raise HeaderError(f"is {struct.name}.{one.name} a {other.name}? FORMS of {__name__} and its comment differ")
        return form

    def role(self, struct: Struct, name: str, kind: Type, doc: str) -> Tuple[Role, Optional[str]]:
        """What a field is for, and for which other."""
        counted = re.match(r"The number of \w+ at (\w+)\.", doc)
        handed = re.match(r"Handed to (\w+)(\.| and)", doc)
        meant = re.match(r"Not 0: (\w+) is 0, and meant", doc)
        if name == "struct_size":
            return Role.SIZE, None
        if doc == "Leave it 0.":
            return Role.RESERVED, None
        if kind.is_number and counted:
            return Role.LENGTH, counted.group(1)
        if kind.is_number and meant:
            return Role.ZERO, meant.group(1)
        if kind.name in self.made.enums:
            return Role.ENUM, None
        if kind.is_number:
            return (Role.FLAG if re.match(r"Not 0: |1 ", doc) else Role.NUMBER), None
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
        raise HeaderError(f"what is the field {name} of {struct.name} for?")

    def group(self) -> None:
        """Finds the numbers of each type."""
        for number in self.made.numbers.values():
            told = re.search(r"one of the (CHATFILE_\w+_) numbers", number.doc)
            if told is None:
                raise HeaderError(f"which are the numbers of {number.name}?")
            prefix = told.group(1)
            found = [
                one
                for one in self.made.constants.values()
                if one.name.startswith(prefix) and not one.name.endswith("_SIZE") or number.short == "status" and one.name == "CHATFILE_OK"
            ]
            self.made.enums[number.short] = Enum(number.short, number.doc, tuple(found), prefix, "or-ed" in number.doc)

    @staticmethod
    def look_at_flags(struct: Struct) -> None:
        """A truth value has one type, and a comment of its own."""
        for one in struct.fields:
            if (one.type.base == "int32_t") != (one.role is Role.FLAG) and one.role in (Role.FLAG, Role.NUMBER):
                raise HeaderError(f'is {struct.name}.{one.name} a flag? That is an int32_t, and says "Not 0: " or "1 "')


def inner_first(structs: Dict[str, Struct]) -> Dict[str, Struct]:
    """The same, each behind those that its fields point to, as most languages want it."""
    sorted_: Dict[str, Struct] = {}

    def add(struct: Struct) -> None:
        for one in struct.fields:
            if one.role is Role.STRUCT and one.type.base not in sorted_:
                add(structs[one.type.base])
        sorted_[struct.name] = struct

    for struct in structs.values():
        if struct.name not in sorted_:
            add(struct)
    return sorted_


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
