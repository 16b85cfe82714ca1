"""include/chatfile.hpp: enumerations, services and options, and how they become the structures of C.

The rest of that header is written by hand. What is made stands between two lines of comment each, so that it stays one
header for whoever reads it or copies it.
"""

import re
from typing import Dict, List

from .header import BY_CALL, RESULTS, ROOT, Enum, Field, Getter, Header, HeaderError, Kind, Role, Struct, upper_first
from .times import in_words
from .words import Reference, adapt, wrapped

PATH = "include/chatfile.hpp"

#: What stands around each part: what it is, and how to make it.
BEGIN = "/* {}: made from chatfile.h by cargo xtask bindings. */"
END = "/* So far what is made from chatfile.h. */"

#: Members that may not be called as in C.
MEMBERS = {("status", "struct"): "structure", ("capability", "delete"): "delete_file"}

#: Verbs that may not be called as in C.
VERBS = {"delete": "delete_file"}

#: Objects of C that are classes; the others are structures.
CLASSES = ("error", "presigned", "digest", "client")

#: Structures that are written by hand, for C++ has streams and lambdas.
BY_HAND = ("source", "sink", "progress")

CALLBACKS = {
    "chatfile_progress_fn": "progress_callback",
    "chatfile_secret_fn": "secret_callback",
    "chatfile_log_fn": "log_callback",
    "chatfile_proxy_login_fn": "login_callback",
}

#: What is asked for in functions that are written by hand, for it takes a clock.
BEYOND = ("chatfile_presigned_expires_at",)

#: What the structures are called that hold what such an object says.
HELD = {"error": "error_details"}

#: What the enumerations are.
ABOUT = {
    "phase": "How far a call had come when it failed.",
    "capability": "What a service can do, see client::can().",
    "log_level": "How much to log.",
    "encoding": "How the file is written in the body of a presigned request.",
    "digest_kind": "Digests by which services know files; or-ed for digest::create().",
}

#: What is said where the header's words are those of C.
DOCS = {
    "CHATFILE_E_NULL": "A required parameter is missing.",
    "CHATFILE_E_STRUCT": "The library is older than this header, and does not know what is asked for.",
    "CHATFILE_E_CALLBACK": "A callback stopped the call; error::callback_value() has what it returned.",
    "chatfile_error_field": "The parameter, field or option at fault, as it is called here, if it is about one.",
    "chatfile_error_status": "How it ended.",
    "chatfile_presigned_success_status": "The HTTP statuses that mean success; the body of the answer decides further.",
    "chatfile_error_message": "What happened and what to do about it, for a person to read.",
    "cancel": "Can end the call before it is done; must live as long as the call.",
    "log": "Takes the lines of the log.",
}


def outputs(header: Header) -> Dict[str, str]:
    """The header with its parts anew."""
    made = _Parts(header)
    text = (ROOT / PATH).read_text(encoding="utf-8")
    for title, part in (
        ("Enumerations", made.enumerations()),
        ("What is known of an error", made.results("error")),
        ("What an error is asked for", made.accessors()),
        ("What a presigned request is asked for", made.functions("presigned")),
        ("Services", made.services()),
        ("Options", made.options()),
        ("Results", made.results(*RESULTS)),
        ("How each service is opened", made.openers()),
        ("Objects of C", made.readers("error", *RESULTS)),
        ("Structures of C", made.conversions()),
        ("Verbs that open", made.opened()),
    ):
        begin = BEGIN.format(title) + "\n"
        if text.count(begin) != 1:
            raise HeaderError(f"{PATH} has no place for what is made: {begin}")
        before, after = text.split(begin)
        # What stands within something else is indented as that, and without empty lines around.
        is_inner = before.endswith(" ")
        end = after.index(END)
        kept = re.search(r" *$", after[:end])
        made_part = f"{part}\n{kept.group(0)}" if is_inner and kept else f"\n{part}\n"
        text = f"{before}{begin}{made_part}{after[end:]}"
    return {PATH: text}


class _Parts:
    def __init__(self, header: Header) -> None:
        self.header = header
        self.configurations = [header.struct(name) for name in header.services]
        parts = {one.type.base for struct in header.structs.values() for one in struct.fields if one.role is Role.STRUCT}
        self.all: List[Struct] = []
        for struct in header.structs.values():
            if struct.name in parts or struct.short in BY_HAND or struct in self.configurations:
                continue
            self.all += [header.structs[one.type.base] for one in struct.fields if one.role is Role.STRUCT]
            self.all.append(struct)
        self.of_client = header.struct("client_options")

    # Comments

    def say(self, reference: Reference) -> str:
        """A name of the header as C++ has it."""
        if reference.kind == "null":
            return "none"
        if reference.kind == "constant":
            found = self.header.member(reference.name)
            return f"{found[0].name}::{self.member(*found)}" if found else reference.name
        if reference.kind == "function":
            of, own = self.header.owner(reference.name)
            return f"{of}::{VERBS.get(own, own)}" + ("()" if of in CLASSES else "")
        struct = self.header.structs.get(reference.name)
        if struct is None:
            return reference.name
        return f"{struct.short}::{struct[reference.field].plain_name}" if reference.field else struct.short

    def comment(self, text: str, indent: str = "") -> List[str]:
        one = f"{indent}/** {text} */"
        if "\n" not in text and len(one) <= 120:
            return [one]
        return [f"{indent}/**", *wrapped(text, 116, f"{indent} * "), f"{indent} */"]

    def about(self, struct: Struct, one: Field) -> str:
        """The header's words for a field."""
        if one.name in DOCS:
            return DOCS[one.name]
        text = re.sub(r"^Not 0: ", "", one.doc)
        text = re.sub(r" ?\bNULL: (nothing of it|nothing does|the fields above hold (it|what is needed))\.", "", text)
        if one.role is Role.CALLBACK:
            text = re.sub(r" ?\bNULL: [^.]*\.", "", text)
        if one.role is Role.FLAG:
            text = re.sub(r"(?<=[.)]) 0: ", " Otherwise: ", text)
        if one.role in (Role.TEXTS, Role.BYTES):
            text = re.sub(r": \w+_count pointers, of which none is NULL", "", text)
        if one.unit:
            text = in_words(text, one.unit)
        if one.is_time:
            text = text.replace(": milliseconds since 1970 UTC, more than 0", ", after 1970")
        if struct.zero_of(one):
            text = re.sub(r"\b0: ", "None: ", text)
        text = re.sub(r" NULL: none\.", "", text)
        text = re.sub(r"\bNULL: ", "None: ", text)
        text = re.sub(r", with a NUL at the end|, in UTF-8\b| \(its path in UTF-8\)", "", text)
        text = adapt(text, self.say)
        units = {other.name: other.plain_name for struct in self.header.structs.values() for other in struct.fields if other.unit}
        text = re.sub(r"\b\w+_(?:ms|seconds)\b", lambda found: units.get(found.group(0), found.group(0)), text)
        return upper_first(text)

    # Parts

    def member(self, enum: Enum, short: str) -> str:
        return MEMBERS.get((enum.name, short.lower()), short.lower())

    def enumerations(self) -> str:
        lines: List[str] = []
        for enum in self.header.enums.values():
            about = ABOUT.get(enum.name) or adapt(enum.meaning, self.say)
            lines += [*self.comment(about), f"enum class {enum.name} : std::uint32_t {{"]
            for member in enum.members:
                doc = DOCS.get(member.name) or adapt(member.doc, self.say)
                doc = re.sub(r"\b(\w+_timeout|deadline)_ms\b", r"\1", doc)
                lines += self.comment(doc, "    ")
                comma = "" if member is enum.members[-1] else ","
                lines.append(f"    {self.member(enum, enum.short(member))} = {member.name}{comma}")
            lines += ["};", ""]
        return "\n".join(lines)

    def openers(self) -> str:
        lines: List[str] = []
        for struct in self.configurations:
            about = self.header.functions[f"chatfile_open_{struct.short}"].doc.split(". ")[0]
            lines += self.comment(f"{about}. Nothing is sent yet.", "    ")
            lines.append(f"    static result<client> try_open(const {struct.short} &config, const client_options &options = {{}});")
        return "\n".join(lines)

    def opened(self) -> str:
        lines: List[str] = []
        for struct in self.configurations:
            lines += [
                f"inline result<client> client::try_open(const {struct.short} &config, const client_options &options)",
                "{",
                f"    return detail::open(chatfile_open_{struct.short}, config, options);",
                "}",
                "",
            ]
        return "\n".join(lines)

    def results(self, *objects: str) -> str:
        """Structures that hold what objects say."""
        lines: List[str] = []
        for short in objects:
            doc = "All that is known of a call that failed." if short in HELD else self.header.objects[f"chatfile_{short}"].meaning
            lines += [*self.comment(adapt(doc, self.say)), f"struct {HELD.get(short, short)} {{"]
            for getter in self.header.getters(short):
                kind, default = self.held(getter)
                lines += self.comment(self.told(getter), "    ")
                lines.append(f"    {kind} {getter.plain_name}{default};")
            lines += ["};", ""]
        return "\n".join(lines)

    def told(self, getter: Getter) -> str:
        if getter.kind is Kind.BYTES:
            return "The bytes, if the sink was memory."
        told = DOCS.get(getter.function.name) or getter.known
        told = re.sub(r"[;,] (?:else )?NULL$|[;,] else NULL(?=\.)", "", told)
        told = told.replace("How many milliseconds", "How long")
        return re.sub(r"(?<=\. )none ", "None ", upper_first(adapt(told, self.say)))

    def held(self, getter: Getter) -> "tuple[str, str]":
        """The type of a result's field, and what it is set to."""
        if getter.kind is Kind.TEXT:
            return "std::string", "{}"
        if getter.kind is Kind.OPTIONAL_TEXT:
            return "std::optional<std::string>", "{}"
        if getter.kind is Kind.FLAG:
            return "bool", " = false"
        if getter.kind is Kind.TEXTS:
            return "std::vector<std::string>", "{}"
        if getter.kind is Kind.PAIRS:
            return "std::vector<name_value>", "{}"
        if getter.kind is Kind.NUMBERS:
            return f"std::vector<std::{getter.function.result.base}>", "{}"
        if getter.kind is Kind.OBJECTS:
            return f"std::vector<{getter.function.result.name}>", "{}"
        if getter.kind is Kind.BYTES:
            return "buffer", "{}"
        if getter.kind is Kind.OPTIONAL_NUMBER:
            kind = "std::chrono::milliseconds" if getter.is_period else "std::uint64_t"
            return f"std::optional<{kind}>", "{}"
        if getter.kind is Kind.ENUM:
            enum = self.header.enum_by(getter.function)
            assert enum is not None
            zero = next(member for member in enum.members if member.value == 0)
            return f"chatfile::{enum.name}", f" = chatfile::{enum.name}::{self.member(enum, enum.short(zero))}"
        if getter.kind is Kind.NUMBER:
            if getter.is_period:
                return "std::chrono::milliseconds", "{}"
            return f"std::{getter.function.result.base}", " = 0"
        if getter.kind is Kind.NUMBER_OR_0:
            return f"std::optional<std::{getter.function.result.base}>", "{}"
        raise HeaderError(f"what is {getter.function.name} in C++?")

    def accessors(self) -> str:
        lines: List[str] = []
        for getter in self.header.getters("error"):
            kind, _ = self.held(getter)
            given = f"const {kind} &" if "string" in kind else f"{kind} "
            lines += self.comment(self.told(getter), "    ")
            lines.append(f"    {given}{getter.plain_name}() const noexcept {{ return details_->{getter.plain_name}; }}")
        return "\n".join(lines)

    def functions(self, short: str) -> str:
        """Member functions that ask the object of C."""
        lines: List[str] = []
        for getter in self.header.getters(short):
            if getter.function.name in BEYOND:
                continue
            kind, _ = self.held(getter)
            cannot_fail = " noexcept" if getter.kind in (Kind.FLAG, Kind.ENUM, Kind.NUMBER, Kind.OPTIONAL_NUMBER) else ""
            head, body = f"    {kind} {getter.plain_name}() const{cannot_fail}", self.asked(getter, kind)
            lines += self.comment(self.told(getter), "    ")
            whole = f"{head} {{ {body[0]} }}"
            if len(body) == 1 and len(whole) <= 120:
                lines.append(whole)
            else:
                lines += [head, "    {", *(f"        {line}" for line in body), "    }"]
        return "\n".join(lines)

    def asked(self, getter: Getter, kind: str) -> List[str]:
        """The statements that give what the object of C says."""
        function = getter.function.name
        if getter.kind is Kind.TEXT:
            return [f"return text({function}(get()));"]
        if getter.kind is Kind.OPTIONAL_TEXT:
            return [f"return detail::text_of({function}(get()));"]
        if getter.kind is Kind.FLAG:
            return [f"return {function}(get()) != 0;"]
        if getter.kind is Kind.ENUM:
            return [f"return static_cast<{kind}>({function}(get()));"]
        if getter.kind is Kind.OPTIONAL_NUMBER:
            return ["std::uint64_t number = 0;", f"return {function}(get(), &number) != 0 ? std::optional(number) : std::nullopt;"]
        each, one = f"i < {getter.count}(get())", f"{function}(get(), i)"
        if getter.kind is Kind.NUMBERS:
            each = f"{one} != 0"
        if getter.kind is Kind.PAIRS:
            one = f"{{ {one}, {getter.value_function}(get(), i) }}"
        if getter.kind in (Kind.TEXTS, Kind.NUMBERS, Kind.PAIRS):
            return [f"{kind} all;", f"for (std::size_t i = 0; {each}; i++)", f"    all.push_back({one});", "return all;"]
        return [f"return {function}(get());"]

    def readers(self, *objects: str) -> str:
        lines: List[str] = []
        for short in objects:
            by_call = BY_CALL if short == "error" else ()
            getters = [one for one in self.header.getters(short) if one.name not in by_call and one.kind is not Kind.BYTES]
            lines += [f"inline void read(const chatfile_{short} *from, {HELD.get(short, short)} &to)", "{"]
            if any(getter.kind is Kind.OPTIONAL_NUMBER for getter in getters):
                lines.append("    std::uint64_t number = 0;")
            for getter in getters:
                lines += [f"    {line}" for line in self.read(getter)]
            lines += ["}", ""]
        return "\n".join(lines)

    def read(self, getter: Getter) -> List[str]:
        to, call = f"to.{getter.plain_name}", f"{getter.function.name}(from)"
        if getter.kind is Kind.TEXT:
            return [f"{to} = {call};"]
        if getter.kind is Kind.OPTIONAL_TEXT:
            return [f"{to} = text_of({call});"]
        if getter.kind is Kind.FLAG:
            return [f"{to} = {call} != 0;"]
        if getter.kind is Kind.TEXTS:
            return [f"for (std::size_t i = 0; i < {getter.count}(from); i++)", f"    {to}.emplace_back({getter.function.name}(from, i));"]
        if getter.kind is Kind.OBJECTS:
            one = f"{getter.function.name}(from, i)"
            return [f"for (std::size_t i = 0; i < {getter.count}(from); i++)", f"    read({one}, {to}.emplace_back());"]
        if getter.kind is Kind.OPTIONAL_NUMBER:
            known = "milliseconds_of(number)" if getter.is_period else "number"
            return [f"if ({getter.function.name}(from, &number) != 0)", f"    {to} = {known};"]
        if getter.kind is Kind.ENUM:
            return [f"{to} = static_cast<{self.held(getter)[0]}>({call});"]
        if getter.is_period:
            return [f"{to} = milliseconds_of({call});"]
        if getter.kind is Kind.NUMBER_OR_0:
            return [f"if (const auto known = {call})", f"    {to} = known;"]
        return [f"{to} = {call};"]

    def services(self) -> str:
        lines: List[str] = []
        for struct in [*self.configurations, self.of_client]:
            lines += [*self.structure(struct), ""]
        return "\n".join(lines)

    def options(self) -> str:
        lines: List[str] = []
        for struct in self.all:
            if struct is not self.of_client:
                lines += [*self.structure(struct), ""]
        return "\n".join(lines)

    def structure(self, struct: Struct) -> List[str]:
        lines = [*self.comment(adapt(struct.doc, self.say)), f"struct {struct.short} {{"]
        for one in struct.options:
            lines += self.comment(self.about(struct, one), "    ")
            lines.append(f"    {self.declared(struct, one)};")
        return [*lines, "};"]

    def declared(self, struct: Struct, one: Field) -> str:
        own = one.plain_name
        if one.role is Role.FLAG:
            return f"bool {own} = false"
        if one.role is Role.ENUM:
            enum = self.header.enum_of(one)
            assert enum is not None
            zero = next((member for member in enum.members if member.value == 0), None)
            found = re.search(r"0: (CHATFILE_\w+)", one.doc)
            default = zero.name if zero else found.group(1) if found else ""
            member = next(member for member in enum.members if member.name == default)
            # A field hides the type of its name.
            kind = f"chatfile::{enum.name}" if enum.name == own else enum.name
            return f"{kind} {own} = {kind}::{self.member(enum, enum.short(member))}"
        if one.role is Role.STRUCT:
            short = one.type.name
            return f"std::optional<{short}> {own}{{}}"
        if one.role is Role.CALLBACK:
            return f"{CALLBACKS[one.type.base]} {own}{{}}"
        if one.role is Role.OBJECT:
            return f"const chatfile::cancel *{own} = nullptr"
        if one.role is Role.TEXTS:
            return f"std::vector<std::string> {own}{{}}"
        if one.role is Role.BYTES:
            return f"std::optional<std::string> {own}{{}}"
        if one.role is Role.TEXT:
            kind = "std::filesystem::path" if one.is_path else "std::string"
            return f"{kind} {own}{{}}" if one.is_required else f"std::optional<{kind}> {own}{{}}"
        if one.is_time:
            return f"time_ms {own}{{}}"
        if one.unit:
            return f"std::chrono::{'milliseconds' if one.unit == 'ms' else 'seconds'} {own}{{}}"
        if struct.zero_of(one):
            return f"std::optional<std::{one.type.base}> {own}{{}}"
        return f"std::{one.type.base} {own} = 0"

    def conversions(self) -> str:
        lines: List[str] = []
        for struct in [*self.configurations, *self.all]:
            lines += [*self.conversion(struct), ""]
        return "\n".join(lines)

    def conversion(self, struct: Struct) -> List[str]:
        callbacks = {one.type.base for one in struct.options if one.role is Role.CALLBACK}
        further = ""
        if "chatfile_progress_fn" in callbacks:
            further = ", transfer &callbacks"
        elif callbacks:
            further = ", client_state &state"
        body: List[str] = []
        for one in struct.options:
            body += [f"    {line}" for line in self.set(struct, one)]
        unused = not any(re.search(r"\bin\.", line) for line in body)
        taken = "arguments &" if unused else "arguments &in"
        return [
            f"inline {struct.name} to_c({taken}, const {struct.short} &from{further})",
            "{",
            f"    auto c = initial<{struct.name}>();",
            *body,
            "    return c;",
            "}",
        ]

    def set(self, struct: Struct, one: Field) -> List[str]:
        own, to, quoted = f"from.{one.plain_name}", f"c.{one.name}", f'"{one.name}"'
        user = next((other.name for other in struct.fields if other.role is Role.USER and other.of == one.name), None)
        if one.type.base == "chatfile_progress_fn":
            return [
                f"if ({own}) {{",
                f"    callbacks.progress = &{own};",
                f"    {to} = transfer::report;",
                f"    c.{user} = &callbacks;",
                "}",
            ]
        if one.role is Role.CALLBACK:
            functions = {"chatfile_secret_fn": "give_secret", "chatfile_log_fn": "take_line", "chatfile_proxy_login_fn": "give_login"}
            function = functions[one.type.base]
            return [
                f"if ({own}) {{",
                f"    state.{one.name} = {own};",
                f"    {to} = client_state::{function};",
                f"    c.{user} = &state;",
                "}",
            ]
        if one.role is Role.OBJECT:
            return [f"{to} = handle_of({own});"]
        if one.role is Role.FLAG:
            return [f"{to} = flag({own});"]
        if one.role is Role.ENUM:
            return [f"{to} = static_cast<{one.type.base}>({own});"]
        if one.role is Role.STRUCT:
            return [f"{to} = in.attached({own});"]
        if one.role is Role.TEXTS:
            return [f"{to} = in.texts({quoted}, {own});", f"c.{struct.length_of(one)} = {own}.size();"]
        if one.role is Role.BYTES:
            return [f"if ({own}) {{", f"    {to} = {own}->data();", f"    c.{struct.length_of(one)} = {own}->size();", "}"]
        if one.role is Role.TEXT:
            return [f"{to} = in.{'path' if one.is_path else 'text'}({quoted}, {own});"]
        if one.is_time:
            return [f"{to} = {own}.time_since_epoch().count();"]
        if one.unit:
            return [f"{to} = in.{'milliseconds' if one.unit == 'ms' else 'seconds'}({quoted}, {own});"]
        zero = struct.zero_of(one)
        if zero:
            return [f"if ({own}) {{", f"    {to} = *{own};", f"    c.{zero} = flag(*{own} == 0);", "}"]
        return [f"{to} = {own};"]


