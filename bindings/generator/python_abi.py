"""bindings/python/src/chatfile/_abi.py: structures, numbers and prototypes for ctypes.

Its test has a C compiler confirm what comes out.
"""

from typing import Dict, List, Set

from .header import Callback, Header, HeaderError, Role, Struct, Type
from .python import classes

HEAD = '''"""The C ABI of libchatfile, as include/chatfile.h has it.

Made by cargo xtask bindings; do not edit.
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
from typing import Any, Dict, Set, Tuple
'''

#: Numbers of which 0 says the same as the default, and so is no mistake.
_VALUE_AT_0 = ("offset",)


def outputs(header: Header) -> Dict[str, str]:
    """The module."""
    return {"bindings/python/src/chatfile/_abi.py": _Module(header).text()}


class _Module:
    def __init__(self, header: Header) -> None:
        self.header = header
        self.lines: List[str] = [HEAD]
        self.written: Set[str] = set()

    def text(self) -> str:
        for constant in self.header.constants.values():
            value = f'"{constant.value}"' if isinstance(constant.value, str) else constant.value
            self.lines.append(f"{constant.name} = {'(1 << 64) - 1' if value == (1 << 64) - 1 else value}")
        for struct in self.header.structs.values():
            self.struct(struct)
        for callback in self.header.callbacks.values():
            self.callback(callback)
        self.lines.append("\n#: Every structure of the header.")
        self.lines.append("STRUCTURES: Tuple[Any, ...] = (")
        self.lines.extend(f"    {name}," for name in self.header.structs)
        self.lines.append(")\n")
        self.lines.append("#: Every function of the header: what it returns, and its parameters.")
        self.lines.append("FUNCTIONS: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {")
        for function in self.header.functions.values():
            # What C writes into is handed over as a buffer.
            kinds = ["c_void_p" if _is_buffer(one.type) else self.kind(one.type) for one in function.parameters]
            taken = ", ".join(kinds) + ("," if len(kinds) == 1 else "")
            self.lines.append(f'    "{function.name}": ({self.kind(function.result)}, ({taken})),')
        self.lines.append("}\n")
        self.lines.append("#: Times, which Python has in seconds: their names there, and how many of C's make a second.")
        self.lines.append("TIMES: Dict[str, Tuple[str, int]] = {")
        times = {
            one.name: (one.plain_name, 1000 if one.name.endswith("_ms") else 1)
            for struct in self.header.structs.values()
            for one in struct.fields
            if one.unit or one.is_time
        }
        self.lines.extend(f'    "{name}": ("{own}", {count}),' for name, (own, count) in times.items())
        self.lines.append("}\n")
        fields = [(struct, one) for struct in classes(self.header) for one in struct.fields]
        self.lines.append("#: Fields that point to several texts or bytes, by their structures, and those that say how many.")
        self.lines.append("LENGTHS: Dict[Tuple[str, str], str] = {")
        self.lines.extend(
            f'    ("{struct.name}", "{one.name}"): "{struct.length_of(one)}",'
            for struct, one in fields
            if one.role in (Role.TEXTS, Role.BYTES)
        )
        self.lines.append("}\n")
        self.lines.append("#: Numbers of which 0 may be meant, by their structures, and the fields that say so.")
        self.lines.append("MEANT_AT_0: Dict[Tuple[str, str], str] = {")
        self.lines.extend(
            f'    ("{struct.name}", "{one.name}"): "{struct.zero_of(one)}",' for struct, one in fields if struct.zero_of(one)
        )
        self.lines.append("}\n")
        self.lines.append("#: Numbers of which 0 stands for the default.")
        self.lines.append("DEFAULT_AT_0: Set[Tuple[str, str]] = {")
        self.lines.extend(
            f'    ("{struct.name}", "{one.name}"),'
            for struct, one in fields
            if one.is_default_at_0 and one.name not in _VALUE_AT_0 and not struct.zero_of(one)
        )
        self.lines.append("}\n")
        return "\n".join(self.lines)

    def struct(self, struct: Struct) -> None:
        """Behind what it is made of."""
        if struct.name in self.written:
            return
        self.written.add(struct.name)
        for one in struct.fields:
            if one.type.base in self.header.structs:
                self.struct(self.header.structs[one.type.base])
            if one.type.base in self.header.callbacks:
                self.callback(self.header.callbacks[one.type.base])
        self.lines.append(f"\n\nclass {struct.name}(Structure):")
        self.lines.append("    _fields_ = [")
        self.lines.extend(f'        ("{one.name}", {self.kind(one.type)}),' for one in struct.fields)
        self.lines.append("    ]\n")

    def callback(self, callback: Callback) -> None:
        """Behind what it takes."""
        if callback.name in self.written:
            return
        self.written.add(callback.name)
        for one in callback.parameters:
            if one.type.base in self.header.structs:
                self.struct(self.header.structs[one.type.base])
        # A text is read in the callback only; a pointer that is written to must stay one.
        kinds = ["c_void_p" if _is_buffer(one.type) else self.kind(one.type) for one in callback.parameters]
        self.lines.append(f"\n{callback.name} = CFUNCTYPE({', '.join([self.kind(callback.result), *kinds])})")

    def kind(self, kind: Type) -> str:
        """The type of ctypes for one of C."""
        base = kind.base
        if kind == Type("void"):
            return "None"
        if base == "char" and kind.stars <= 2:
            return ("c_char", "c_char_p", "POINTER(c_char_p)")[kind.stars]
        if base in self.header.numbers or Type(base).is_number:
            number = "c_uint32" if base in self.header.numbers else f"c_{base[:-2]}"
            number = "c_size_t" if base == "size_t" else number
            return (number, f"POINTER({number})")[kind.stars]
        if base in self.header.callbacks and kind.stars == 0:
            return base
        if base in self.header.structs and kind.stars == 1:
            return f"POINTER({base})"
        if kind.stars == 1 and (base == "void" or base in self.header.objects):
            return "c_void_p"
        if kind.stars == 2 and base in self.header.objects:
            return "POINTER(c_void_p)"
        raise HeaderError(f"what is {kind} in Python?")


def _is_buffer(kind: Type) -> bool:
    return kind.base == "char" and kind.stars == 1 and not kind.const
