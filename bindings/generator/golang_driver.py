"""The driver of the table of cases in Go: how it fills options and configurations from the keys of a line, and tells of
results by the names of the header.
"""

import re
from typing import Dict, List, Optional

from .drivers_results import told_getters
from .golang import MADE, OPTIONAL, Package, aligned, name
from .golang_results import SIZES, TYPES, UNREAD, field
from .header import Field, Getter, Header, Kind, Role, Struct


def outputs(header: Header) -> Dict[str, str]:
    """The files of the driver."""
    folder = "bindings/go/internal/driver"
    return {f"{folder}/fields.go": _fields(Package(header)), f"{folder}/results.go": _results(header)}


def _fields(package: Package) -> str:
    """How the driver of the table fills options and configurations from the keys of a line."""
    lines = [MADE, "package main", "", "import (", '\t"time"', "", '\tchatfile "github.com/chatfile/chatfile/bindings/go"', ")"]
    for struct in [*package.configurations, *package.options_of, *package.parts.values()]:
        if package.is_empty(struct):
            continue
        own = package.type_name(struct)
        lines += ["", f"func (l line) {camel(own)}() *chatfile.{own} {{"]
        if struct.name in package.parts:
            hung = (one.name for other in package.header.structs.values() for one in other.fields if one.type.base == struct.name)
            key = next(hung, struct.short.split("_")[0])
            lines += [f'\tif !l.has("{key}") {{', "\t\treturn nil", "\t}"]
        lines.append(f"\treturn &chatfile.{own}{{")
        body = []
        for one in struct.options:
            value = _value(package, struct, one)
            if value:
                body.append(f"\t\t{package.field_name(one)}: {value},")
        lines += [*body, "\t}", "}"]
    lines += ["", "// The verbs that open a client of a service.", "var opening = map[string]func(line, *answer){"]
    for struct in package.configurations:
        own = package.type_name(struct)
        lines += [
            f'\t"{struct.short}": func(l line, a *answer) {{',
            f"\t\tconfig := l.{camel(own)}()",
            "\t\tconfig.Secret = l.secretFunc()",
            f"\t\tclient, err := chatfile.Open{name(struct.short)}(*config, l.ownClientOptions())",
            "\t\tl.opened(a, client, err)",
            "\t},",
        ]
    lines.append("}")
    keys = [one.name for one in package.header.struct("client_options").options if one.role is not Role.CALLBACK]
    lines += ["", "// The keys of a client's options.", "var clientOptionKeys = []string{"]
    lines += [f'\t"{one}",' for one in keys] + ["}"]
    return "\n".join(aligned(lines)) + "\n"


def _value(package: Package, struct: Struct, one: Field) -> Optional[str]:
    """What a field is set to; None: what the driver says itself."""
    key = f'"{one.name}"'
    if one.role in (Role.OBJECT, Role.CALLBACK):
        return None
    if one.role is Role.STRUCT:
        return f"l.{camel(package.type_name(package.header.structs[one.type.base]))}()"
    if one.role is Role.BYTES or one.is_pem:
        return f"l.file({key})"
    if one.role is Role.FLAG:
        return f"l.flag({key})"
    if one.role is Role.ENUM:
        return f"chatfile.{package.kind(struct, one)}(l.number({key}))"
    if one.role is Role.TEXTS:
        return f"l.texts({key})"
    if one.role is Role.TEXT:
        return f"l.{'optional' if (struct.short, one.name) in OPTIONAL else 'text'}({key})"
    if struct.zero_of(one):
        return f"l.known({key})"
    if one.is_time:
        return f"l.time({key})"
    if one.unit:
        return f"l.duration({key}, time.{'Millisecond' if one.unit == 'ms' else 'Second'})"
    return f"l.number({key})" if "64" in one.type.base else f"int(l.number({key}))"


def _results(header: Header) -> str:
    """What the driver of the table says of each, by the names of the header."""
    lines = [MADE, "package main", "", "import (", '\t"fmt"', "", '\tchatfile "github.com/chatfile/chatfile/bindings/go"', ")"]
    for short in TYPES:
        own = name(short)
        lines += ["", f"func (a *answer) say{own}(from *chatfile.{own}) {{"]
        getters = [one for one in told_getters(header, short) if one.function.name not in UNREAD]
        lines += [f"\t{line}" for getter in getters for line in _told(getter)]
        lines.append("}")
    return "\n".join(lines) + "\n"


def _told(getter: Getter) -> List[str]:
    """The statements that tell of what a getter gave."""
    key, value = f'"{getter.name}"', f"from.{field(getter)}"
    if getter.kind is Kind.TEXT:
        return [f"a.say({key}, {value})"]
    if getter.kind is Kind.OPTIONAL_TEXT:
        return [f"a.sayText({key}, {value})"]
    if getter.kind is Kind.FLAG:
        return [f"a.sayFlag({key}, {value})"]
    if getter.kind is Kind.PAIRS:
        return [f"for _, field := range {value} {{", f'\ta.say("{getter.singular}."+field.Name, field.Value)', "}"]
    if getter.kind is Kind.OBJECTS:
        one = f"a.say{name(getter.function.result.name)}(&{value}[i])"
        return [f'a.sayNumber("count", int64(len({value})))', f"for i := range {value} {{", f"\ta.at(i, func() {{ {one} }})", "}"]
    if getter.kind in (Kind.TEXTS, Kind.NUMBERS):
        said = "say({}, one)" if getter.kind is Kind.TEXTS else "sayNumber({}, int64(one))"
        index = f'fmt.Sprintf("{getter.singular}.%d", i)'
        return [f"for i, one := range {value} {{", f"\ta.{said.format(index)}", "}"]
    if getter.function.name in SIZES:
        return [f"if {value} != chatfile.SizeUnknown {{", f"\ta.sayNumber({key}, {value})", "}"]
    if getter.is_moment:
        return [f"if !{value}.IsZero() {{", f"\ta.sayNumber({key}, {value}.Unix())", "}"]
    if getter.is_period and getter.kind is Kind.OPTIONAL_NUMBER:
        return [f"if {value} != 0 {{", f"\ta.sayNumber({key}, {value}.Milliseconds())", "}"]
    if getter.is_period:
        return [f"a.sayNumber({key}, {value}.Milliseconds())"]
    if getter.kind is Kind.OPTIONAL_NUMBER:
        return [f"if {value} != nil {{", f"\ta.sayNumber({key}, int64(*{value}))", "}"]
    return [f"a.sayNumber({key}, int64({value}))"]


def camel(own: str) -> str:
    """``netEaseUpload`` of NetEaseUpload, ``smhUpload`` of SMHUpload."""
    begin = re.match(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]", own)
    assert begin is not None
    return own[: begin.end()].lower() + own[begin.end() :]
