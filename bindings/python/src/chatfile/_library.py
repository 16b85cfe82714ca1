"""Finds and loads libchatfile."""

import ctypes
import os
import sys
from typing import Any, List, Optional, Tuple

from . import _abi

#: Names a library to load in place of the one in the package.
VARIABLE = "CHATFILE_LIBRARY"

if sys.platform == "win32":
    _NAME = _SYSTEM_NAME = "chatfile.dll"
elif sys.platform == "darwin":
    _NAME, _SYSTEM_NAME = "libchatfile.dylib", "libchatfile.0.dylib"
else:
    _NAME, _SYSTEM_NAME = "libchatfile.so", "libchatfile.so.0"


class LibraryError(ImportError):
    """libchatfile cannot be loaded, or is older than this package."""


def candidates() -> List[str]:
    """What is tried, in order: the variable alone if it is set, else the package's own library, else the system's."""
    named = os.environ.get(VARIABLE)
    if named:
        return [named]
    own = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_lib", _NAME)
    return [own, _SYSTEM_NAME] if os.path.exists(own) else [_SYSTEM_NAME]


class _Functions:
    """Functions of the library by their names without ``chatfile_``."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


#: What may free a client, which closes connections.
_FREE_CLIENTS = ("chatfile_client_free", "chatfile_list_cursor_free")


def _prepared(blocking: Any, quick: Any) -> _Functions:
    functions = _Functions()
    for name, (result, parameters) in _abi.FUNCTIONS.items():
        # What can fail, which has a place for the error, may block or call back, and gives up the GIL meanwhile; getters
        # keep it.
        can_fail = parameters and parameters[-1] is ctypes.POINTER(ctypes.c_void_p)
        library = blocking if can_fail or name in _FREE_CLIENTS else quick
        function = library[name]
        function.restype = result
        function.argtypes = parameters
        functions.__dict__[name[len("chatfile_") :]] = function
    return functions


def version_check(number: int, text: str, path: str) -> None:
    """Refuses a library that is older than the header of this package, or of another major version, as
    chatfile_version_check() does, which an older library may not have. The patch number does not matter."""
    own = _abi_number()
    if number // 1000 < own // 1000 or number // 1_000_000 != own // 1_000_000:
        raise LibraryError(
            f"the library {path} is chatfile {text}, and this package needs {_abi.CHATFILE_VERSION} or newer"
            f" of the same major version; install a matching library, or unset {VARIABLE}",
            path=path,
        )


def _abi_number() -> int:
    return (
        _abi.CHATFILE_VERSION_MAJOR * 1_000_000
        + _abi.CHATFILE_VERSION_MINOR * 1000
        + _abi.CHATFILE_VERSION_PATCH
    )


def load() -> Tuple[_Functions, str]:
    """Loads the library and returns its functions and its path."""
    tried = []
    for path in candidates():
        try:
            # PyPy has no PyDLL, and no GIL that its functions could keep for so short.
            blocking, quick = ctypes.CDLL(path), getattr(ctypes, "PyDLL", ctypes.CDLL)(path)
            version = blocking.chatfile_version_number
            version.restype = ctypes.c_uint32
            text = quick.chatfile_version
            text.restype = ctypes.c_char_p
        except (OSError, AttributeError) as error:
            tried.append(f"{path}: {error}")
            continue
        version_check(version(), text().decode(), path)
        return _prepared(blocking, quick), path
    raise LibraryError(f"libchatfile cannot be loaded. {_cure()} Tried: {'; '.join(tried)}")


def _cure() -> str:
    """What to do about a library that is not there."""
    here = os.path.dirname(os.path.abspath(__file__))
    if getattr(sys, "frozen", False):
        return (
            "This program was frozen without it: PyInstaller takes it by the hook in the wheel (chatfile must be installed "
            "from the wheel where the program is frozen); other freezers have to be told to add the folder chatfile/_lib."
        )
    if not os.path.isdir(here):
        return (
            f"The package is inside an archive ({here}), and the system loads libraries from real files alone: keep chatfile "
            f"out of the archive and install its wheel beside it, or set {VARIABLE} to the path of a {_NAME}. (shiv and pex "
            "unpack their archives, which works.)"
        )
    return f"Install the wheel, which holds it, or set {VARIABLE} to the path of {_NAME}."


def known(kind: Any, value: int) -> Any:
    """The member of an enumeration; of one that a newer library has, the number."""
    try:
        return kind(value)
    except ValueError:
        return value


def text_of(value: Optional[bytes]) -> Optional[str]:
    """A text of C."""
    return None if value is None else value.decode("utf-8", "replace")


def number_of(handle: Any, getter: Any) -> Optional[int]:
    """A number of C that may be missing."""
    number = ctypes.c_uint64()
    return number.value if getter(handle, ctypes.byref(number)) else None


def seconds_of(handle: Any, getter: Any) -> Optional[float]:
    """A length of time of C that may be missing."""
    count = number_of(handle, getter)
    return None if count is None else count / 1000


def pairs_of(handle: Any, count: Any, name: Any, value: Any) -> Tuple[Tuple[str, str], ...]:
    """Texts of C with a name each: how many there are, and what each is called and says, three functions tell."""
    return tuple(
        (text_of(name(handle, index)) or "", text_of(value(handle, index)) or "") for index in range(count(handle))
    )


#: The functions, without ``chatfile_`` in front.
lib: Any
#: What was loaded.
path: str
lib, path = load()
