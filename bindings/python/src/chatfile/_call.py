"""How a blocking call of C is made: callbacks, cancelling, exceptions, signals, the end of the interpreter.

The call runs on the thread that made it, without the GIL; callbacks run there, too. What a callback raises is kept, the
callback tells C to stop, and the exception comes out of the call.

**Signals.** Python's handlers, that of Ctrl-C among them, run when the main thread runs Python again, which it does not while
it is blocked in C. So the cancel handle of a call on the main thread is one that asks: C calls back at least 4 times a second,
whatever it waits for. A handler that raises, and an exception that another thread has set (as dramatiq does for its time
limits), may do so before the first line of a callback, where ctypes can only report it, to :func:`sys.unraisablehook`: while
calls are under way that is ours, which stops the call.
"""

import atexit
import ctypes
import itertools
import os
import signal
import sys
import threading
import time
from typing import Any, Callable, Dict, List, NoReturn, Optional, Set, Tuple, Union
from weakref import WeakValueDictionary

from . import _abi
from ._library import known, lib
from ._record import LogFunction, LoginFunction, SecretFunction
from ._error import ChatfileError, Stop
from ._failure import take
from .errors import ArgumentError, CallbackError
from .enums import Activity
from .progress import Progress

try:
    # Not the other number of a thread, in whose place gevent puts that of a greenlet.
    from threading import get_native_id
except ImportError:  # pragma: no cover
    from threading import get_ident as get_native_id


class Cancel:
    """Cancels calls from another thread.

    Give it to as many calls as you like; :meth:`fire` stops them within 100 ms with
    :class:`chatfile.CancelledError`, and those that begin later, too. As a context manager it does so when its block is left
    by an exception: the calls that an executor or :func:`asyncio.to_thread` makes end with what waits for them::

        with chatfile.Cancel() as cancel:
            await asyncio.to_thread(client.upload, "cat.jpg", cancel=cancel)
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._fired = False
        self._handles: Set[int] = set()

    def fire(self) -> None:
        """Cancels. Does not wait. May be called from any thread, any number of times."""
        with self._lock:
            self._fired = True
            for handle in list(self._handles):
                lib.cancel_fire(handle)

    @property
    def fired(self) -> bool:
        """Whether :meth:`fire` was called."""
        return self._fired

    def __enter__(self) -> "Cancel":
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        if kind is not None:
            self.fire()

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a Cancel cannot be copied or pickled: give this one to the calls, or make a new one")

    def _add(self, handle: int) -> None:
        with self._lock:
            self._handles.add(handle)
            if self._fired:
                lib.cancel_fire(handle)

    def _remove(self, handle: int) -> None:
        with self._lock:
            self._handles.discard(handle)


_main: Optional[int] = getattr(threading.main_thread(), get_native_id.__name__[len("get_") :])
#: Whether signals come here, which they do in the main interpreter alone. Known once a call was made on the main thread.
_signals: Optional[bool] = None
#: Counts forks: a client does not work in a child process.
generation = 0
#: The calls that are in C, on any thread, and the thread that ends the interpreter; the lock is theirs.
_running: Set["Call"] = set()
_ender: Optional[int] = None
#: What Python did with exceptions that nobody can catch before that was :func:`_unraisable`: now, and at first.
_hook: Any = None
_first_hook: Any = None
_lock = threading.RLock()
#: Cancel handles that were not fired, for the next calls: those that ask, and others.
_spare: Dict[bool, List[int]] = {True: [], False: []}


def _forked() -> None:
    """In the child: threads and what they held are gone."""
    global _main, _lock, generation
    generation += 1
    _main = get_native_id()
    _lock = threading.RLock()
    _running.clear()
    _calls.clear()
    _thread.__dict__.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def _handles_signals(thread: int) -> bool:
    """Whether this thread is the one that signal handlers run on."""
    global _signals
    if thread != _main:
        return False
    if _signals is None:
        try:
            old = signal.set_wakeup_fd(-1)
            if old != -1:
                signal.set_wakeup_fd(old, warn_on_full_buffer=False)
            _signals = True
        except ValueError:
            _signals = False
    return _signals


#: The longest wait for calls of daemon threads when the interpreter ends. They come back within 100 ms, unless a function
#: of the program's own blocks.
_PATIENCE = 5.0


@atexit.register
def _at_exit() -> None:
    """Ends the calls of daemon threads, which are all that is left now, before the interpreter ends.

    After that, such a thread is ended where it next enters Python, as when C calls back, and CPython (before 3.14) does that
    by unwinding its stack, which must not happen to the frames of C and Rust: the process aborts.
    """
    global _ender
    if sys.version_info < (3, 9):
        # Threads of executors are daemons there, which are to finish their work; it waits for them in atexit, too.
        executors = sys.modules.get("concurrent.futures.thread")
        if executors is not None:
            executors._python_exit()
    with _lock:
        _ender = get_native_id()
        others = {call for call in _running if call.thread != _ender}
        for call in others:
            call.ended = True
            call.fire()
    end = time.monotonic() + _PATIENCE
    while not others.isdisjoint(_running) and time.monotonic() < end:
        time.sleep(0.002)


def new_handle(asks: bool) -> int:
    """A cancel handle, one that asks or not."""
    handle: Optional[int] = lib.cancel_new_asking(on_go_on, None) if asks else lib.cancel_new()
    if not handle:
        raise MemoryError from None
    return handle


_keys = itertools.count(1)
_calls: Dict[int, "Call"] = {}
_thread = threading.local()


class Call:
    """One call with its callbacks, which find it while its block lasts. Use it once."""

    progress: Optional[Callable[[Progress], object]] = None
    #: A source that is read, and a sink that is written to.
    source: Any = None
    sink: Any = None
    #: The first exception that a callback raised.
    error: Optional[BaseException] = None
    #: Names this call to its callbacks; 0 without any.
    key = 0
    #: The cancel handle, as long as the call lasts.
    handle: Optional[int] = None
    #: Whether it was fired, and cannot be used again.
    fired = False
    #: Whether the end of the interpreter did that.
    ended = False
    #: The thread that made the call.
    thread = 0
    #: One that several calls have in common, in place of one of this call's own.
    lent: Optional[int] = None
    #: Where the structure of the options takes it.
    options: Any = None

    def __init__(
        self,
        cancel: Optional[Cancel] = None,
        progress: Optional[Callable[[Progress], object]] = None,
    ) -> None:
        self.cancel = cancel
        if progress is not None:
            self.progress = progress
            self.named()

    def __enter__(self) -> "Call":
        return self

    def __exit__(self, *_: object) -> None:
        _calls.pop(self.key, None)
        # What it refers to has no use any more, and may refer back to it.
        self.options = self.source = self.sink = None

    def named(self) -> int:
        """The key for callbacks."""
        if not self.key:
            self.key = next(_keys)
            _calls[self.key] = self
        return self.key

    def failed(self, error: BaseException) -> int:
        """Keeps what a callback raised; returns what it then says to C."""
        if self.error is None:
            self.error = error
        if isinstance(error, Stop) and isinstance(error.value, int):
            # As C's int32_t; 0 would be no reason to stop.
            value = (error.value + (1 << 31)) % (1 << 32) - (1 << 31)
            return value or 1
        return 1

    def stop(self, error: BaseException) -> int:
        """As :meth:`failed`, where C does not look at what is returned."""
        value = self.failed(error)
        self.fire()
        return value

    def fire(self) -> None:
        """Makes C return, if it is in the call."""
        with _lock:
            if self.handle is not None:
                lib.cancel_fire(self.handle)
                # Whoever sees it may take it that C knows.
                self.fired = True

    def run(
        self,
        function: Any,
        free: Any,
        *arguments: Any,
        out: Any = None,
    ) -> Any:
        """Makes the call. Returns its output as a ``c_void_p``, for the caller to free, or raises what it failed with.

        ``free`` is what frees the output, None for a call without one, or with ``out`` of another type. The cancel
        handle goes into ``options``.
        """
        output = ctypes.c_void_p() if out is None else out
        failure = ctypes.c_void_p()
        places: Tuple[Any, ...] = (ctypes.byref(failure),)
        if free is not None or out is not None:
            places = (ctypes.byref(output), *places)
        done = False
        error: Optional[BaseException] = None
        told: Optional[ChatfileError] = None
        try:
            status = self._guarded(function, arguments, places)
            if status == 0 and (self.error is None or isinstance(self.error, Stop)):
                done = True
                return output
            error = self.error
            if status != 0:
                told = take(failure)
                if self.ended:
                    raise SystemExit
            if error is None and told is not None:
                raise told
            if isinstance(error, Stop):
                raise told or CallbackError("stopped by a callback")
            assert error is not None
            raise error
        finally:
            # An exception must not refer to itself by way of this frame: its client would live on.
            self.error = error = told = None
            if not done:
                # As after an exception in between.
                if failure.value:
                    lib.error_free(failure)
                if free is not None and output.value:
                    free(output)

    def _guarded(self, function: Any, arguments: Any, places: Any) -> int:
        self.thread = get_native_id()
        asks = _handles_signals(self.thread)
        handle = self.lent
        if handle is None:
            try:
                handle = _spare[asks].pop()
            except IndexError:
                handle = new_handle(asks)
        self.handle = handle
        before = _thread.__dict__.get("call")
        try:
            with _lock:
                if _ender not in (None, self.thread):
                    raise SystemExit
                _running.add(self)
                _listen()
            if self.cancel is not None:
                self.cancel._add(handle)
            if self.options is not None:
                self.options.cancel = handle
            _thread.call = self
            status: int = function(*arguments, *places)
            return status
        finally:
            _thread.call = before
            if self.cancel is not None:
                self.cancel._remove(handle)
                self.fired = self.fired or self.cancel.fired
            with _lock:
                _running.discard(self)
                self.handle = None
            if self.lent is None:
                if self.fired:
                    lib.cancel_free(handle)
                else:
                    _spare[asks].append(handle)

    @property
    def is_cancelled(self) -> bool:
        """Whether it was fired, or what the caller gave."""
        return self.fired or self.cancel is not None and self.cancel.fired


def _listen() -> None:
    """Calls are under way. Afterwards this stays: other threads may have calls, and whoever sets another hook may have kept
    this one, to call it or to put it back."""
    global _hook, _first_hook
    if sys.unraisablehook is not _unraisable:
        _hook = sys.unraisablehook
        _first_hook = _first_hook or _hook
        sys.unraisablehook = _unraisable


def _is_of_callback(raised: Any) -> bool:
    """Whether it came out of a callback of C. Before 3.13 Python says of which by the object, from then on in the text."""
    text = raised.err_msg or ""
    return "ctypes callback" in text and any(raised.object is one or repr(one) in text for one in _CALLBACKS)


def _unraisable(raised: Any) -> None:
    """What was raised between C and the first line of a callback, where ctypes can only report it, ends the call."""
    call: Optional[Call] = _thread.__dict__.get("call")
    if call is not None and _is_of_callback(raised):
        call.stop(raised.exc_value or raised.exc_type())
        return
    # The hook before may be one that calls this one.
    is_within = _thread.__dict__.get("is_within", False)
    hook = (_first_hook if is_within else _hook) or sys.__unraisablehook__
    _thread.is_within = True
    try:
        hook(raised)
    finally:
        _thread.is_within = is_within


def _on_go_on(user: Optional[int]) -> int:
    """C asks whether to go on: signal handlers have run when this begins."""
    return 0


def _on_progress(user: int, pointer: Any) -> int:
    """C's progress callback."""
    call = _calls[user]
    try:
        report = pointer[0]
        total = report.total if report.total_known else None
        assert call.progress is not None
        remaining = report.remaining_ms / 1000 if report.remaining_ms >= 0 else None
        answer: Any = call.progress(
            Progress(
                report.done,
                total,
                report.finished != 0,
                known(Activity, report.activity),
                report.hashed,
                report.hash_total,
                report.rate,
                remaining,
            )
        )
        if answer is not None and type(answer).__name__ == "coroutine":
            answer.close()  # Python would warn that it was never awaited.
            raise TypeError("progress is an asynchronous function, which calls here cannot wait for: give an ordinary one")
        return 0
    except BaseException as error:
        return call.failed(error)


def _on_read(user: int, buffer: int, capacity: int, size: Any) -> int:
    """C's read callback."""
    call = _calls[user]
    try:
        size[0] = call.source.read_into(buffer, capacity)
        return 0
    except BaseException as error:
        return call.failed(error)


def _on_rewind(user: int) -> int:
    """C's rewind callback."""
    call = _calls[user]
    try:
        call.source.rewind()
        return 0
    except BaseException as error:
        return call.failed(error)


def _on_write(user: int, data: int, size: int) -> int:
    """C's write callback."""
    call = _calls[user]
    try:
        call.sink.write_all(ctypes.string_at(data, size))
        return 0
    except BaseException as error:
        return call.failed(error)


class Ears:
    """The callbacks of a client."""

    def __init__(self, secret: Optional[SecretFunction], login: Optional[LoginFunction], log: LogFunction) -> None:
        self.secret = secret
        self.login = login
        self.log = log
        #: Names them to C.
        self.key = next(_keys)
        _ears[self.key] = self


#: By their keys. Each client has its own: they may refer to it, and would keep it for ever from here.
_ears: "WeakValueDictionary[int, Ears]" = WeakValueDictionary()


def _on_secret(user: int, name: bytes, buffer: int, capacity: int, size: Any) -> int:
    """C's secret callback."""
    field = name.decode()
    return _tell(_ears[user].secret, (field,), field, buffer, capacity, size)


def _on_login(user: int, proxy: bytes, scheme: bytes, realm: bytes, buffer: int, capacity: int, size: Any) -> int:
    """C's callback for the login of a proxy."""
    asked = tuple(one.decode("utf-8", "replace") for one in (proxy, scheme, realm))
    return _tell(_ears[user].login, asked, "proxy_login", buffer, capacity, size)


def _tell(
    function: Optional[Callable[..., Union[str, bytes]]],
    asked: Tuple[str, ...],
    field: str,
    buffer: int,
    capacity: int,
    size: Any,
) -> int:
    """Puts what a function of the caller's tells into C's buffer."""
    try:
        assert function is not None
        told = function(*asked)
        if isinstance(told, str):
            told = told.encode("utf-8")
        if not isinstance(told, bytes):
            raise TypeError(f"the secret function must return str or bytes for {field}")
        if len(told) > capacity:
            raise ArgumentError(
                f"the secret function gave {len(told)} bytes for {field}; at most {capacity} fit", field=field
            )
        ctypes.memmove(buffer, told, len(told))
        size[0] = len(told)
        return 0
    except BaseException as error:
        call: Optional[Call] = _thread.__dict__.get("call")
        return 1 if call is None else call.failed(error)


def _on_log(user: int, level: int, line: bytes) -> None:
    """C's log callback."""
    call: Optional[Call] = _thread.__dict__.get("call")
    ears = _ears.get(user)
    # Nobody hears a client that is just collected, nor what a call says that something raised has ended.
    if ears is None or call is not None and call.error is not None:
        return
    try:
        ears.log(level, line.decode("utf-8", "replace"))
    except BaseException as error:
        if call is None:
            # Not within a call of ours: ctypes reports it.
            raise
        call.stop(error)


def check(status: int, failure: Any) -> None:
    """Raises what a quick call failed with."""
    if status != 0:
        raise take(failure)


#: What ctypes says has raised something.
_CALLBACKS = (_on_go_on, _on_progress, _on_read, _on_rewind, _on_write, _on_secret, _on_login, _on_log)
#: The functions as C has them.
on_go_on = _abi.chatfile_stop_fn(_on_go_on)
on_progress = _abi.chatfile_progress_fn(_on_progress)
on_read = _abi.chatfile_read_fn(_on_read)
on_rewind = _abi.chatfile_rewind_fn(_on_rewind)
on_write = _abi.chatfile_write_fn(_on_write)
on_secret = _abi.chatfile_secret_fn(_on_secret)
on_login = _abi.chatfile_proxy_login_fn(_on_login)
on_log = _abi.chatfile_log_fn(_on_log)
