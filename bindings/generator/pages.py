"""The tables of options in docs/*.md: what stands between these two lines of a page, in the words of the header.

    <!-- options: chatfile_netease_upload chatfile_netease_download (cargo xtask bindings makes this table) -->
    <!-- end of the options -->
"""

import re
from typing import Dict, List

from .header import ROOT, Field, Header, HeaderError, Role, Struct
from .words import Reference, adapt, lower_first

_TABLE = re.compile(r"(<!-- options: (?P<structs>[^(]+) \([^)]*\) -->\n).*?(<!-- end of the options -->)", re.S)
_VERB = re.compile(r"_(upload|download|delete)$")


def outputs(header: Header) -> Dict[str, str]:
    """The pages that have such lines."""
    made = {}
    for path in sorted((ROOT / "docs").glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if "<!-- options: " in text:
            made[f"docs/{path.name}"] = _TABLE.sub(lambda found: _table(header, found), text)
    return made


def _table(header: Header, found: "re.Match[str]") -> str:
    structs = []
    for name in found.group("structs").split():
        if name not in header.structs:
            raise HeaderError(f"a page wants the options of {name}, which is not in the header")
        structs.append(header.structs[name])
    if len(structs) == 1:
        lines = [f"| `{structs[0].name}` | |", "| --- | --- |", *_rows(header, structs[0])]
    else:
        lines = ["| | option | |", "| --- | --- | --- |"]
        for struct in structs:
            verb = _VERB.search(struct.name)
            rows = _rows(header, struct)
            lines.append(f"| {verb.group(1) if verb else struct.short} {rows[0]}")
            lines += [f"| {row}" for row in rows[1:]]
    return found.group(1) + "\n".join(lines) + "\n" + found.group(3)


def _rows(header: Header, struct: Struct) -> List[str]:
    return [f"| `{one.name}` | {_told(header, struct, one)} |" for one in struct.options]


def _told(header: Header, struct: Struct, one: Field) -> str:
    text = one.doc
    enum = header.enum_of(one)
    if enum and one.role is Role.ENUM:
        text = re.sub(r":? ?(an? )?CHATFILE_(?!E_)[^.]*\.", ".", text, count=1)
        for member in enum.members:
            default = " (default)" if member.value == 0 else ""
            text += f" {member.name}{default}: {lower_first(member.doc)}"
    names = {field.name for field in struct.fields if "_" in field.name}
    text = re.sub(
        r'(?<![\w".`/])[a-z]+(?:_[a-z]+)+(?![\w"(])',
        lambda found: f"`{found.group(0)}`" if found.group(0) in names else found.group(0),
        text,
    )
    return adapt(text, _say).replace("|", "\\|").replace("\n\n", " ")


def _say(reference: Reference) -> str:
    if reference.kind == "null":
        return "NULL"
    if reference.kind == "function":
        return f"`{reference.name}()`"
    return f"`{reference.name}.{reference.field}`" if reference.field else f"`{reference.name}`"
