"""The package as a driver of the table of cases: reads operations as lines from standard input, answers with one line
each. The protocol is described in ffi-tests/tests/suite/protocol.rs."""

import contextlib
import ctypes
import functools
import os
import sys
import threading
import time
import zlib
from urllib.parse import quote, unquote_to_bytes

import chatfile
import driver_fields
import driver_results
from chatfile import _abi, _call

PERIOD = 65521


class Line(dict):
    """The keys of a line."""

    def number(self, key):
        value = self.get(key)
        return 0 if value is None else int(value)

    def flag(self, key):
        """A number that is a truth value in Python."""
        return self.number(key) != 0

    def seconds(self, key, per_second):
        """A time that Python has in seconds."""
        count = self.number(key)
        return None if key not in self or not count else count / per_second

    def texts(self, key):
        """Texts with commas between them."""
        return tuple(self[key].split(",")) if key in self else ()

    def content(self, key):
        """The bytes of the file that it names."""
        if key not in self:
            return None
        with open(self[key], "rb") as file:
            return file.read()


def parse(line):
    verb, *words = line.split()
    pairs = (word.split("=", 1) for word in words)
    return verb, Line((key, unquote_to_bytes(value).decode("utf-8", "surrogateescape")) for key, value in pairs)


class Answer:
    """What is said."""

    def __init__(self, head):
        self.words = [head]
        self.prefix = ""

    def say(self, key, value):
        """Says a value, if there is one; of several, each with its number or its name."""
        if value is None:
            return
        if isinstance(value, tuple):
            for index, one in enumerate(value):
                name, told = one if isinstance(one, tuple) else (index, one)
                self.say(f"{key}.{name}", told)
            return
        value = str(int(value) if isinstance(value, int) else value)
        self.words.append(f"{self.prefix}{key}={quote(value, safe='-._~/:')}")

    def say_milliseconds(self, key, seconds):
        """A time that Python has in seconds."""
        self.say(key, None if seconds is None else round(seconds * 1000))

    @contextlib.contextmanager
    def at(self, index):
        """What is said meanwhile has the number of an entry before it."""
        self.prefix = f"{index}."
        yield
        self.prefix = ""


def pattern(line):
    if "fill" in line:
        return bytes([line.number("fill")]) * PERIOD
    return seeded(line.number("seed") & 0xFFFFFFFF)


@functools.lru_cache
def seeded(x):
    made = bytearray()
    for _ in range(PERIOD):
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
        made.append(x >> 24)
    return bytes(made)


def content(line, position, size):
    if size <= 0:
        return b""
    at = position % PERIOD
    # Twice, so that each piece is cut out of it at once where it is short.
    data = line.pattern
    whole = data[at:] + data * ((size // PERIOD) + 1)
    return whole[:size]


class Watched:
    """What the callbacks of one call share."""

    def __init__(self, line):
        self.line = line
        self.thread = threading.get_ident()
        self.strayed = False
        self.given = self.received = self.reads = self.rewinds = self.crc = 0
        self.reports = self.early = self.finished = self.first = self.last = self.total = 0
        self.doing = self.hashed = 0
        self.rated = self.left = False
        self.fell = self.outside = False
        self.cancel = None
        self.over = threading.Event()
        self.watcher = None

    def called(self):
        if threading.get_ident() != self.thread:
            self.strayed = True

    # A source.
    def read(self, capacity):
        self.called()
        line = self.line
        self.reads += 1
        if "read_fail_at" in line and self.given >= line.number("read_fail_at"):
            raise chatfile.Stop(line.number("read_value"))
        end = line.number("produce" if "produce" in line else "size")
        most = min(capacity, line.number("read_chunk") or capacity, end - self.given)
        data = content(line, self.given, most)
        self.given += most
        return data + bytes(capacity + 1 - len(data)) if "claim" in line else data

    def tell(self):
        return 0

    def seek(self, position):
        self.called()
        assert position == 0
        self.rewinds += 1
        self.given = 0
        if self.line.number("rewind_value"):
            raise chatfile.Stop(self.line.number("rewind_value"))

    # A sink.
    def write(self, data):
        self.called()
        self.received += len(data)
        self.crc = zlib.crc32(data, self.crc)
        line = self.line
        if "write_fail_at" in line and self.received >= line.number("write_fail_at"):
            raise chatfile.Stop(line.number("write_value"))

    def progress(self, report):
        self.called()
        line = self.line
        self.reports += 1
        if self.reports == 1:
            self.first = report.done
        elif report.done < self.last:
            self.fell = True
        if report.total is not None and report.done > report.total:
            self.outside = True
        if not report.finished and report.total and report.done == report.total:
            self.early += 1
        self.finished += report.finished
        self.last = report.done
        self.total = report.total or 0
        self.doing |= 1 << report.activity
        self.hashed = max(self.hashed, report.hashed)
        self.rated = self.rated or report.rate > 0
        self.left = self.left or bool(report.remaining)
        if "fire_at" in line and report.done >= line.number("fire_at"):
            self.cancel.fire()
        late_enough = self.reports >= line.number("cancel_report")
        if "cancel_at" in line and report.done >= line.number("cancel_at") and late_enough:
            raise chatfile.Stop(line.number("cancel_value"))

    def begin(self):
        line = self.line
        if "fire_at" in line or "fire_before" in line or "fire_when" in line:
            self.cancel = chatfile.Cancel()
        if "fire_before" in line:
            self.cancel.fire()
        if "fire_when" in line:
            self.watcher = threading.Thread(target=self.fire_when_told)
            self.watcher.start()
        return self

    def fire_when_told(self):
        while not self.over.is_set():
            if os.path.exists(self.line["fire_when"]):
                self.cancel.fire()
                return
            time.sleep(0.001)

    def end(self):
        self.over.set()
        if self.watcher is not None:
            self.watcher.join()

    def say(self, answer):
        if "progress" in self.line:
            answer.say("reports", self.reports)
            answer.say("first", self.first)
            answer.say("rising", not self.fell)
            answer.say("within", not self.outside)
            answer.say("early", self.early)
            answer.say("finished", self.finished)
            answer.say("last", self.last)
            answer.say("total", self.total)
            answer.say("doing", self.doing)
            answer.say("hashed", self.hashed)
            answer.say("rated", self.rated)
            answer.say("left", self.left)
        answer.say("same_thread", not self.strayed)


class Slot:
    """A client, and what its callbacks saw."""

    client = None
    asked = logins = 0
    challenge = ""

    def __init__(self):
        self.log = []

    def secret(self, name):
        assert name in (
            "client_secret",
            "password",
            "token",
            "app_secret",
            "library_secret",
            "access_token",
            "admin_secret",
        ), name
        self.asked += 1
        if self.refusal:
            raise chatfile.Stop(self.refusal)
        return self.told

    def login(self, proxy, scheme, realm):
        assert ":" in proxy, proxy
        self.logins += 1
        self.challenge = f"{scheme} {realm}"
        if self.login_refusal:
            raise chatfile.Stop(self.login_refusal)
        return self.login_told

    def on_log(self, level, line):
        self.log.append(f"{level} {line}\n")


slots = [Slot() for _ in range(8)]


def slot(line):
    return slots[line.number("client")]


def client_options(line):
    if not any(key in line for key in driver_fields.CLIENT_OPTIONS):
        return None
    own = slot(line)
    return driver_fields.client_options(
        line,
        log=own.on_log if "log_level" in line else None,
        proxy_login=own.login if "login" in line or "login_refusal" in line else None,
    )


def do_open(line, account_of):
    own = slot(line)
    own.asked, own.log, own.told = 0, [], line.get("secret", "")
    own.refusal = line.number("secret_refusal")
    own.logins, own.challenge, own.login_told = 0, "", line.get("login", "")
    own.login_refusal = line.number("login_refusal")
    account = None
    if account_of is not None:
        account = account_of(line, secret=own.secret if "secret" in line or "secret_refusal" in line else None)
    client = chatfile.Client(account, client_options(line))
    if own.client is not None:
        own.client.close()
    own.client = client
    return Answer("ok")


def source_of(line, call):
    kind = line["source"]
    if kind == "path":
        return line["path"]
    if kind == "buffer":
        return content(line, 0, line.number("size"))
    if kind == "callback":
        length = None if "unsized" in line else line.number("size")
        return chatfile.Stream(call, length, rewindable="rewind" in line)
    # What Python's types rule out goes to C as it is.
    raw = _abi.chatfile_source(ctypes.sizeof(_abi.chatfile_source))
    if kind == "two":
        raw.path = line["path"].encode()
        raw.kept = ctypes.c_char_p(content(line, 0, line.number("size")))
        raw.data = ctypes.cast(raw.kept, ctypes.c_void_p)
        raw.data_size = line.number("size")
    return raw


#: What the header calls those fields that are called otherwise here.
NAMES = {own: name for name, (own, _) in _abi.TIMES.items()}


def told(line, call, run):
    """Says what became of it, and what its callbacks saw, in any case."""
    try:
        answer = run()
    except chatfile.ChatfileError as error:
        answer = say_error(error)
    finally:
        call.end()
    return answer


def say_error(error):
    answer = Answer("error")
    answer.say("status", error.status_name)
    answer.say("message", str(error))
    answer.say("field", NAMES.get(error.field, error.field))
    driver_results.say_error(answer, error)
    # The band agrees with the class.
    assert isinstance(error, chatfile.ChatfileError) and type(error) is not chatfile.ChatfileError
    return answer


def worked(say, result):
    """The answer of a call that worked, with what its result says."""
    answer = Answer("ok")
    say(answer, result)
    return answer


def say_upload(result):
    return worked(driver_results.say_upload_result, result)


def upload(line, presigned=None):
    line.pattern = pattern(line)
    call = Watched(line).begin()
    client = slot(line).client
    before = () if presigned is None else (presigned,)
    function = client.upload if presigned is None else client.send_presigned
    progress = call.progress if "progress" in line else None
    answer = told(
        line,
        call,
        lambda: say_upload(
            function(*before, source_of(line, call), driver_fields.upload_options(line), progress=progress, cancel=call.cancel)
        ),
    )
    if line["source"] == "callback":
        answer.say("reads", call.reads)
        answer.say("rewinds", call.rewinds)
    call.say(answer)
    return answer


def download(line, presigned=None):
    call = Watched(line).begin()
    client = slot(line).client
    kind = line.get("sink", "buffer")
    sink = {"path": line.get("path"), "callback": call, "buffer": None}[kind]
    progress = call.progress if "progress" in line else None

    def run():
        options = driver_fields.download_options(line)
        if presigned is None:
            result = client.download(line["file"], sink, options, progress=progress, cancel=call.cancel)
        else:
            result = client.receive_presigned(presigned, sink, options, progress=progress, cancel=call.cancel)
        answer = worked(driver_results.say_download_result, result)
        assert (result.data is not None) == (sink is None)
        if result.data is not None:
            assert len(result.data) == result.size
            answer.say("sum", f"{zlib.crc32(result.data):08x}")
        return answer

    answer = told(line, call, run)
    if kind == "callback":
        answer.say("received", call.received)
        answer.say("sum", f"{call.crc:08x}")
    call.say(answer)
    return answer


def say_presigned(presigned):
    # There and back, as another program would do.
    again = chatfile.Presigned(presigned.json)
    assert again.json == presigned.json
    return worked(driver_results.say_presigned, presigned)


def do_presign_upload(line):
    size = line.number("size") if "size" in line else None
    call = Watched(line).begin()
    return told(
        line,
        call,
        lambda: say_presigned(slot(line).client.presign_upload(size, driver_fields.upload_options(line), cancel=call.cancel)),
    )


def do_presign_download(line):
    call = Watched(line).begin()
    return told(
        line,
        call,
        lambda: say_presigned(
            slot(line).client.presign_download(line["file"], driver_fields.download_options(line), cancel=call.cancel)
        ),
    )


def do_complete_presigned(line):
    presigned = chatfile.Presigned(line["json"])
    call = Watched(line).begin()
    return told(
        line, call, lambda: say_upload(slot(line).client.complete_presigned(presigned, cancel=call.cancel))
    )


def say_deleted(result):
    return worked(driver_results.say_delete_result, result)


def do_delete(line):
    options = chatfile.DeleteOptions(smh=driver_fields.smh_delete(line)) if "smh" in line else None
    call = Watched(line).begin()

    def run():
        return say_deleted(slot(line).client.delete(line["file"], options, cancel=call.cancel))

    return told(line, call, run)


def do_delete_by_time(line):
    call = Watched(line).begin()

    def run():
        task = driver_fields.netease_delete_task(line)
        return say_deleted(slot(line).client.delete_by_time(task, cancel=call.cancel))

    return told(line, call, run)


def do_abort_upload(line):
    call = Watched(line).begin()

    def run():
        slot(line).client.abort_upload(line.get("resume_token"), checkpoint=line.get("checkpoint"), cancel=call.cancel)
        return Answer("ok")

    return told(line, call, run)


def do_info(line):
    call = Watched(line).begin()
    return told(
        line,
        call,
        lambda: worked(driver_results.say_file_info, slot(line).client.info(line["file"], cancel=call.cancel)),
    )


def do_exists(line):
    call = Watched(line).begin()

    def run():
        answer = Answer("ok")
        answer.say("value", slot(line).client.exists(line["file"], cancel=call.cancel))
        return answer

    return told(line, call, run)


def do_check(line):
    call = Watched(line).begin()

    def run():
        steps = slot(line).client.check(store=line.flag("store"), cancel=call.cancel)
        assert all(step.time >= 0 for step in steps)
        return worked(driver_results.say_check_result, steps)

    return told(line, call, run)


def do_list(line):
    call = Watched(line).begin()

    def run():
        listing = slot(line).client.list(line["directory"], driver_fields.list_options(line), cancel=call.cancel)
        return worked(driver_results.say_listing, listing)

    return told(line, call, run)


def do_list_all(line):
    call = Watched(line).begin()
    names = []

    def run():
        options = driver_fields.list_options(line)
        for entry in slot(line).client.list_all(line["directory"], options, cancel=call.cancel):
            names.append(entry.name)
        return Answer("ok")

    answer = told(line, call, run)
    answer.say("given", len(names))
    answer.say("names", "".join(f"{name}/" for name in names))
    return answer


def do_set_rates(line):
    slot(line).client.set_rates(line.number("upload_rate"), line.number("download_rate"))
    return Answer("ok")


def do_seen(line):
    answer = Answer("ok")
    answer.say("asked", slot(line).asked)
    answer.say("logins", slot(line).logins)
    answer.say("challenge", slot(line).challenge)
    answer.say("log", "".join(slot(line).log))
    return answer


def do_checksum(line):
    answer = Answer("ok")
    answer.say("checksum", chatfile.netease_checksum(line["app_secret"], line["nonce"], line["cur_time"]))
    return answer


KINDS = {
    "full": chatfile.DigestKind.SMH_FULL,
    "beginning": chatfile.DigestKind.SMH_BEGINNING,
    "openim": chatfile.DigestKind.OPENIM,
    "crc64": chatfile.DigestKind.CRC64,
}


def do_digest(line):
    digest = chatfile.Digest(sum(KINDS.values()), line.number("part_size"))
    if "step" in line:
        with open(line["path"], "rb") as file:
            for data in iter(lambda: file.read(line.number("step")), b""):
                digest.update(data)
                digest.text(chatfile.DigestKind.SMH_FULL)
    else:
        call = Watched(line).begin()
        try:
            digest.update_file(line["path"], cancel=call.cancel)
        finally:
            call.end()
    answer = Answer("ok")
    for key, kind in KINDS.items():
        answer.say(key, digest.text(kind))
    answer.say("number", digest.crc64_value)
    answer.say("parts", len(digest.parts))
    for index, part in enumerate(digest.parts[:16]):
        answer.say(f"part.{index}", part)
    return answer


def do_combine(line):
    answer = Answer("ok")
    answer.say(
        "number", chatfile.crc64_combine(line.number("first"), line.number("second"), line.number("length"))
    )
    return answer


def do_version(line):
    answer = Answer("ok")
    answer.say("version", chatfile.version())
    answer.say("number", chatfile._lib.version_number())
    return answer


def free(own):
    if own.client is not None:
        own.client.close()
    own.__init__()
    own.client, own.asked = None, 0


def do_free(line):
    free(slot(line))
    return Answer("ok")


def do_reset(line):
    for own in slots:
        free(own)
    # Nothing may be left over of any call.
    assert not _call._calls and not _call._ears, (_call._calls, _call._ears)
    return Answer("ok")


def do_capabilities(line):
    answer = Answer("ok")
    answer.say("value", int(slot(line).client.capabilities))
    return answer


VERBS = {name[3:]: function for name, function in list(globals().items()) if name.startswith("do_")}
VERBS.update(upload=upload, download=download)
VERBS["send_presigned"] = lambda line: upload(line, chatfile.Presigned(line["json"]))
VERBS["receive_presigned"] = lambda line: download(line, chatfile.Presigned(line["json"]))
for _verb, _account in {**driver_fields.ACCOUNTS, "open": None}.items():
    VERBS[_verb] = lambda line, account_of=_account: do_open(line, account_of)


def main():
    for text in sys.stdin:
        verb, line = parse(text)
        try:
            answer = VERBS[verb](line)
        except chatfile.ChatfileError as error:
            answer = say_error(error)
        print(" ".join(answer.words), flush=True)
    do_reset(None)


if __name__ == "__main__":
    main()
