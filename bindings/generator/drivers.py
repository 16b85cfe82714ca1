"""How the drivers of the table of cases fill options from the keys of a line, which are the names of the header.

A line says netease=1 for what hangs off options for one service alone, and gives PEM and certificates as files. What a
client's or a call's own callbacks and cancel handles are, the drivers say themselves.
"""

import re
from typing import Dict, List

from .header import Field, Header, Role, Struct
from .python import class_fields, classes
from .words import camel, wrapped

MADE = "Made from include/chatfile.h by cargo xtask bindings; do not edit."


def outputs(header: Header) -> Dict[str, str]:
    """A file for each driver."""
    return {
        "ffi-tests/c/driver_fields.h": _c(header),
        "ffi-tests/cpp/driver_fields.hpp": _cpp(header),
        "ffi-tests/tests/suite/front/rust/fields.rs": _rust(header),
        "bindings/python/tests/driver_fields.py": _python(header),
        "ffi-tests/c/abuse_texts.h": _abused(header),
    }


def _filled(header: Header) -> List[Struct]:
    """The structures of options, those first that hang off others."""
    found: List[Struct] = []

    def add(struct: Struct) -> None:
        for one in _parts(struct):
            add(header.structs[one.type.base])
        is_empty = not _values(struct) and not _parts(struct)
        if struct not in found and struct.init and not is_empty and struct.short not in ("source", "sink"):
            found.append(struct)

    for struct in header.structs.values():
        add(struct)
    return found


def _parts(struct: Struct) -> List[Field]:
    """What hangs off a structure for one service alone."""
    return [one for one in struct.fields if one.role is Role.STRUCT]


def _values(struct: Struct) -> List[Field]:
    """What a line can give of a structure itself."""
    return [one for one in struct.options if one.role not in (Role.STRUCT, Role.CALLBACK, Role.OBJECT)]


def _from_file(one: Field) -> bool:
    """Whether a line names a file with the value."""
    return one.is_pem or one.role is Role.BYTES


def _abused(header: Header) -> str:
    """The texts of each structure that callers hand in, but for PEM, which may have lines."""
    lines = [f"/*\n * Where the texts of each structure are, and what errors call them.\n *\n * {MADE}\n */"]
    lines += ["#ifndef ABUSE_TEXTS_H", "#define ABUSE_TEXTS_H", "", "#include <chatfile.h>", "#include <stddef.h>"]
    for struct in header.structs.values():
        if struct.init:
            front = f"{struct.short}." if struct.short in ("source", "sink") else ""
            texts = [one.name for one in struct.fields if one.role is Role.TEXT and not one.is_pem]
            entries = [f'{{ "{front}{name}", offsetof({struct.name}, {name}) }}' for name in texts] or ["{ NULL, 0 }"]
            lines += ["", f"#define TEXTS_OF_{struct.name} \\", "    " + ", \\\n    ".join(entries)]
    lines += ["", "#endif"]
    return "\n".join(lines) + "\n"


def _python(header: Header) -> str:
    lines = [f'"""The keys of a line as options of the package.\n\n{MADE}\n"""\n', "import chatfile"]
    for struct in classes(header):
        name = struct.short
        own = [one for one in class_fields(struct) if one.role is not Role.CALLBACK]
        more = any(one.role is Role.CALLBACK for one in class_fields(struct))
        lines += ["", "", f"def {name}(line{', **more' if more else ''}):", f"    return chatfile.{camel(name)}("]
        lines += [f"        {one.plain_name}={_python_value(struct, one)}," for one in own]
        lines += ["        **more,"] if more else []
        lines.append("    )")
        if name == "client_options":
            lines += ["", "", f"{name.upper()} = ("]
            lines += [f'    "{one.name}",' for one in own]
            lines.append(")")
    lines += ["", "", "ACCOUNTS = {", *(f'    "{service}": {service},' for service in header.services), "}"]
    return "\n".join(lines) + "\n"


def _python_value(struct: Struct, one: Field) -> str:
    key = f'"{one.name}"'
    if one.role is Role.STRUCT:
        return f"{one.type.name}(line) if {key} in line else None"
    if _from_file(one):
        return f"line.content({key})"
    if one.role is Role.TEXT:
        return f"line.get({key})"
    if one.role is Role.TEXTS:
        return f"line.texts({key})"
    if one.role is Role.FLAG:
        return f"line.flag({key})"
    if one.unit or one.is_time:
        return f"line.seconds({key}, {1000 if one.name.endswith('_ms') else 1})"
    if struct.zero_of(one):
        return f"line.number({key}) if {key} in line else None"
    # 0 is the default in C, and refused in Python.
    return f"line.number({key})" + (" or None" if one.is_default_at_0 else "")


def _c(header: Header) -> str:
    lines = [f"/*\n * The keys of a line as structures of the C ABI.\n *\n * {MADE}\n */"]
    lines += ["#ifndef DRIVER_FIELDS_H", "#define DRIVER_FIELDS_H", "", "#include <chatfile.h>", ""]
    lines.append('#include "driver_line.h"')
    for struct in _filled(header):
        name, parts = struct.short, _parts(struct)
        lines.append("")
        if parts:
            lines += [f"/* {struct.name} with what hangs off it. */", f"struct {name} {{"]
            lines.append(f"    {struct.name} options;")
            lines += [f"    {one.type.base} {one.name};" for one in parts]
            lines += ["};", "", f"static void fill_{name}(struct {name} *all)", "{"]
            inits = [struct.init, *(header.structs[one.type.base].init for one in parts)]
            lines.append(f"    const struct {name} none = {{")
            lines += [f"        {init}," for init in inits]
            lines += ["    };", "    *all = none;"]
            lines += [f"    {_c_value('all->options.', struct, one)}" for one in _values(struct)]
            for one in parts:
                lines.append(f"    fill_{one.type.name}(&all->{one.name});")
                lines.append(f'    all->options.{one.name} = has("{one.name}") ? &all->{one.name} : NULL;')
        else:
            lines += [f"static void fill_{name}({struct.name} *to)", "{"]
            lines += [f"    {_c_value('to->', struct, one)}" for one in _values(struct)]
        lines.append("}")
        if name == "client_options":
            lines += ["", f"static int has_{name}(void)", "{", "    return " + " ||\n           ".join(
                f'has("{one.name}")' for one in _values(struct)) + ";", "}"]
    lines += ["", "/* X(name, INIT) for each service. */", "#define EACH_SERVICE(X)" + "".join(
        f" \\\n    X({service}, {header.struct(service).init})" for service in header.services)]
    lines += ["", "#endif"]
    return "\n".join(lines) + "\n"


def _c_value(to: str, struct: Struct, one: Field) -> str:
    key = f'"{one.name}"'
    if one.role is Role.BYTES:
        return f"{to}{one.name} = file_of({key}, &{to}{struct.length_of(one)});"
    if one.is_pem:
        return f"{to}{one.name} = file_of({key}, NULL);"
    if one.role is Role.TEXT:
        return f"{to}{one.name} = text({key});"
    if one.role is Role.TEXTS:
        return f"{to}{one.name} = texts({key}, &{to}{struct.length_of(one)});"
    set_ = f"{to}{one.name} = ({one.type.base})number({key});"
    zero = struct.zero_of(one)
    return f"{set_}\n    {to}{zero} = has({key}) && {to}{one.name} == 0;" if zero else set_


def _cpp(header: Header) -> str:
    lines = [f"/*\n * The keys of a line as options of the C++ API.\n *\n * {MADE}\n */"]
    lines += ["#ifndef DRIVER_FIELDS_HPP", "#define DRIVER_FIELDS_HPP", "", "#include <chatfile.hpp>", ""]
    lines.append('#include "driver_line.hpp"')
    for struct in _filled(header):
        name = struct.short
        lines += ["", f"inline chatfile::{name} {name}_of(const line &in)", "{", f"    chatfile::{name} to;"]
        lines += [f"    to.{one.plain_name} = {_cpp_value(header, struct, one)};" for one in _values(struct)]
        for one in _parts(struct):
            lines += [f'    if (in.has("{one.name}"))', f"        to.{one.name} = {one.type.name}_of(in);"]
        lines += ["    return to;", "}"]
    each = "".join(f" \\\n    X({service})" for service in header.services)
    lines += ["", "/* X(name) for each service. */", f"#define EACH_SERVICE(X){each}", "", "#endif"]
    return "\n".join(lines) + "\n"


def _cpp_value(header: Header, struct: Struct, one: Field) -> str:
    key = f'"{one.name}"'
    enum = header.enum_of(one)
    if enum:
        return f"static_cast<chatfile::{enum.name}>(in.number({key}))"
    if one.is_time:
        return f"chatfile::time_ms(in.milliseconds({key}))"
    if one.unit:
        return f"in.{'milliseconds' if one.unit == 'ms' else 'seconds'}({key})"
    if _from_file(one):
        return f"in.content({key})"
    if one.is_path:
        return f"in.path({key})"
    if one.role is Role.TEXT:
        return f"in.{'word' if one.is_required else 'text'}({key})"
    if one.role is Role.TEXTS:
        return f"in.texts({key})"
    if one.role is Role.FLAG:
        return f"in.flag({key})"
    if struct.zero_of(one):
        return f"in.known({key})"
    return f"in.{'u64' if one.type.base == 'uint64_t' else 'u32'}({key})"


#: What Rust has in another shape than C, and its driver fills by hand.
NOT_IN_RUST = {"ca_certificates", "ca_certificates_path", "log_level"}


def _rust(header: Header) -> str:
    body: List[str] = []
    for struct in _filled(header):
        if struct.short in ("client_options", "upload_options", "download_options") or _verb(struct):
            body += _rust_function(header, struct)
    for verb in ("upload", "download"):
        body += ["", "/// What the line has of one service.", f"fn {verb}_service(line: &Line) -> Option<Service{camel(verb)}> {{"]
        for one in _parts(header.struct(f"{verb}_options")):
            body.append(f'    if line.get("{one.name}").is_some() {{')
            body += [f"        return Some({one.type.name}(line).into());", "    }"]
        body += ["    None", "}"]
    text = "\n".join(body)
    kinds = sorted(set(re.findall(r"\b((?!Duration|Some|Option|None|Line|Into)[A-Z]\w+)(?=::|<'|>| \{)", text)))
    lines = [f"//! The keys of a line as options of the Rust API.\n//!\n//! {MADE}", "", "use std::time::Duration;", ""]
    lines += ["use chatfile::{", *wrapped(", ".join(kinds) + ",", 100, "    "), "};", ""]
    lines += ["use super::options::{content, flag, known, number, text, texts};", "use crate::protocol::Line;"]
    return "\n".join(lines) + "\n" + text + "\n"


def _verb(struct: Struct) -> bool:
    """Whether it is of one service and one verb."""
    return struct.short.endswith(("_upload", "_download", "_delete", "_delete_task"))


def _rust_function(header: Header, struct: Struct) -> List[str]:
    kind = camel(struct.short)
    begun = {"upload_options": "<'a>", "download_options": "<'a>"}.get(struct.short, "")
    shown = "" if struct.short.endswith(("_upload", "_download")) else "pub(super) "
    own = [one for one in _values(struct) if one.name not in NOT_IN_RUST]
    required = [one for one in own if one.is_required]
    made = f"new({', '.join(_rust_value(header, struct, one) for one in required)})" if required else "default()"
    lines = ["", f"{shown}fn {struct.short}{begun}(line: &Line) -> {kind}{begun} {{"]
    lines.append(f"    let mut to = {kind}::{made};")
    for one in own:
        if one.is_required:
            continue
        enum = header.enum_of(one)
        name = one.plain_name
        if enum:
            kind = camel(enum.name) if one.name != "method" else camel(struct.short) + "Method"
            lines.append(f'    to.{name} = match line.number("{one.name}") {{')
            for member in enum.members:
                number = "_" if member is enum.members[-1] else member.value
                lines.append(f"        {number} => {kind}::{camel(enum.short(member).lower())},")
            lines.append("    };")
        else:
            lines.append(f"    to.{name} = {_rust_value(header, struct, one)};")
    if _parts(struct):
        lines.append(f"    to.service = {struct.short.split('_')[0]}_service(line);")
    return [*lines, "    to", "}"]


def _rust_value(header: Header, struct: Struct, one: Field) -> str:
    key = f'"{one.name}"'
    if one.is_pem:
        return f"content(line, {key})"
    if one.role is Role.TEXT and one.is_required:
        return f"text(line, {key}).unwrap_or_default()"
    if one.role is Role.TEXT:
        return f"text(line, {key})" + (".map(Into::into)" if one.is_path or one.name.endswith("_secret") else "")
    if one.role is Role.TEXTS:
        return f"texts(line, {key})"
    if one.role is Role.FLAG:
        return f"flag(line, {key})"
    if one.is_time:
        return f"line.number({key})"
    if one.unit:
        return f"number(line, {key}).map(Duration::from_{'millis' if one.unit == 'ms' else 'secs'})"
    return f"{'known' if struct.zero_of(one) else 'number'}(line, {key})"
