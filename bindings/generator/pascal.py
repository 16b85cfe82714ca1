"""bindings/pascal/chatfile.pas: the header as a unit for Delphi (7 and newer) and Free Pascal (3 and newer).

Structures, functions and constants keep the names of C, records and callbacks those with a T in front. A test has the
compiler confirm sizes and offsets.
"""

import re
from typing import Dict, List, Set

from .header import Constant, Header, HeaderError, Parameter, Struct, Type
from .words import Reference, adapt, camel, wrapped

HEAD = """\
// Made by cargo xtask bindings from include/chatfile.h; do not edit.

unit chatfile;

// chatfile: upload, download and sign files at chat and media services. Functions, constants and fields are those
// of chatfile.h, pointers too: what C passes as &client, Pascal passes as @client. An upload to NetEase:
//
//     config := ChatfileNeteaseInit;
//     config.app_key := 'your AppKey';
//     config.app_secret := 'your AppSecret';
//     source := ChatfileSourceInit;
//     source.path := 'cat.jpg';
//     if chatfile_open_netease(@config, nil, @client, @error) = CHATFILE_OK then
//     begin
//       if chatfile_upload(client, @source, nil, @result, @error) = CHATFILE_OK then
//         WriteLn(chatfile_upload_result_url(result));
//       chatfile_upload_result_free(result);
//     end;
//     if error <> nil then
//       WriteLn(chatfile_error_message(error));
//     chatfile_error_free(error);
//     chatfile_client_free(client);
//
// Texts are PAnsiChar to UTF-8. Keep the UTF8String that you made one from while a record points to it:
//
//     path := UTF8Encode(dialog.FileName);
//     source.path := PAnsiChar(path);
//
// A callback is a function that is cdecl and no method, and lets no exception out; user can be an object.
//
{introduction}

{{$IFDEF FPC}}
  {{$MODE DELPHI}}
  {{$PACKRECORDS C}}
{{$ELSE}}
  {{$ALIGN 8}}
{{$ENDIF}}

interface

const
  // The library. A program of Free Pascal on Unix is linked with it (-Fl says in which folder it is).
{{$IFDEF MSWINDOWS}}
  ChatfileLibrary = 'chatfile.dll';
{{$ELSE}}
  {{$IFDEF FPC}}
  ChatfileLibrary = 'chatfile';
  {{$ELSE}}
    {{$IFDEF MACOS}}
  ChatfileLibrary = 'libchatfile.0.dylib';
    {{$ELSE}}
  ChatfileLibrary = 'libchatfile.so.0';
    {{$ENDIF}}
  {{$ENDIF}}
{{$ENDIF}}

type
  // int32_t and uint32_t.
  ChatfileInt32 = {{$IFDEF FPC}} Longint {{$ELSE}} Integer {{$ENDIF}};
  ChatfileUInt32 = {{$IFDEF FPC}} Longword {{$ELSE}} Cardinal {{$ENDIF}};
  // int64_t and uint64_t; Delphi has had the second since 2009.
  ChatfileInt64 = Int64;
  ChatfileUInt64 = {{$IFDEF FPC}} QWord {{$ELSE}} {{$IFDEF UNICODE}} UInt64 {{$ELSE}} Int64 {{$ENDIF}} {{$ENDIF}};
  // size_t; Delphi compiles for 64 bits since XE2.
  ChatfileSize =
{{$IFDEF FPC}}
    SizeUInt;
{{$ELSE}}
  {{$IFDEF UNICODE}}
    NativeUInt;
  {{$ELSE}}
    Cardinal;
  {{$ENDIF}}
{{$ENDIF}}
  PChatfileInt32 = ^ChatfileInt32;
  PChatfileUInt64 = ^ChatfileUInt64;
  PChatfileSize = ^ChatfileSize;
  PPAnsiChar = ^PAnsiChar;
"""

#: Words of Pascal that the header uses as names.
RESERVED = {"file": "file_name", "out": "output", "result": "outcome"}

#: Constants whose names are those of functions in a language that does not tell upper case from lower.
RENAMED = {
    "CHATFILE_VERSION": "CHATFILE_HEADER_VERSION",
    "CHATFILE_VERSION_NUMBER": "CHATFILE_HEADER_VERSION_NUMBER",
}

NUMBERS = {
    "int32_t": "ChatfileInt32",
    "uint32_t": "ChatfileUInt32",
    "int64_t": "ChatfileInt64",
    "uint64_t": "ChatfileUInt64",
    "size_t": "ChatfileSize",
}


def outputs(header: Header) -> Dict[str, str]:
    """The unit."""
    return {"bindings/pascal/chatfile.pas": _Unit(header).text()}


class _Unit:
    def __init__(self, header: Header) -> None:
        self.header = header
        self.lines: List[str] = []
        self.written: Set[str] = set()

    def text(self) -> str:
        told = self.header.rules.replace("Initialise each with its INIT macro", "Take each from its Init function")
        self.lines = HEAD.format(introduction="\n".join(self.comment(told, ""))).splitlines()
        self.lines += ["", "const"]
        for constant in self.header.constants.values():
            self.constant(constant)
        self.lines += [
            f"  {RENAMED['CHATFILE_VERSION_NUMBER']} =",
            "    CHATFILE_VERSION_MAJOR * 1000000 + CHATFILE_VERSION_MINOR * 1000 + CHATFILE_VERSION_PATCH;",
            "",
            "type",
        ]
        for number in self.header.numbers.values():
            self.lines += self.comment(number.doc)
            self.lines.append(f"  {type_name(number.name)} = ChatfileUInt32;")
        for one in self.header.objects.values():
            self.lines += ["", *self.comment(one.doc)]
            self.lines.append(f"  {type_name(one.name)} = record end;")
            self.lines.append(f"  P{type_name(one.name)[1:]} = ^{type_name(one.name)};")
            self.lines.append(f"  PP{type_name(one.name)[1:]} = ^P{type_name(one.name)[1:]};")
        for struct in self.header.structs.values():
            self.struct(struct)
        for name in self.header.callbacks:
            self.callback(name)
        self.lines += ["", "// Records as the library wants them: all defaults."]
        filled = [struct for struct in self.header.structs.values() if struct.init]
        self.lines += [f"function {init_name(one)}: {type_name(one.name)};" for one in filled]
        for function in self.header.functions.values():
            self.lines += ["", *self.comment(function.doc, "")]
            kind = "procedure" if function.result == Type("void") else "function"
            result = "" if function.result == Type("void") else f": {self.kind(function.result)}"
            self.lines += signature(f"{kind} {function.name}", self.parameters(function.parameters), f"{result}; cdecl;")
        self.lines += ["", "implementation", ""]
        for function in self.header.functions.values():
            kind = "procedure" if function.result == Type("void") else "function"
            self.lines.append(f"{kind} {function.name}; external ChatfileLibrary;")
        for struct in filled:
            self.lines += [
                "",
                f"function {init_name(struct)}: {type_name(struct.name)};",
                "begin",
                "  FillChar(Result, SizeOf(Result), 0);",
                "  Result.struct_size := SizeOf(Result);",
                "end;",
            ]
        self.lines += ["", "end.", ""]
        return "\n".join(self.lines)

    def constant(self, constant: Constant) -> None:
        if isinstance(constant.value, str):
            value = f"'{constant.value}'"
        elif constant.value == (1 << 64) - 1:
            value = "ChatfileUInt64(-1)"
        else:
            value = str(constant.value)
        if constant.name.lower() in self.header.functions and constant.name not in RENAMED:
            raise HeaderError(f"{constant.name} needs another name in Pascal, where a function has it")
        self.lines += self.comment(constant.doc)
        self.lines.append(f"  {RENAMED.get(constant.name, constant.name)} = {value};")

    def struct(self, struct: Struct) -> None:
        """Behind what it is made of."""
        if struct.name in self.written:
            return
        self.written.add(struct.name)
        for one in struct.fields:
            if one.type.base in self.header.structs:
                self.struct(self.header.structs[one.type.base])
            if one.type.base in self.header.callbacks:
                self.callback(one.type.base)
        name = type_name(struct.name)
        self.lines += ["", *self.comment(struct.doc), f"  P{name[1:]} = ^{name};", f"  {name} = record"]
        for one in struct.fields:
            self.lines += self.comment(one.doc, "    ")
            self.lines.append(f"    {one.name}: {self.kind(one.type)};")
        self.lines.append("  end;")

    def callback(self, name: str) -> None:
        """Behind what it takes."""
        if name in self.written:
            return
        self.written.add(name)
        callback = self.header.callbacks[name]
        for one in callback.parameters:
            if one.type.base in self.header.structs:
                self.struct(self.header.structs[one.type.base])
        kind = "procedure" if callback.result == Type("void") else "function"
        result = "" if callback.result == Type("void") else f": {self.kind(callback.result)}"
        self.lines += ["", *self.comment(callback.doc)]
        begin = f"  {type_name(name)} = {kind}"
        self.lines += signature(begin, self.parameters(callback.parameters), f"{result}; cdecl;")

    def parameters(self, parameters: "tuple[Parameter, ...]") -> List[str]:
        return [f"{RESERVED.get(one.name, one.name)}: {self.kind(one.type)}" for one in parameters]

    def kind(self, kind: Type) -> str:
        """The type of Pascal for one of C."""
        base, stars = kind.base, kind.stars
        if base == "char":
            return "P" * (stars - 1) + "PAnsiChar"
        if base == "void" and stars == 1:
            return "Pointer"
        if base in NUMBERS and stars <= 1:
            return "P" * stars + NUMBERS[base]
        if base in self.header.callbacks and stars == 0:
            return type_name(base)
        if base in self.header.numbers and stars == 0:
            return type_name(base)
        if base in self.header.structs and stars == 1 or base in self.header.objects and stars <= 2:
            return "P" * stars + type_name(base)[1:]
        raise HeaderError(f"what is {kind} in Pascal?")

    def comment(self, doc: str, indent: str = "  ") -> List[str]:
        # Parameters have other names here.
        text = re.sub(r"\*out\b", "output^", doc).replace("*error", "error^").replace("out may be NULL", "output may be NULL")
        text = adapt(text.replace("if result is NULL", "if outcome is NULL"), self.say)
        text = re.sub(r"\bthrow(?:, longjmp)?,? or (?:longjmp\b)?", lambda found: raising(found.group(0)), text)
        return wrapped(text, 112, f"{indent}// ")

    def say(self, reference: Reference) -> str:
        if reference.kind == "null":
            return "nil"
        if reference.kind == "constant" and reference.name.endswith("_INIT"):
            name = reference.name[: -len("_INIT")].lower()
            return init_name(self.header.structs[name]) if name in self.header.structs else reference.name
        if reference.kind == "field":
            return f"{type_name(reference.name)}.{reference.field}"
        if reference.kind == "function":
            return f"{reference.name}()"
        known = (self.header.structs, self.header.objects, self.header.callbacks, self.header.numbers)
        if reference.kind == "type" and any(reference.name in names for names in known):
            return type_name(reference.name)
        return RENAMED.get(reference.name, reference.name)


def raising(found: str) -> str:
    """ "throw, longjmp, or" in the words of Pascal."""
    return "raise an exception" + ("" if found.endswith("longjmp") else ", or ")


def type_name(name: str) -> str:
    """``TChatfileUploadOptions``."""
    return "T" + camel(name)


def init_name(struct: Struct) -> str:
    """``ChatfileUploadOptionsInit``."""
    return camel(struct.name) + "Init"


def signature(begin: str, parameters: List[str], end: str) -> List[str]:
    """A declaration, on several lines if it is a long one."""
    whole = f"{begin}({'; '.join(parameters)}){end}" if parameters else begin + end
    if len(whole) <= 112:
        return [whole]
    indent = " " * (len(begin) - len(begin.lstrip()) + 2)
    inner = [f"{indent}{one};" for one in parameters[:-1]] + [f"{indent}{parameters[-1]}){end}"]
    return [f"{begin}(", *inner]
