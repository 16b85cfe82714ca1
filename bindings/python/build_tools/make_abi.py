"""Makes src/chatfile/_abi.py from include/chatfile.h.

    python3 build_tools/make_abi.py [--check]

Structures, numbers and prototypes are not copied by hand: this reads them from the header, which is regular since
cbindgen writes it, and stops at whatever it does not understand. tests/test_abi.py has a C compiler confirm what came
out. --check changes nothing and fails if the module is not current.
"""

import re
import sys
from pathlib import Path
from typing import Dict, List, Tuple

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
MODULE = HERE / "src" / "chatfile" / "_abi.py"

NUMBERS = {
    "int32_t": "c_int32",
    "uint32_t": "c_uint32",
    "int64_t": "c_int64",
    "uint64_t": "c_uint64",
    "size_t": "c_size_t",
    "chatfile_status": "c_int32",
    "chatfile_phase": "c_int32",
}

HEAD = '''"""The C ABI of libchatfile, as include/chatfile.h has it.

Made by build_tools/make_abi.py; do not edit.
"""

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char_p,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Dict, Tuple
'''


def plain(header: str) -> str:
    """The header without comments and with single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", " ", header, flags=re.S))


def constants(header: str) -> Dict[str, str]:
    """The numbers of the header."""
    found = {}
    pattern = r"^#define (CHATFILE_[A-Z0-9_]+) (-?\d+|UINT64_MAX|\"[^\"]*\")$"
    for name, value in re.findall(pattern, header, flags=re.M):
        found[name] = "(1 << 64) - 1" if value == "UINT64_MAX" else value
    return found


def type_of(text: str, structures: Dict[str, List[Tuple[str, str]]], functions: Dict[str, str]) -> str:
    """The ctypes type of a C type."""
    text = re.sub(r"\b(const|struct)\b", "", text)
    base, stars = text.replace("*", "").strip(), text.count("*")
    if base == "char" and stars == 1:
        return "c_char_p"
    if base == "char" and stars == 2:
        return "POINTER(c_char_p)"
    if stars == 0 and base in NUMBERS:
        return NUMBERS[base]
    if stars == 1 and base in NUMBERS:
        return f"POINTER({NUMBERS[base]})"
    if stars == 0 and base in functions:
        return base
    if stars == 1 and base in structures:
        return f"POINTER({base})"
    if stars == 1 and (base == "void" or base.startswith("chatfile_")):
        return "c_void_p"
    if stars == 2 and base.startswith("chatfile_"):
        return "POINTER(c_void_p)"
    raise SystemExit(f"make_abi.py: what is {text!r}?")


def declared(text: str) -> Tuple[str, str]:
    """Type and name of a field or parameter."""
    match = re.fullmatch(r"(.*?)(\w+)", text.strip())
    if match is None:
        raise SystemExit(f"make_abi.py: what is {text!r}?")
    return match.group(1), match.group(2)


def parameters(text: str) -> List[Tuple[str, str]]:
    """Those of a function."""
    return [] if text.strip() == "void" else [declared(one) for one in text.split(",")]


def module(header: str) -> str:
    """The text of the module."""
    code = plain(header)
    structures = {
        name: [declared(field) for field in body.split(";") if field.strip()]
        for name, body in re.findall(r"typedef struct (\w+) \{(.*?)\} \1;", code)
    }
    functions = {
        name: (result, arguments)
        for result, name, arguments in re.findall(
            r"typedef (\w+) \(CHATFILE_CALL \*(\w+)\)\((.*?)\);", code
        )
    }
    known = {name: "" for name in functions}
    lines = [HEAD]
    for name, value in constants(header).items():
        lines.append(f"{name} = {value}")
    written = set()

    def callback(name: str) -> None:
        result, arguments = functions[name]
        kinds = []
        for kind, parameter in parameters(arguments):
            # A text is read in the callback only; a pointer that is written to must stay one.
            if "char" in kind and "const" not in kind:
                kinds.append("c_void_p")
            else:
                kinds.append(type_of(kind, structures, known))
        returned = "None" if result == "void" else NUMBERS[result]
        lines.append(f"\n{name} = CFUNCTYPE({', '.join([returned, *kinds])})")
        written.add(name)

    for name, fields in structures.items():
        for kind, _ in fields:
            if kind.strip() in functions and kind.strip() not in written:
                callback_needs = functions[kind.strip()][1]
                for other in structures:
                    if re.search(rf"\b{other}\b", callback_needs) and other not in written:
                        raise SystemExit(f"make_abi.py: {other} comes too late")
                callback(kind.strip())
        lines.append(f"\n\nclass {name}(Structure):")
        lines.append("    _fields_ = [")
        for kind, field in fields:
            lines.append(f'        ("{field}", {type_of(kind, structures, known)}),')
        lines.append("    ]\n")
        written.add(name)
    for name in functions:
        if name not in written:
            callback(name)
    lines.append("\n#: Every structure of the header.")
    lines.append("STRUCTURES: Tuple[Any, ...] = (")
    lines.extend(f"    {name}," for name in structures)
    lines.append(")\n")
    lines.append("#: Every function of the header: what it returns, and its parameters.")
    lines.append("FUNCTIONS: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {")
    pattern = r"CHATFILE_API ([^;()]*?) ?\*? ?CHATFILE_CALL (\w+)\(([^()]*)\);"
    for match in re.finditer(pattern, code):
        whole = match.group(0)
        returned = whole[len("CHATFILE_API ") : whole.index("CHATFILE_CALL")].strip()
        kinds = []
        for kind, _ in parameters(match.group(3)):
            # What C writes into is handed over as a buffer.
            if kind.replace(" ", "") == "char*":
                kinds.append("c_void_p")
            else:
                kinds.append(type_of(kind, structures, known))
        result = "None" if returned == "void" else type_of(returned, structures, known)
        if "void *" in returned or returned.endswith("_info *"):
            result = "c_void_p"
        kinds_text = ", ".join(kinds) + ("," if len(kinds) == 1 else "")
        lines.append(f'    "{match.group(2)}": ({result}, ({kinds_text})),')
    lines.append("}\n")
    found = sum(line.startswith('    "chatfile_') for line in lines)
    expected = len(re.findall(r"CHATFILE_CALL chatfile_\w+\(", code))
    if found != expected:
        raise SystemExit(f"make_abi.py: {found} functions of {expected}")
    return "\n".join(lines)


def main() -> int:
    """Writes or checks the module."""
    made = module((ROOT / "include" / "chatfile.h").read_text(encoding="utf-8"))
    current = MODULE.exists() and MODULE.read_text(encoding="utf-8") == made
    if "--check" in sys.argv[1:]:
        if not current:
            print(f"{MODULE} is not that of the header; run: python3 {__file__}")
        return 0 if current else 1
    if not current:
        MODULE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
