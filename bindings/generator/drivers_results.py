"""How the drivers of the table of cases tell of results and errors: by the names of the header, of which each has a value.

A driver says by itself how a call ended, and what became of bytes in memory.
"""

from typing import Dict, List

from .drivers import MADE
from .header import BY_CALL, RESULTS, Getter, Header, Kind

#: What is told of: what one of them holds stands before it.
TOLD = (*RESULTS, "check_result", "presigned", "error")


def outputs(header: Header) -> Dict[str, str]:
    """A file for each driver."""
    return {
        "ffi-tests/c/driver_results.h": _c(header),
        "ffi-tests/cpp/driver_results.hpp": _cpp(header),
        "bindings/python/tests/driver_results.py": _python(header),
    }


def told_getters(header: Header, short: str) -> List[Getter]:
    """What a driver says of an object."""
    by_call = BY_CALL if short == "error" else ()
    return [one for one in header.getters(short) if one.kind is not Kind.BYTES and one.name not in by_call]


def _c(header: Header) -> str:
    lines = [f"/*\n * What results and errors of the C ABI say.\n *\n * {MADE}\n */"]
    lines += ["#ifndef DRIVER_RESULTS_H", "#define DRIVER_RESULTS_H", "", "#include <chatfile.h>", ""]
    lines.append('#include "driver_line.h"')
    for short in TOLD:
        getters = told_getters(header, short)
        kinds = {one.kind for one in getters}
        lines += ["", f"static void say_{short}(const chatfile_{short} *from)", "{"]
        if kinds & {Kind.TEXTS, Kind.PAIRS, Kind.NUMBERS}:
            lines.append("    char key[100];")
        if kinds & {Kind.TEXTS, Kind.PAIRS, Kind.NUMBERS, Kind.OBJECTS}:
            lines.append("    size_t i;")
        if Kind.OPTIONAL_NUMBER in kinds:
            lines.append("    uint64_t number = UNSET;")
        lines += [f"    {line}" for one in getters for line in _c_told(one)]
        lines.append("}")
    return "\n".join([*lines, "", "#endif"]) + "\n"


def _c_told(getter: Getter) -> List[str]:
    key, function = f'"{getter.name}"', getter.function.name
    if getter.kind in (Kind.TEXT, Kind.OPTIONAL_TEXT):
        return [f"say({key}, {function}(from));"]
    if getter.kind is Kind.OPTIONAL_NUMBER:
        return [f"say_known({key}, {function}(from, &number), &number);"]
    if getter.kind in (Kind.FLAG, Kind.ENUM, Kind.NUMBER, Kind.NUMBER_OR_0):
        how = "say_u64" if getter.function.result.base == "uint64_t" else "say_number"
        return [f"{how}({key}, {function}(from));"]
    if getter.kind is Kind.NUMBERS:
        return [
            f"for (i = 0; {function}(from, i) != 0; i++) {{",
            f'    sprintf(key, "{getter.singular}.%u", (unsigned)i);',
            f"    say_number(key, {function}(from, i));",
            "}",
        ]
    each = f"for (i = 0; i < {getter.count}(from); i++) {{"
    behind = [f"if ({function}(from, i) != NULL)", f'    die("a further {getter.singular} behind the last");']
    if getter.kind is Kind.OBJECTS:
        return [
            f'say_u64("count", {getter.count}(from));',
            each,
            '    sprintf(prefix, "%u.", (unsigned)i);',
            f"    say_{getter.function.result.name}({function}(from, i));",
            "}",
            "prefix[0] = '\\0';",
            *behind,
        ]
    if getter.kind is Kind.PAIRS:
        value = getter.value_function
        return [
            each,
            f'    sprintf(key, "{getter.singular}.%.30s", {function}(from, i));',
            f"    say(key, {value}(from, i));",
            "}",
            f"if ({function}(from, i) != NULL || {value}(from, i) != NULL)",
            behind[1],
        ]
    return [each, f'    sprintf(key, "{getter.singular}.%u", (unsigned)i);', f"    say(key, {function}(from, i));", "}", *behind]


def _cpp(header: Header) -> str:
    lines = [f"/*\n * What results and errors of the C++ API say.\n *\n * {MADE}\n */"]
    lines += ["#ifndef DRIVER_RESULTS_HPP", "#define DRIVER_RESULTS_HPP", "", "#include <chatfile.hpp>", ""]
    lines.append('#include "driver_line.hpp"')
    for short in TOLD:
        # A check gives its steps alone.
        kind = "std::vector<chatfile::check_step>" if short == "check_result" else f"chatfile::{short}"
        # What is a class has functions in place of fields.
        call = "()" if short in ("presigned", "error") else ""
        lines += ["", f"inline void tell(answer &out, const {kind} &from)", "{"]
        for getter in told_getters(header, short):
            value = "from" if short == "check_result" else f"from.{getter.plain_name}{call}"
            lines += [f"    {line}" for line in _cpp_told(getter, value)]
        lines.append("}")
    return "\n".join([*lines, "", "#endif"]) + "\n"


def _cpp_told(getter: Getter, value: str) -> List[str]:
    if getter.kind is Kind.OBJECTS:
        return [
            f'out.say("count", {value}.size());',
            f"for (std::size_t i = 0; i < {value}.size(); i++)",
            f"    out.at(i, [&] {{ tell(out, {value}[i]); }});",
        ]
    return [f'out.say("{getter.singular or getter.name}", {value});']


def _python(header: Header) -> str:
    lines = [f'"""What results and errors of the package say.\n\n{MADE}\n"""']
    for short in TOLD:
        lines += ["", "", f"def say_{short}(answer, result):"]
        for getter in told_getters(header, short):
            value = "result" if short == "check_result" else f"result.{getter.plain_name}"
            if getter.kind is Kind.OBJECTS:
                lines += [
                    f'    answer.say("count", len({value}))',
                    f"    for index, {getter.singular} in enumerate({value}):",
                    f"        with answer.at(index):",
                    f"            say_{getter.function.result.name}(answer, {getter.singular})",
                ]
            elif getter.is_period:
                lines.append(f'    answer.say_milliseconds("{getter.name}", {value})')
            else:
                lines.append(f'    answer.say("{getter.singular or getter.name}", {value})')
    return "\n".join(lines) + "\n"
