"""What the Python package has of the header: numbers (enums.py), accounts and options (options.py), the classes of errors
(errors.py), and the keywords of calls (_keywords.py, for type checkers)."""

import re
from typing import Dict, Iterable, List, Optional

from .header import Constant, Enum, Field, Header, HeaderError, Role, Struct, without_prefix
from .words import Reference, adapt, c_names, camel, wrapped

PACKAGE = "bindings/python/src/chatfile"
WIDTH = 120
MADE = "Made from include/chatfile.h by cargo xtask bindings; do not edit."

#: The classes of the bands, and what each is about.
BANDS = {
    1: ("CallerError", "something is wrong with the parameters, the source or the target."),
    2: ("TransportError", "the network, the proxy or TLS."),
    3: ("ServiceError", "the service refused. Of no class below: for a reason of its own."),
    4: ("DataError", "the bytes are not what was announced."),
    5: ("ControlError", "your program stopped the call."),
    9: ("ChatfileError", ""),
}

#: Statuses whose class is not called as they are, for Python has such a name or it says too little.
ERRORS = {"MEMORY": "OutOfMemoryError", "SYSTEM": "SystemRefusedError"}

#: What an error is in Python besides.
BASES = {
    "ARGUMENT": "ValueError",
    "NULL": "ValueError",
    "TEXT": "ValueError",
    "LIMIT": "ValueError",
    "SOURCE": "OSError",
    "SINK": "OSError",
    "SOURCE_CHANGED": "OSError",
    "CHECKPOINT": "OSError",
    "SYSTEM": "OSError",
    "MEMORY": "MemoryError",
    "CONNECT": "ConnectionError",
    "CONNECTION_LOST": "ConnectionError",
    "CONNECT_TIMEOUT": "TimeoutError",
    "STALLED": "TimeoutError",
    "DEADLINE": "TimeoutError",
    "FORBIDDEN": "PermissionError",
    "NOT_FOUND": "FileNotFoundError",
    "CONFLICT": "FileExistsError",
}

#: Where Python has other means than C.
SAID = {
    "CHATFILE_E_NULL": "A required parameter is missing.",
    "CHATFILE_E_TEXT": "A text is not UTF-8, or holds characters that may not stand there.",
    "CHATFILE_E_STRUCT": "Something is asked for that this version of the library does not know.",
    "CHATFILE_E_CANCELLED": "The call was cancelled by its :class:`chatfile.Cancel`.",
    "CHATFILE_E_CALLBACK": "One of your functions raised :class:`Stop`, whose value is ``callback_value``.",
}

#: Where functions and types of C are something else in Python.
OWN = {
    "chatfile_error_file": "``file``",
    "chatfile_digest_crc64_value": "``Digest.crc64_value``",
    "chatfile_cancel": ":class:`chatfile.Cancel`",
    "chatfile_progress": ":class:`chatfile.Progress`",
}

#: What C alone has to be told.
NOT_IN_PYTHON = [
    r" \(its path in UTF-8\)",
    r", in UTF-8",
    r", with a NUL at the end",
    r": \w+ pointers, of which none is NULL",
]

#: What is a default in Python alone.
DEFAULTS = {
    "log": '``logging.getLogger("chatfile")``.',
    "log_level": "what that logger lets pass when the client is opened; with ``log`` CHATFILE_LOG_INFO.",
}

#: Structures that are parameters of calls here, and no class.
APART = {"source", "sink", "check_options", "abort_upload_options"}

FUNCTIONS = {"chatfile_secret_fn": "SecretFunction", "chatfile_log_fn": "LogFunction", "chatfile_proxy_login_fn": "LoginFunction"}


def outputs(header: Header) -> Dict[str, str]:
    """The modules."""
    package = Package(header)
    return {
        f"{PACKAGE}/enums.py": package.enums(),
        f"{PACKAGE}/options.py": package.options(),
        f"{PACKAGE}/errors.py": package.errors(),
        f"{PACKAGE}/_keywords.py": package.keywords(),
    }


def error_class(status: str) -> str:
    """The class of a status, by its name without CHATFILE_E_."""
    return "ServiceError" if status == "SERVICE" else ERRORS.get(status) or camel(status.lower()) + "Error"


def classes(header: Header) -> List[Struct]:
    """The structures that are classes of options: accounts first, what hangs off others before those."""
    found: List[Struct] = []

    def add(struct: Struct) -> None:
        for one in struct.fields:
            if one.role is Role.STRUCT:
                add(header.structs[one.type.base])
        if struct not in found and struct.init and struct.short not in APART and class_fields(struct):
            found.append(struct)

    for service in header.services:
        add(header.struct(service))
    for struct in header.structs.values():
        add(struct)
    return found


def class_fields(struct: Struct) -> List[Field]:
    """The fields of its class, those first that have no default, and a base_url that has one behind the credentials."""
    own = [one for one in struct.options if not is_of_the_call(one)]
    return sorted(own, key=lambda one: (not is_required(one), one.name == "base_url" and not is_required(one)))


def _has_parts(struct: Struct) -> bool:
    """Whether something hangs off it for one service alone."""
    return any(one.role is Role.STRUCT for one in struct.fields)


def is_required(one: Field) -> bool:
    """Whether the class wants it."""
    return one.is_required and one.role is not Role.STRUCT


def is_of_the_call(one: Field) -> bool:
    """Whether it is a parameter of the call here."""
    return one.role is Role.OBJECT or one.type.base == "chatfile_progress_fn"


def type_of(header: Header, one: Field) -> str:
    """Its type, without Optional."""
    enum = header.enum_of(one)
    if enum:
        return camel(enum.name)
    if one.is_time:
        return "Time"
    if one.unit:
        return "Seconds"
    if one.is_path:
        return "Path"
    if one.is_pem:
        return "Union[str, bytes]"
    if one.role is Role.STRUCT:
        return camel(one.type.name)
    if one.role is Role.CALLBACK:
        return FUNCTIONS[one.type.base]
    kinds = {
        Role.FLAG: "bool",
        Role.NUMBER: "int",
        Role.TEXT: "str",
        Role.TEXTS: "Sequence[str]",
        Role.BYTES: "bytes",
    }
    if one.role not in kinds:
        raise HeaderError(f"what is the field {one.name} in Python?")
    return kinds[one.role]


def default_of(header: Header, one: Field) -> Optional[str]:
    """What it is if nothing is said; None if something has to be."""
    enum = header.enum_of(one)
    first = next((member for member in enum.members if member.value == 0), None) if enum else None
    if is_required(one):
        return None
    if enum and first:
        return f"{camel(enum.name)}.{enum.short(first)}"
    return {Role.FLAG: "False", Role.TEXTS: "()"}.get(one.role, "None")


def used(code: str, names: Iterable[str]) -> List[str]:
    """The names that stand in the code."""
    return sorted(name for name in names if re.search(rf"\b{name}\b", code))


class Package:
    """The modules, and the header's comments in Python's words."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.fields = {
            one.name: one.plain_name for struct in header.structs.values() for one in struct.fields if "_" in one.name
        }

    # Comments.

    def say(self, reference: Reference) -> str:
        """A name of the header as Python has it."""
        name, short = reference.name, without_prefix(reference.name)
        if reference.kind == "null":
            return "None"
        if name in OWN:
            return OWN[name]
        if reference.kind == "constant":
            found = self.header.member(name)
            if found is None:
                raise HeaderError(f"what is {name} in Python?")
            enum, member = found
            return f":class:`chatfile.{error_class(member)}`" if enum.name == "status" else f":attr:`{camel(enum.name)}.{member}`"
        if reference.kind == "field":
            one = self.header.structs[name][reference.field]
            return f"``{camel(short)}.{one.plain_name}``"
        if reference.kind == "type":
            return f":class:`chatfile.{camel(short)}`"
        of, own = self.header.owner(name)
        if of == "client":
            return f":meth:`chatfile.Client.{own}`"
        return f"``{'ChatfileError' if of == 'error' else camel(of)}.{own}``"

    def text(self, text: str) -> str:
        """A comment in Python's words."""
        for pattern in NOT_IN_PYTHON:
            text = re.sub(pattern, "", text)
        text = re.sub(r"(CHATFILE_\w+) \(0\)", r"\1", text)
        text = c_names(text, lambda name: f"``{self.fields[name]}``" if name in self.fields else name)
        return adapt(text, self.say)

    def told(self, one: Field) -> str:
        """The comment of a field: what it is, and what it is if nothing is said."""
        meaning, default = one.meaning, DEFAULTS.get(one.name, one.default)
        if one.role is Role.ENUM:
            # Which they are, its type says.
            meaning = re.sub(r":? ?(an? )?CHATFILE_(?!E_)[^.]*\.", ".", meaning)
        if one.unit == "ms":
            meaning = meaning.replace("milliseconds", "seconds")
            default = re.sub(r"^[\d,]+(?=\.)", lambda all: f"{int(all.group(0).replace(',', '')) / 1000:g}", default or "")
        if one.is_time:
            meaning = re.sub(r": milliseconds since 1970 UTC, more than 0", "", meaning)
        if default and not re.match(r"(none|nothing of it|not said|the fields above \w+ .*|\w+ holds it)\.$", default):
            word = "Otherwise" if one.role is Role.FLAG else "Default:"
            meaning += f" {word} {default}"
        return self.text(meaning)

    def comment(self, text: str, indent: str = "    ") -> List[str]:
        """A comment above what it is about."""
        return wrapped(text, WIDTH, f"{indent}#: ")

    def docstring(self, text: str, indent: str = "    ") -> List[str]:
        """The text of a class, on one line if it fits."""
        return [f"{indent}{line}".rstrip() for line in wrapped(f'"""{text}"""', WIDTH - len(indent))]

    # Modules.

    def enums(self) -> str:
        """enums.py."""
        made = [enum for enum in self.header.enums.values()]
        names = sorted(camel(enum.name) for enum in made)
        lines = [f'"""Numbers that have names.\n\n{MADE}\n"""\n', "import enum\n", "from . import _abi\n"]
        lines += ["__all__ = [", *(f'    "{name}",' for name in names), "]"]
        for enum in made:
            kind = "IntFlag" if enum.is_flags else "IntEnum"
            lines += ["", "", f"class {camel(enum.name)}(enum.{kind}):"]
            lines += [*self.docstring(self.about(enum)), ""]
            for member in enum.members:
                lines += self.comment(self.about_member(enum, member))
                lines.append(f"    {enum.short(member)} = _abi.{member.name}")
                if enum.short(member) == "PARTS" and enum.name.endswith("method"):
                    lines.append("    #: The same, as S3 and its like call it.")
                    lines.append("    MULTIPART = PARTS")
        return "\n".join(lines) + "\n"

    def about(self, enum: Enum) -> str:
        """What an enum is for."""
        if enum.name == "status":
            return "How a call ended; see the class of errors of the same name."
        return self.text(enum.meaning)

    def about_member(self, enum: Enum, member: Constant) -> str:
        return self.text(SAID.get(member.name, member.doc))

    def options(self) -> str:
        """options.py."""
        header = self.header
        made = classes(header)
        body: List[str] = []
        for struct in made:
            body += self.option_class(struct)
            if struct.short == header.services[-1]:
                body += ["", "", "#: What :class:`chatfile.Client` opens."]
                body.append(f"Account = Union[{', '.join(camel(name) for name in header.services)}]")
        names = sorted([camel(struct.short) for struct in made] + ["Account"])
        text = "\n".join(body)
        code = re.sub(r"#:.*", "", text)
        enums = used(code, (camel(enum.name) for enum in header.enums.values()))
        records = used(code, ("LogFunction", "LoginFunction", "Path", "Record", "SecretFunction", "Seconds", "Time"))
        head = [
            '"""Accounts and options: a class for each structure of the C header, with the same names.\n',
            "What is left at its default (``None``, ``False``) is what the library or the service finds fit. A number of 0, which",
            "stands for that in C, is :class:`chatfile.ArgumentError`.\n",
            f'{MADE}\n"""\n',
            "from typing import ClassVar, Optional, Sequence, Tuple, Union\n",
            "from ._record import " + ", ".join(records),
            "from .enums import " + ", ".join(enums) + "\n",
            "__all__ = [",
            *(f'    "{name}",' for name in names),
            "]",
        ]
        return "\n".join(head) + "\n" + text + "\n"

    def option_class(self, struct: Struct) -> List[str]:
        lines = ["", "", f"class {camel(struct.short)}(Record):", *self.docstring(self.text(struct.doc)), ""]
        if struct.short in self.header.services:
            lines.append(f'    _service: ClassVar[str] = "{struct.short}"')
        hidden = [one.name for one in class_fields(struct) if one.is_secret]
        if hidden:
            comma = "," if len(hidden) == 1 else ""
            shown = ", ".join(f'"{name}"' for name in hidden)
            lines.append(f"    _hidden: ClassVar[Tuple[str, ...]] = ({shown}{comma})")
        if not lines[-1].startswith("    _"):
            lines.pop()
        lines.append("")
        for one in class_fields(struct):
            kind, default = type_of(self.header, one), default_of(self.header, one)
            lines += self.comment(self.told(one))
            if default == "None":
                kind = kind.replace("Union[", "Union[None, ") if kind.startswith("Union[") else f"Optional[{kind}]"
            lines.append(f"    {one.plain_name}: {kind}" + (f" = {default}" if default else ""))
        return lines

    def errors(self) -> str:
        """errors.py."""
        statuses = [one for one in self.header.enums["status"].members if one.value != 0]
        body: List[str] = []
        names = {"ChatfileError", "Stop"}
        for digit, _ in self.header.bands():
            band, about = BANDS[digit]
            if band not in names:
                body += ["", "", f"class {band}(ChatfileError{', OSError' if digit == 2 else ''}):"]
                body += self.docstring(f"{digit}xx: {about}")
                names.add(band)
            for one in statuses:
                if not isinstance(one.value, int) or one.value // 100 != digit:
                    continue
                status = self.header.enums["status"].short(one)
                name = error_class(status)
                if name == band:
                    body += ["", f"    status = Status.{status}"]
                    continue
                names.add(name)
                bases = ", ".join([band] + ([BASES[status]] if status in BASES else []))
                body += ["", "", f"class {name}({bases}):"]
                body += [*self.docstring(self.text(SAID.get(one.name, one.doc))), "", f"    status = Status.{status}"]
        head = [
            '"""What a call can fail with: one class for each status, in bands.\n',
            "Catch a band (:class:`TransportError`) or one of its classes (:class:`StalledError`), or what they are in Python",
            "(:class:`TimeoutError`); everything is a :class:`ChatfileError`. ``str(error)`` says what happened and what to do",
            "about it.\n",
            f'{MADE}\n"""\n',
            "from typing import Dict, Type\n",
            "from ._error import ChatfileError, Stop",
            "from .enums import Status\n",
            "__all__ = [",
            *(f'    "{name}",' for name in sorted(names)),
            "]",
        ]
        tail = ["", "", "#: The class of each band.", "BANDS: Dict[int, Type[ChatfileError]] = {"]
        tail += [f"    {digit}: {BANDS[digit][0]}," for digit, _ in self.header.bands()]
        tail += ["}", "#: The class of each status.", "CLASSES: Dict[int, Type[ChatfileError]] = {"]
        for one in statuses:
            status = self.header.enums["status"].short(one)
            tail.append(f"    {one.value}: {error_class(status)},")
        tail.append("}")
        return "\n".join(head + body + tail) + "\n"

    def keywords(self) -> str:
        """_keywords.py."""
        header = self.header
        body: List[str] = []
        for verb in ("client", "upload", "download", "list", "delete"):
            struct = header.struct(f"{verb}_options")
            kinds: Dict[str, List[str]] = {}
            for one in class_fields(struct):
                kinds.setdefault(one.plain_name, []).append(self.optional(one))
            general = set(kinds)
            for service in class_fields(struct):
                if service.role is Role.STRUCT:
                    for one in class_fields(header.structs[service.type.base]):
                        if one.plain_name not in general:
                            listed = kinds.setdefault(one.plain_name, [])
                            listed += [self.optional(one)] if self.optional(one) not in listed else []
            body += ["", "", f"class {camel(verb)}Keywords(TypedDict, total=False):"]
            body += self.docstring(
                f"The fields of :class:`chatfile.{camel(struct.short)}`"
                + (", and of what hangs off it for the service of the client." if _has_parts(struct) else ".")
            )
            body.append("")
            for name, several in kinds.items():
                kind = several[0] if len(several) == 1 else f"Union[{', '.join(several)}]"
                body.append(f"    {name}: {kind}")
        text = "\n".join(body)
        enums = used(text, (camel(one.name) for one in header.enums.values()))
        options = used(text, (camel(one.short) for one in classes(header)))
        options = [name for name in options if not name.endswith("Options")]
        typing = used(text, ("Optional", "Sequence", "TypedDict", "Union"))
        records = used(text, ("LogFunction", "LoginFunction", "Path", "SecretFunction", "Seconds", "Time"))
        head = [
            f'"""Options as keywords of calls, for type checkers alone.\n\n{MADE}\n"""\n',
            f"from typing import {', '.join(typing)}\n",
            f"from ._record import {', '.join(records)}",
            f"from .enums import {', '.join(enums)}",
            "from .options import (",
            *(f"    {name}," for name in options),
            ")",
        ]
        return "\n".join(head) + "\n" + text + "\n"

    def optional(self, one: Field) -> str:
        """Its type as a keyword, which may always be None."""
        kind = type_of(self.header, one)
        if default_of(self.header, one) not in (None, "None"):
            return kind
        return kind.replace("Union[", "Union[None, ") if kind.startswith("Union[") else f"Optional[{kind}]"
