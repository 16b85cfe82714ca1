"""How a blocking call of C is made: callbacks, cancelling, exceptions, Ctrl-C.

The call runs on the thread that made it, without the GIL; callbacks run there, too. What a callback raises is kept, the
callback tells C to stop, and the exception comes out of the call.

**Ctrl-C.** Python's own signal handler only sets a flag and writes to the wake-up descriptor; KeyboardInterrupt is raised
when the main thread runs Python again, which it does not while it is blocked in C. So during a call on the main thread the
wake-up descriptor is ours: a thread that waits at its other end fires the cancel handle of the call, C returns within
100 ms, and Python raises KeyboardInterrupt. This holds for Python's default handler of SIGINT; a handler of your own runs at
the next callback, or when the call is over.
"""

import ctypes
import itertools
import os
import signal
import socket
import sys
import threading
import time
from threading import get_ident
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from . import _abi
from ._library import lib
from ._record import LogFunction, SecretFunction
from .errors import ArgumentError, CallbackError, ChatfileError, Stop, take
from .results import Progress


class Cancel:
    """Cancels calls from another thread.

    Give it to as many calls as you like; :meth:`fire` stops them within 100 ms with
    :class:`chatfile.CancelledError`, and those that begin later, too.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fired = False
        self._handles: Set[int] = set()

    def fire(self) -> None:
        """Cancels. Does not wait. May be called from any thread, any number of times."""
        with self._lock:
            self._fired = True
            for handle in self._handles:
                lib.cancel_fire(handle)

    @property
    def fired(self) -> bool:
        """Whether :meth:`fire` was called."""
        return self._fired

    def _add(self, handle: int) -> None:
        with self._lock:
            self._handles.add(handle)
            if self._fired:
                lib.cancel_fire(handle)

    def _remove(self, handle: int) -> None:
        with self._lock:
            self._handles.discard(handle)


class _Watcher:
    """Fires cancel handles of the main thread's calls when Ctrl-C is pressed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.handles: List[int] = []
        self.interrupted = False
        self.forward = -1
        self.spare: Optional[int] = None
        self.own, self.other = socket.socketpair()
        self.other.setblocking(False)
        self.descriptor = self.other.fileno()
        threading.Thread(target=self._watch, name="chatfile-interrupt", daemon=True).start()

    def _watch(self) -> None:
        while True:
            numbers = self.own.recv(4096)
            if not numbers:
                return
            with self.lock:
                if self.forward >= 0:
                    # Someone else has asked for these, asyncio perhaps.
                    try:
                        os.write(self.forward, numbers)
                    except OSError:
                        pass
                if signal.SIGINT in numbers and self.handles:
                    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
                        self.interrupted = True
                        for handle in self.handles:
                            lib.cancel_fire(handle)


    def settle(self) -> None:
        """Waits until the signal has arrived here that has raised KeyboardInterrupt, so that it does not meet the next
        call."""
        end = time.monotonic() + 0.2
        while not self.interrupted and time.monotonic() < end:
            time.sleep(0.001)


_watcher: Optional[_Watcher] = None
_main = threading.main_thread().ident
#: Counts forks: a client does not work in a child process.
generation = 0


def _forked() -> None:
    """In the child: threads and what they held are gone."""
    global _watcher, _main, generation
    generation += 1
    _watcher = None
    _main = get_ident()
    _calls.clear()
    _thread.__dict__.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def watcher() -> _Watcher:
    """The watcher, which is begun by the first call on the main thread."""
    global _watcher
    if _watcher is None:
        _watcher = _Watcher()
    return _watcher


def _new_handle() -> int:
    handle: Optional[int] = lib.cancel_new()
    if not handle:
        raise MemoryError
    return handle


_keys = itertools.count(1)
_calls: Dict[int, "Call"] = {}
_thread = threading.local()


class Call:
    """One call with its callbacks. Use it once."""

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
    #: Whether it was fired for this call alone, and cannot be used again.
    spoiled = False
    #: What Python did with exceptions that nobody can catch.
    hook: Any = None
    #: Where the structure of the options takes it.
    options: Any = None

    def __init__(
        self,
        cancel: Optional[Cancel] = None,
        progress: Optional[Callable[[Progress], object]] = None,
        heard: bool = False,
    ) -> None:
        self.cancel = cancel
        #: Whether the client has callbacks of its own.
        self.heard = heard
        if progress is not None:
            self.progress = progress
            self.named()

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
        if isinstance(error, Stop):
            # As C's int32_t; 0 would be no reason to stop.
            value = (int(error.value) + (1 << 31)) % (1 << 32) - (1 << 31)
            return value or 1
        return 1

    def stop(self, error: BaseException) -> int:
        """As :meth:`failed`, where C does not look at what is returned."""
        value = self.failed(error)
        if self.handle is not None:
            self.spoiled = True
            lib.cancel_fire(self.handle)
        return value

    def run(
        self,
        function: Any,
        free: Any,
        *arguments: Any,
        takes_cancel: bool = False,
        out: Any = None,
    ) -> Any:
        """Makes the call. Returns its output as a ``c_void_p``, for the caller to free, or raises what it failed with.

        ``free`` is what frees the output, None for a call without one, or with ``out`` of another type. The cancel
        handle goes into ``options``, or behind the arguments if it ``takes_cancel``.
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
            status = self._guarded(function, arguments, places, takes_cancel)
            if status == 0 and (self.error is None or isinstance(self.error, Stop)):
                done = True
                return output
            error = self.error
            if status != 0:
                told = take(failure)
            if error is None and told is not None:
                raise told
            if isinstance(error, Stop):
                raise told or CallbackError("stopped by a callback")
            assert error is not None
            raise error
        finally:
            # An exception must not refer to itself by way of this frame: its client would live on.
            self.error = error = told = None
            if self.key:
                _calls.pop(self.key, None)
            if not done:
                # As after an exception in between.
                if failure.value:
                    lib.error_free(failure)
                if free is not None and output.value:
                    free(output)

    def _guarded(self, function: Any, arguments: Any, places: Any, takes_cancel: bool) -> int:
        if get_ident() == _main:
            return self._on_main(function, arguments, places, takes_cancel)
        if self.cancel is None:
            return self._plain(function, arguments, places, takes_cancel)
        self.handle = _new_handle()
        try:
            self.cancel._add(self.handle)
            return self._plain(function, arguments, places, takes_cancel)
        finally:
            self.cancel._remove(self.handle)
            lib.cancel_free(self.handle)
            self.handle = None

    def _plain(self, function: Any, arguments: Any, places: Any, takes_cancel: bool) -> int:
        if takes_cancel:
            arguments = (*arguments, self.handle)
        elif self.options is not None:
            self.options.cancel = self.handle
        if not self.heard:
            status: int = function(*arguments, *places)
            return status
        before = _thread.__dict__.get("call")
        _thread.call = self
        try:
            status = function(*arguments, *places)
            return status
        finally:
            _thread.call = before

    def _on_main(self, function: Any, arguments: Any, places: Any, takes_cancel: bool) -> int:
        watch = _watcher or watcher()
        handle = watch.spare or _new_handle()
        watch.spare = None
        self.handle = handle
        old = -1
        interrupted = False
        try:
            if self.cancel is not None:
                self.cancel._add(handle)
            watch.handles.append(handle)
            if self.key or self.heard:
                self.hook = sys.unraisablehook
                sys.unraisablehook = self._unraisable
            try:
                old = signal.set_wakeup_fd(watch.descriptor, warn_on_full_buffer=False)
            except ValueError:
                old = -2  # A sub-interpreter: no signal comes here.
            if old >= 0 and old != watch.descriptor:
                watch.forward = old
            status = self._plain(function, arguments, places, takes_cancel)
            if isinstance(self.error, KeyboardInterrupt):
                watch.settle()
        except KeyboardInterrupt:
            watch.settle()
            raise
        finally:
            if old != -2:
                signal.set_wakeup_fd(old if old != watch.descriptor or len(watch.handles) > 1 else -1)
            if self.hook is not None:
                sys.unraisablehook = self.hook
                self.hook = None
            if self.cancel is not None:
                self.cancel._remove(handle)
            with watch.lock:
                watch.handles.remove(handle)
                interrupted = watch.interrupted
                if not watch.handles:
                    watch.interrupted = False
                    watch.forward = -1
            if interrupted or self.spoiled or self.cancel is not None or watch.spare is not None:
                lib.cancel_free(handle)
            else:
                watch.spare = handle
            self.handle = None
        if interrupted and status == _abi.CHATFILE_E_CANCELLED and self.error is None:
            if self.cancel is None or not self.cancel.fired:
                # Python has raised it where it had to be ignored.
                self.error = KeyboardInterrupt()
        return status

    def _unraisable(self, raised: Any) -> None:
        """A signal handler may raise between C and the first line of a callback, where ctypes can only report it."""
        if get_ident() == _main and "ctypes callback" in (raised.err_msg or ""):
            self.stop(raised.exc_value or raised.exc_type())
            return
        (self.hook or sys.__unraisablehook__)(raised)


def _on_progress(user: int, pointer: Any) -> int:
    """C's progress callback."""
    call = _calls[user]
    try:
        report = pointer[0]
        total = report.total if report.total_known else None
        assert call.progress is not None
        call.progress(Progress(report.done, total, report.finished != 0))
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

    def __init__(self, secret: Optional[SecretFunction], log: Optional[LogFunction]) -> None:
        self.secret = secret
        self.log = log


#: By their keys, as long as their clients live.
ears: Dict[int, Ears] = {}


def new_ears(secret: Optional[SecretFunction], log: Optional[LogFunction]) -> int:
    """Keeps the callbacks of a client; returns their key, 0 without any."""
    if secret is None and log is None:
        return 0
    key = next(_keys)
    ears[key] = Ears(secret, log)
    return key


def _failed_ear(error: BaseException) -> int:
    call: Optional[Call] = _thread.__dict__.get("call")
    if call is None:
        # Not within a call of ours: ctypes reports it.
        raise error
    return call.stop(error)


def _on_secret(user: int, name: bytes, buffer: int, capacity: int, size: Any) -> int:
    """C's secret callback."""
    try:
        field = name.decode()
        function = ears[user].secret
        assert function is not None
        told = function(field)
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
    try:
        function = ears[user].log
        assert function is not None
        function(level, line.decode("utf-8", "replace"))
    except BaseException as error:
        _failed_ear(error)


def check(status: int, failure: Any) -> None:
    """Raises what a quick call failed with."""
    if status != 0:
        raise take(failure)


#: The functions as C has them.
on_progress = _abi.chatfile_progress_fn(_on_progress)
on_read = _abi.chatfile_read_fn(_on_read)
on_rewind = _abi.chatfile_rewind_fn(_on_rewind)
on_write = _abi.chatfile_write_fn(_on_write)
on_secret = _abi.chatfile_secret_fn(_on_secret)
on_log = _abi.chatfile_log_fn(_on_log)
