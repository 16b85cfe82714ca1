"""Files at five chat services: upload, download, delete, presign.

    import chatfile

    account = chatfile.Netease(app_key="...", app_secret="...")
    with chatfile.Client(account) as client:
        stored = client.upload("cat.jpg")
        print(stored.url)

Open a :class:`Client` with one of :data:`Account`. Calls block until they are done; everything they fail with is a
:class:`ChatfileError`.
"""

from . import enums, errors, options
from ._call import Cancel
from ._library import LibraryError
from ._library import lib as _lib
from ._library import path as library_path
from ._record import LogFunction, LoginFunction, SecretFunction, Seconds, Time
from .client import Client
from .digest import Digest, crc64_combine, netease_checksum
from .enums import *
from .errors import *
from .options import *
from .presigned import Presigned
from .messages import UserMessage, user_message
from .progress import Progress, ProgressFunction
from .results import CheckStep, DeleteResult, DownloadResult, FileInfo, Listing, UploadResult
from .sources import Readable, Sink, Source, Stream, Writable

#: The version of the package.
__version__ = "0.1.0"


def version() -> str:
    """The version of the library that was loaded."""
    text: bytes = _lib.version()
    return text.decode()


__all__ = [
    "Cancel",
    "CheckStep",
    "Client",
    "DeleteResult",
    "Digest",
    "DownloadResult",
    "FileInfo",
    "LibraryError",
    "Listing",
    "LogFunction",
    "LoginFunction",
    "Presigned",
    "Progress",
    "ProgressFunction",
    "Readable",
    "Seconds",
    "SecretFunction",
    "Sink",
    "Source",
    "Stream",
    "Time",
    "UploadResult",
    "UserMessage",
    "Writable",
    "__version__",
    "crc64_combine",
    "library_path",
    "netease_checksum",
    "user_message",
    "version",
]
__all__ += enums.__all__
__all__ += errors.__all__
__all__ += options.__all__
