"""What the Python package has of the getters: the classes of results (results.py), what errors know (_details.py), and what
presigned requests are asked for (_request.py)."""

import re
from typing import Dict, List, Optional, Tuple

from .header import RESULTS, Getter, Header, Kind, Opaque, without_prefix
from .python import MADE, PACKAGE, Package
from .words import camel

#: What is not shown besides secrets: what gives access, and what is long.
HIDDEN = ("chatfile_download_result_data", "chatfile_file_info_url")
#: Where Python has other means than C.
SAID = {
    "chatfile_download_result_data": "The bytes, if no sink was given; else None.",
    "chatfile_check_step_kind": "What was looked at: a :class:`chatfile.CheckKind`.",
    "chatfile_check_step_verdict": "What came of it: a :class:`chatfile.Verdict`.",
    "chatfile_check_step_status": "How it failed: a :class:`chatfile.Status`; 0 if it did not.",
    "chatfile_presigned_json": "The request as JSON (one line), to hand to another program.",
    "chatfile_presigned_success_status": "The HTTP statuses that mean success; the body of the answer decides further.",
    "chatfile_presigned_max_size": "The largest file that may be sent with it, in bytes; None if there is no limit. Where it "
    "``needs_completion``, the only size.",
    "chatfile_presigned_expires_at": "When the service will no longer take it, in seconds since 1970 UTC; None if that is not "
    "known or never.",
    "chatfile_error_callback_value": "With :class:`CallbackError`, the value of :class:`Stop`.",
    "chatfile_error_field": "The parameter, field or option at fault, as it is called here.",
    "chatfile_error_resume_token": "What a later upload of the same file needs to send only what is missing "
    "(``UploadOptions.resume_token``), and :meth:`chatfile.Client.abort_upload` to throw it away.",
}
#: What comes from C as it is, so that type checkers know nothing of it.
ASKED = (Kind.ENUM, Kind.FLAG, Kind.NUMBER)


def outputs(header: Header) -> Dict[str, str]:
    """The modules."""
    return {
        f"{PACKAGE}/results.py": _results(header),
        f"{PACKAGE}/_details.py": _details(header),
        f"{PACKAGE}/_request.py": _request(header),
    }


def _results(header: Header) -> str:
    package = Package(header)
    enums = {_enum(header, getter) or "" for short in RESULTS for getter in header.getters(short)} - {""}
    lines = [
        f'"""What calls return.\n\n{MADE}\n"""\n',
        "import ctypes",
        "from typing import Any, ClassVar, Iterator, Optional, Tuple\n",
        "from ._library import known, lib, number_of, text_of",
        "from ._record import Record",
        f"from .enums import {', '.join(sorted(enums))}",
    ]
    for short in RESULTS:
        thing, kind = header.objects[f"chatfile_{short}"], camel(short)
        lines += ["", "", f"class {kind}(Record):", *package.docstring(_about(package, thing)), ""]
        hidden = [f'"{one.name}"' for one in header.getters(short) if one.is_secret or one.function.name in HIDDEN]
        if hidden:
            comma = "," if len(hidden) == 1 else ""
            lines += [f"    _hidden: ClassVar[Tuple[str, ...]] = ({', '.join(hidden)}{comma})", ""]
        reads = []
        # Those that may be missing stand behind those that may not.
        for getter in sorted(header.getters(short), key=lambda one: _type(header, one)[1] != ""):
            typed, default, read = _type(header, getter)
            lines += package.comment(_told(package, getter))
            name = getter.plain_name
            lines.append(f"    {name}: {typed}" + (f" = {default}" if default else ""))
            reads.append(f"        {name}={read},")
        lines += [line for getter in header.getters(short) if getter.kind is Kind.OBJECTS for line in _gone_through(getter)]
        lines += ["", "", f"def read_{short}(handle: Any) -> {kind}:", '    """Asks C for all of it."""']
        if any(getter.kind is Kind.BYTES for getter in header.getters(short)):
            lines.append(f"    address, size = lib.{short}_data(handle), lib.{short}_size(handle)")
        lines += [f"    return {kind}(", *reads, "    )"]
    return "\n".join(lines) + "\n"


def _gone_through(getter: Getter) -> List[str]:
    """What makes what holds others a collection of them."""
    return [
        "",
        f"    def __iter__(self) -> Iterator[{camel(getter.function.result.name)}]:",
        f"        return iter(self.{getter.name})",
        "",
        "    def __len__(self) -> int:",
        f"        return len(self.{getter.name})",
    ]


def _about(package: Package, thing: Opaque) -> str:
    """What an object is, and what it does not know."""
    missing = " What the service does not say is None." if "is NULL" in thing.doc else ""
    return package.text(thing.meaning) + missing


def _enum(header: Header, getter: Getter) -> Optional[str]:
    """The class whose members the numbers are, if they have names."""
    enum = header.enum_by(getter.function)
    return camel(enum.name) if enum else None


def _type(header: Header, getter: Getter) -> Tuple[str, str, str]:
    """The type of a field, its default, if it may be missing, and how it is read."""
    call = f"lib.{getter.function.short}(handle)"
    if getter.kind is Kind.TEXT:
        return "str", "", f'text_of({call}) or ""'
    if getter.kind is Kind.OPTIONAL_TEXT:
        return "Optional[str]", "None", f"text_of({call})"
    if getter.kind is Kind.FLAG:
        return "bool", "", f"{call} != 0"
    if getter.kind is Kind.NUMBER and getter.is_period:
        return "float", "", f"{call} / 1000"
    if getter.kind is Kind.NUMBER_OR_0:
        return "Optional[int]", "None", f"{call} or None"
    if getter.kind in (Kind.NUMBER, Kind.ENUM):
        # A number of the header: one that is not known here stays one.
        kind = _enum(header, getter)
        return "int", "", f"known({kind}, {call})" if kind else call
    if getter.kind is Kind.OPTIONAL_NUMBER and getter.is_period:
        return "Optional[float]", "None", f"seconds_of(handle, lib.{getter.function.short})"
    if getter.kind is Kind.OPTIONAL_NUMBER:
        return "Optional[int]", "None", f"number_of(handle, lib.{getter.function.short})"
    one, each = f"{call[:-1]}, index)", f"for index in range(lib.{without_prefix(getter.count)}(handle))"
    if getter.kind is Kind.TEXTS:
        return "Tuple[str, ...]", "()", f'tuple(text_of({one}) or "" {each})'
    if getter.kind is Kind.PAIRS:
        functions = (getter.count, getter.function.name, getter.value_function)
        asked = ", ".join(f"lib.{without_prefix(function)}" for function in functions)
        return "Tuple[Tuple[str, str], ...]", "()", f"pairs_of(handle, {asked})"
    if getter.kind is Kind.NUMBERS:
        return "Tuple[int, ...]", "()", f"tuple(takewhile(bool, ({one} for index in count())))"
    if getter.kind is Kind.OBJECTS:
        kind = getter.function.result.name
        return f"Tuple[{camel(kind)}, ...]", "", f"tuple(read_{kind}({one}) {each})"
    return "Optional[bytes]", "None", "None if address is None else ctypes.string_at(address, size)"


def _told(package: Package, getter: Getter) -> str:
    told = SAID.get(getter.function.name) or getter.known
    told = re.sub(r"; else CHATFILE_\w+_NONE", "", told)
    return package.text(told.replace("milliseconds", "seconds"))


def _details(header: Header) -> str:
    package = Package(header)
    lines = [
        f'"""What is known of a call that failed.\n\n{MADE}\n"""\n',
        "from typing import Any, Dict, Optional\n",
        "from ._library import known, lib, number_of, seconds_of, text_of",
        "from .enums import Phase",
        "",
        "",
        "class Details:",
        '    """What is known of a call that failed; what is not is None."""',
        "",
    ]
    reads = []
    for getter in header.getters("error"):
        if getter.name in ("status", "message"):
            continue
        call = f"lib.{getter.function.short}(handle)"
        name = getter.plain_name
        typed, default, read = "int", "0", call
        if getter.kind in (Kind.TEXT, Kind.OPTIONAL_TEXT):
            typed, default, read = "Optional[str]", "None", f"text_of({call})"
        elif getter.kind is Kind.FLAG:
            typed, default, read = "bool", "False", f"{call} != 0"
        elif getter.kind in (Kind.OPTIONAL_NUMBER, Kind.NUMBER_OR_0):
            typed, default, read = _type(header, getter)
        elif getter.kind is Kind.ENUM:
            # One that is not known here stays a number; 0 is none, but for the first phase.
            typed, default, read = ("int", "0", f"known(Phase, {call})") if name == "phase" else ("Optional[int]", "None", f"{call} or None")
        lines += package.comment(_told(package, getter))
        lines.append(f"    {name}: {typed} = {default}")
        reads.append(f'        "{name}": {read},')
    lines += ["", "", "def read_details(handle: Any) -> Dict[str, Any]:", '    """Asks C for all of it."""']
    lines += ["    return {", *reads, "    }"]
    return "\n".join(lines) + "\n"


def _request(header: Header) -> str:
    package = Package(header)
    getters = header.getters("presigned")
    enums = sorted({_enum(header, one) or "" for one in getters} - {""})
    lines = [
        f'"""What a presigned request is asked for.\n\n{MADE}\n"""\n',
        "from itertools import count, takewhile",
        "from typing import Any, Optional, Tuple\n",
        "from ._library import known, lib, number_of, pairs_of, text_of",
        f"from .enums import {', '.join(enums)}",
        "",
        "",
        "class Request:",
        '    """What C has of a request."""',
        "",
        "    _handle: Any",
    ]
    for getter in getters:
        typed, _, read = _type(header, getter)
        typed = _enum(header, getter) or typed
        lines += ["", "    @property", f"    def {getter.plain_name}(self) -> {typed}:"]
        lines += package.docstring(_told(package, getter), "        ")
        read = read.replace("(handle", "(self._handle")
        lines += [f"        found: {typed} = {read}", "        return found"] if getter.kind in ASKED else [f"        return {read}"]
    return "\n".join(lines) + "\n"
