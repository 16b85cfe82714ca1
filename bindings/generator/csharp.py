"""bindings/csharp/Chatfile.cs: the header for C# 7.3 and newer, on everything that knows .NET Standard 2.0.

Functions keep the names of C; structures, fields, enumerations and delegates have those of .NET. A test has the runtime
confirm sizes and offsets.
"""

import re
from html import escape
from typing import Dict, List

from .header import Callback, Enum, Field, Header, HeaderError, Parameter, Role, Struct, Type, without_prefix
from .words import Reference, adapt, c_names, words, wrapped

HEAD = """\
// Made by cargo xtask bindings from include/chatfile.h; do not edit.

using System;
using System.Runtime.InteropServices;

namespace Chatfile
{
"""

#: What is C#'s own, behind the enumerations.
TEXT = """\
    /// <summary>
    /// A text as the library takes it: UTF-8 with a NUL at the end, in memory of its own. A structure only points to it, so
    /// dispose of it when the call has returned that it was for.
    /// </summary>
    public sealed class Utf8 : IDisposable
    {
        /// <summary>What a field or parameter is set to; <c>IntPtr.Zero</c> if the text was null.</summary>
        public IntPtr Pointer { get; private set; }

        int length;

        /// <summary>Copies a text. One with a NUL in it, or with half a surrogate pair, is an ArgumentException.</summary>
        public Utf8(string text)
        {
            if (text == null)
                return;
            if (text.IndexOf('\\0') >= 0)
                throw new ArgumentException("holds a NUL", "text");
            byte[] bytes = new System.Text.UTF8Encoding(false, true).GetBytes(text);
            length = bytes.Length;
            Pointer = Marshal.AllocHGlobal(length + 1);
            Marshal.Copy(bytes, 0, Pointer, length);
            Marshal.WriteByte(Pointer, length, 0);
            Array.Clear(bytes, 0, length);
        }

        /// <summary>Wipes and frees the text.</summary>
        public void Dispose()
        {
            for (int at = 0; at < length; at++)
                Marshal.WriteByte(Pointer, at, 0);
            length = 0;
            Marshal.FreeHGlobal(Pointer);
            Pointer = IntPtr.Zero;
        }

        /// <summary>A text that the library gave; null if it gave none.</summary>
        public static string Read(IntPtr text)
        {
            if (text == IntPtr.Zero)
                return null;
            int length = 0;
            while (Marshal.ReadByte(text, length) != 0)
                length++;
            byte[] bytes = new byte[length];
            Marshal.Copy(text, bytes, 0, length);
            return System.Text.Encoding.UTF8.GetString(bytes);
        }
    }

    /// <summary>
    /// A copy of a structure, for the field of another one that points to it, such as UploadOptions.NetEase. Dispose of it
    /// when the call has returned that it was for.
    /// </summary>
    public sealed class Attached<T> : IDisposable where T : class
    {
        /// <summary>What the field is set to.</summary>
        public IntPtr Pointer { get; private set; }

        /// <summary>Copies a structure, which later changes do not reach.</summary>
        public Attached(T structure)
        {
            Pointer = Marshal.AllocHGlobal(Marshal.SizeOf<T>());
            Marshal.StructureToPtr(structure, Pointer, false);
        }

        /// <summary>Frees the copy.</summary>
        public void Dispose()
        {
            Marshal.FreeHGlobal(Pointer);
            Pointer = IntPtr.Zero;
        }
    }
"""

#: Words that .NET writes in its own way.
WORDS = {"netease": "NetEase", "openim": "OpenIM"}

NUMBERS = {
    "int32_t": "int",
    "uint32_t": "uint",
    "int64_t": "long",
    "uint64_t": "ulong",
    "size_t": "UIntPtr",
}

KEYWORDS = {"out", "in", "ref", "object", "string", "params", "event", "checked", "fixed", "lock"}


def outputs(header: Header) -> Dict[str, str]:
    """The file."""
    return {"bindings/csharp/Chatfile.cs": _File(header).text()}


class _File:
    def __init__(self, header: Header) -> None:
        self.header = header
        self.lines: List[str] = []

    def text(self) -> str:
        for enum in self.header.enums.values():
            self.enum(enum)
        self.lines += TEXT.splitlines() + [""]
        for callback in self.header.callbacks.values():
            self.callback(callback)
        for struct in self.header.structs.values():
            self.struct(struct)
        self.functions()
        return HEAD + "\n".join(self.lines) + "\n}\n"

    def enum(self, enum: Enum) -> None:
        self.lines += self.comment(enum.doc, "    ")
        if enum.is_flags:
            self.lines.append("    [Flags]")
        self.lines += [f"    public enum {enum_name(enum)} : uint", "    {"]
        for member in enum.members:
            self.lines += self.comment(member.doc, "        ")
            self.lines += [f"        {name(enum.short(member))} = {member.value},", ""]
        self.lines[-1:] = ["    }", ""]

    def callback(self, callback: Callback) -> None:
        self.lines += self.comment(callback.doc, "    ")
        self.lines.append("    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]")
        parameters = ", ".join(self.parameter(one, "ref" if one.type.base == "size_t" else "out") for one in callback.parameters)
        self.lines += [f"    public delegate {self.result(callback.result)} {self.type_name(callback.name)}({parameters});", ""]

    def struct(self, struct: Struct) -> None:
        self.lines += self.comment(struct.doc, "    ")
        own = self.type_name(struct.name)
        named = {one.name: name(one.name) for one in struct.fields}
        # A class, so that one that may be left out can be null; what the library fills is a structure.
        kind = "sealed class" if struct.init else "struct"
        self.lines += ["    [StructLayout(LayoutKind.Sequential)]", f"    public {kind} {own}", "    {"]
        for one in struct.fields:
            doc = c_names(one.doc, lambda own: named.get(own, own))
            self.lines += self.comment(doc, "        ")
            size = f" = (UIntPtr)Marshal.SizeOf<{own}>()" if struct.init and one.role is Role.SIZE else ""
            self.lines += [f"        public {self.field(one)} {name(one.name)}{size};", ""]
        self.lines[-1:] = ["    }", ""]

    def functions(self) -> None:
        self.lines += [
            *self.comment("The functions of the library, under the names of C, and its other constants.\n\n" + self.introduction(), "    "),
            "    public static class Native",
            "    {",
            "        /// <summary>The library: chatfile.dll, libchatfile.so or libchatfile.dylib.</summary>",
            '        public const string Library = "chatfile";',
            "",
        ]
        grouped = {member.name for enum in self.header.enums.values() for member in enum.members}
        for constant in self.header.constants.values():
            if constant.name in grouped:
                continue
            is_text = isinstance(constant.value, str)
            kind = "string" if is_text else "ulong" if constant.value > 0xFFFFFFFF else "uint"
            value = f'"{constant.value}"' if is_text else "ulong.MaxValue" if kind == "ulong" else constant.value
            self.lines += self.comment(constant.doc or "Of the version of the header.", "        ")
            self.lines += [f"        public const {kind} {name(constant.short)} = {value};", ""]
        self.lines += [
            "        /// <summary>What chatfile_version_check() is asked about.</summary>",
            "        public const uint VersionNumber = VersionMajor * 1000000 + VersionMinor * 1000 + VersionPatch;",
            "",
        ]
        for function in self.header.functions.values():
            self.lines += self.comment(function.doc, "        ")
            self.lines.append("        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]")
            begin = f"        public static extern {self.result(function.result)} {function.name}("
            parameters = [self.parameter(one, "out") for one in function.parameters]
            if len(begin) + len(", ".join(parameters)) <= 116:
                self.lines += [f"{begin}{', '.join(parameters)});", ""]
            else:
                self.lines += [begin, *(f"            {one}," for one in parameters[:-1]), f"            {parameters[-1]});", ""]
        self.lines[-1:] = ["    }"]

    def introduction(self) -> str:
        """How calls work, but for what is about C alone."""
        told = self.header.rules.replace("Initialise each with its INIT macro", "They are classes here, whose constructors set it")
        return told + (
            "\n\nDelegates: keep a reference to one as long as the library may call it, that of a client until this is "
            "freed; no exception may come out of it."
        )

    def result(self, kind: Type) -> str:
        return "void" if kind == Type("void") else self.kind(kind)

    def field(self, one: Field) -> str:
        if one.role is Role.ENUM:
            enum = self.header.enum_of(one)
            assert enum is not None
            return enum_name(enum)
        return self.kind(one.type)

    def parameter(self, one: Parameter, written: str) -> str:
        """What is written to is an out (or, of callbacks, a ref) parameter; a structure that may be left out a pointer."""
        called = f"@{one.name}" if one.name in KEYWORDS else camel_case(one.name)
        base, stars = one.type.base, one.type.stars
        if base in self.header.objects and stars == 2:
            return f"out IntPtr {called}"
        if base in NUMBERS and stars == 1:
            return f"{written} {NUMBERS[base]} {called}"
        if base in self.header.structs and stars == 1:
            by = "" if self.header.structs[base].init else "ref "
            return f"{by}{self.type_name(base)} {called}"
        return f"{self.kind(one.type)} {called}"

    def kind(self, kind: Type) -> str:
        """The type of C# for one of C."""
        base, stars = kind.base, kind.stars
        if stars >= 1:
            return "IntPtr"
        if base in NUMBERS:
            return NUMBERS[base]
        if base in self.header.callbacks:
            return self.type_name(base)
        if base in self.header.numbers:
            return enum_name(self.header.enums[self.header.numbers[base].short])
        raise HeaderError(f"what is {kind} in C#?")

    def type_name(self, of: str) -> str:
        """``UploadOptions`` of chatfile_upload_options."""
        return name(without_prefix(of))

    def comment(self, doc: str, indent: str) -> List[str]:
        text = re.sub(r"throw(?:, longjmp)?,? or (longjmp)?", lambda found: "throw" + ("" if found.group(1) else ", or "), doc)
        text = re.sub(r"^Chatfile_", "chatfile_", text)
        # They are out parameters here.
        text = text.replace(" out may be NULL.", "").replace("*out", "out").replace("*error", "error")
        text = escape(adapt(text, self.say), quote=False)
        lines = wrapped(text, 116, f"{indent}/// ")
        if len(lines) == 1 and len(lines[0]) <= 95:
            return [f"{indent}/// <summary>{lines[0].strip()[4:]}</summary>"]
        return [f"{indent}/// <summary>", *lines, f"{indent}/// </summary>"]

    def say(self, reference: Reference) -> str:
        """In C#'s names."""
        if reference.kind == "null":
            return "null"
        if reference.kind == "function":
            return f"{reference.name}()"
        if reference.kind == "constant":
            return self.say_constant(reference.name)
        known = (self.header.structs, self.header.callbacks, self.header.numbers)
        if any(reference.name in names for names in known):
            own = self.type_name(reference.name)
            return f"{own}.{name(reference.field)}" if reference.field else own
        return reference.name

    def say_constant(self, constant: str) -> str:
        found = self.header.member(constant)
        if found:
            return f"{enum_name(found[0])}.{name(found[1])}"
        if constant.endswith("_INIT"):
            return "its constructor"
        return name(without_prefix(constant)) if constant in self.header.constants else constant


def name(snake: str) -> str:
    """``UploadOptions`` of upload_options or UPLOAD_OPTIONS."""
    return "".join(WORDS.get(word.lower(), word[:1].upper() + word[1:].lower()) for word in words(snake))


def enum_name(enum: Enum) -> str:
    """``Capabilities`` of flags."""
    return name({"capability": "capabilities", "digest_kind": "digest_kinds", "encoding": "body_encoding"}.get(enum.name, enum.name))


def camel_case(snake: str) -> str:
    """``resumeToken``."""
    first, *rest = words(snake)
    return first + "".join(word.capitalize() for word in rest)
