"""What Go has of the getters: the types of results and of errors (results.go), how they are read from C, and how the
driver of the table of cases tells of them.
"""

import re
from typing import Dict, List

from .golang import MADE, Package, aligned, comment, name, package
from .header import RESULTS, Getter, Header, HeaderError, Kind
from .words import lower_first

#: What the types hold: those that C has, and what it has of errors.
TYPES = (*RESULTS, "presigned", "error")

#: Fields that are called otherwise.
FIELDS = {"chatfile_presigned_field_name": "FormFields"}

#: What a field is not read from: what a callback returned is an error of Go, in the chain.
UNREAD = ("chatfile_error_callback_value",)

#: Numbers of which Go says by SizeUnknown that they are not known; the others are 0 then.
SIZES = ("chatfile_download_result_file_size", "chatfile_file_info_size")

#: What is said where the header's words are those of C, or where Go has other means.
SAID = {
    "chatfile_upload_result_size": "Size is the number of bytes of the file.",
    "chatfile_download_result_size": "Size is the number of bytes that have arrived: of the file, or of the part of it that was asked for.",
    "chatfile_download_result_data": "Data are the bytes, if the sink was [ToMemory]; else nil.",
    "chatfile_file_info_name": "Name without the folder.",
    "chatfile_file_info_size": "Size is the number of its bytes; SizeUnknown if it is not known.",
    "chatfile_listing": "Listing is some of what is in a folder, or of the versions of a file.",
    "chatfile_check_step": "CheckStep is a step of [Client.Check].",
    "chatfile_presigned": "Presigned is a request that is complete but for the file: a back-end that holds the secret makes "
    "it, and a program that holds none sends it. It is a credential: it holds Easemob's token, a NetEase signature that covers "
    "neither address nor file, or a permission of the storage of SMH or OpenIM, so whoever has it may be able to make other "
    "calls with it until it expires. Therefore it prints as its method and host alone.\n\n"
    "It is a plain value: encode it by encoding/json to hand it to another program.",
    "chatfile_presigned_json": "JSON is the whole request (one line), which [ParsePresigned] reads. What is sent is this; the "
    "other fields are for programs that send it without the library.",
    "chatfile_presigned_url": "URL to send it to.",
    "chatfile_presigned_success_status": "SuccessStatuses are the HTTP statuses that mean success. The body of the answer "
    "decides further, as [Client.SendPresigned] does.",
    "chatfile_presigned_max_size": "MaxSize is the largest file that may be sent with it, in bytes; nil if there is no limit. If "
    "NeedsCompletion, it is the only size, and may be 0.",
    "chatfile_presigned_expires_at": "ExpiresAt is when the service will no longer take the request; the zero time if it is not known or never.",
    "chatfile_error": "Error is why a call failed. Every error of this package is one; it never holds a secret. [errors.Is] "
    "finds its status and what that is in Go ([Status.Is]), the error of a context that was done, and what a function of yours returned.",
    "chatfile_error_status": "Status is the kind of failure.",
    "chatfile_error_message": "Message says what happened and what to do about it, for a person to read.",
    "chatfile_error_field": 'Field is the parameter, field or option at fault ("AppKey", "Source.Path"), or, with '
    'ErrUnsupported, the method ("Delete") or option that cannot be honoured; "" if the error is not about one.',
    "chatfile_error_os_error": "OSError is the system's own number of what it refused, 0 if it was not the system; as a "
    "[syscall.Errno] it is in the chain of the error, too.",
    "chatfile_error_limit": "Limit is, with ErrLimit, the limit that is exceeded, or not reached, in the unit of the field; nil "
    "if it is no such number.",
    "chatfile_error_actual": "Actual is, with ErrLimit, the value that is beyond Limit; of a download that was under way, what "
    "there is of it at least. nil if it is no such number.",
    "chatfile_error_retry_after_ms": "RetryAfter is how long the service asks to wait before the next try; 0 if it asks for no "
    "wait. Wait that long before you call again: the library waits for it only between its own attempts, and not at all if it "
    "is more than a minute.",
}

#: What a type has besides.
FURTHER = {
    "error": ["", "\t// What a callback returned, or the error of the context and its cause.", "\tcauses []error"],
}


def outputs(header: Header) -> Dict[str, str]:
    """The file of the package."""
    return {"bindings/go/results.go": _Results(header).results()}


class _Results:
    def __init__(self, header: Header) -> None:
        self.header = header
        self.package = Package(header)

    def getters(self, short: str) -> List[Getter]:
        return [one for one in self.header.getters(short) if one.function.name not in UNREAD]

    def results(self) -> str:
        lines: List[str] = []
        for short in TYPES:
            lines += ["", *self.type(short), "", *self.reader(short)]
            # An error is taken over with what Go knows of it, and steps belong to a check.
            if short != "error" and f"chatfile_{short}_free" in self.header.functions:
                lines += ["", *taker(short)]
        return package(lines, ["fmt", "io", "log/slog", "time", "unsafe"])

    # Types

    def type(self, short: str) -> List[str]:
        own, thing = name(short), self.header.objects[f"chatfile_{short}"]
        about = SAID.get(thing.name) or self.package.told(own, self.words(thing.meaning))
        about += ' What it does not say is "".' if "is NULL" in thing.doc else ""
        lines = [*comment(about, ""), f"type {own} struct {{"]
        for getter in self.getters(short):
            tag = ' `print:"secret"`' if getter.is_secret else ""
            lines += comment(self.about(getter), "\t")
            lines.append(f"\t{field(getter)} {self.kind(getter)}{tag}")
        lines += [*FURTHER.get(short, []), "}"]
        return [*lines, *self.package.printing(own)] if any("`print:" in line for line in lines) else lines

    def about(self, getter: Getter) -> str:
        own, text = field(getter), self.words(getter.meaning)
        if getter.function.name in SIZES:
            text = f"{text.rstrip('.')}; SizeUnknown if it is not known."
        if getter.kind is Kind.FLAG:
            text = f"{own} says {lower_first(text)}"
        if getter.counted:
            text = f"{own} are {lower_first(text)}"
        text = re.sub(r"^Where ", f"{own} is where ", text)
        text = re.sub(r"^With (.+?): ", rf"{own} is, with \1, ", text)
        return SAID.get(getter.function.name) or self.package.told(own, text)

    def words(self, text: str) -> str:
        """The header's words in those of Go."""
        text = re.sub(r"^How many milliseconds", "How long", text)
        text = re.sub(r"\bCHATFILE_TLS_NONE|CHATFILE_OK(?= if)", "0", text)
        return self.package.in_go(re.sub(r"the option (\w+)", r"chatfile_upload_options.\1", text))

    def kind(self, getter: Getter) -> str:
        """The type of a field."""
        if getter.kind in (Kind.TEXT, Kind.OPTIONAL_TEXT):
            return "string"
        if getter.kind is Kind.FLAG:
            return "bool"
        if getter.kind is Kind.TEXTS:
            return "[]string"
        if getter.kind is Kind.PAIRS:
            return "[]Field"
        if getter.kind is Kind.NUMBERS:
            return "[]int"
        if getter.kind is Kind.OBJECTS:
            return f"[]{name(getter.function.result.name)}"
        if getter.kind is Kind.BYTES:
            return "[]byte"
        if getter.kind is Kind.ENUM:
            enum = self.header.enum_by(getter.function)
            assert enum is not None
            return self.package.enum_name(enum)
        if getter.is_moment:
            return "time.Time"
        if getter.kind is Kind.OPTIONAL_NUMBER:
            if getter.is_period:
                return "time.Duration"
            return "int64" if getter.function.name in SIZES else "*int64" if getter.name.endswith("size") else "*uint64"
        if getter.kind in (Kind.NUMBER, Kind.NUMBER_OR_0):
            return "time.Duration" if getter.is_period else "int64" if "64" in getter.function.result.base else "int"
        raise HeaderError(f"what is {getter.function.name} in Go?")

    # How they are read

    def reader(self, short: str) -> List[str]:
        own, getters = name(short), self.getters(short)
        values = [f"\t\t{field(one)}: {value}," for one in getters for value in [self.value(one)] if value]
        further = [f"\t{line}" for one in getters for line in self.further(one)]
        head = [f"// read{own} copies what C says.", f"func read{own}(from *C.chatfile_{short}) {own} {{"]
        if not further:
            return [*head, f"\treturn {own}{{", *values, "\t}", "}"]
        if any(one.kind is Kind.OPTIONAL_NUMBER for one in getters):
            further.insert(0, "\tvar number C.uint64_t")
        return [*head, f"\tmade := {own}{{", *values, "\t}", *further, "\treturn made", "}"]

    def value(self, getter: Getter) -> str:
        """What a field is set to; nothing, if that takes more than an expression."""
        call = f"C.{getter.function.name}(from)"
        if getter.kind in (Kind.TEXT, Kind.OPTIONAL_TEXT):
            return f"C.GoString({call})"
        if getter.kind is Kind.FLAG:
            return f"{call} != 0"
        if getter.kind is Kind.ENUM:
            return f"{self.kind(getter)}({call})"
        if getter.kind in (Kind.NUMBER, Kind.NUMBER_OR_0):
            return f"milliseconds(uint64({call}))" if getter.is_period else f"{self.kind(getter)}({call})"
        return "SizeUnknown" if getter.function.name in SIZES else ""

    def further(self, getter: Getter) -> List[str]:
        """The statements that set a field."""
        to, function = f"made.{field(getter)}", f"C.{getter.function.name}"
        if getter.kind is Kind.OPTIONAL_NUMBER:
            kind = self.kind(getter)
            known = [f"\t{to} = {kind}(number)"]
            if getter.is_moment:
                known = [f"\t{to} = time.Unix(int64(number), 0)"]
            elif getter.is_period:
                known = [f"\t{to} = milliseconds(uint64(number))"]
            elif kind.startswith("*"):
                known = [f"\tknown := {kind[1:]}(number)", f"\t{to} = &known"]
            return [f"if {function}(from, &number) != 0 {{", *known, "}"]
        if getter.kind is Kind.NUMBERS:
            each = [f"for i := C.size_t(0); {function}(from, i) != 0; i++ {{"]
        else:
            each = [f"for i := C.size_t(0); i < C.{getter.count}(from); i++ {{"]
        if getter.kind is Kind.TEXTS:
            return [*each, f"\t{to} = append({to}, C.GoString({function}(from, i)))", "}"]
        if getter.kind is Kind.NUMBERS:
            return [*each, f"\t{to} = append({to}, int({function}(from, i)))", "}"]
        if getter.kind is Kind.OBJECTS:
            return [*each, f"\t{to} = append({to}, read{name(getter.function.result.name)}({function}(from, i)))", "}"]
        if getter.kind is Kind.PAIRS:
            return [
                *each,
                f"\t{to} = append({to}, Field{{",
                f"\t\tName: C.GoString({function}(from, i)),",
                f"\t\tValue: C.GoString(C.{getter.value_function}(from, i)),",
                "\t})",
                "}",
            ]
        if getter.kind is Kind.BYTES:
            return [
                f"if data := {function}(from); data != nil {{",
                f"\t{to} = make([]byte, made.Size)",
                f"\tcopy({to}, unsafe.Slice((*byte)(data), int(made.Size)))",
                "}",
            ]
        return []


def field(getter: Getter) -> str:
    """What a field is called."""
    return FIELDS.get(getter.function.name) or name(getter.plain_name)


def taker(short: str) -> List[str]:
    own = name(short)
    return [
        f"// take{own} reads what C gave and frees it; nil if it gave nothing.",
        f"func take{own}(given *C.chatfile_{short}) *{own} {{",
        "\tif given == nil {",
        "\t\treturn nil",
        "\t}",
        f"\tdefer C.chatfile_{short}_free(given)",
        f"\tmade := read{own}(given)",
        "\treturn &made",
        "}",
    ]
