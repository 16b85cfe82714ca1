"""A program as users write it, which pyright checks with strict in test_typing.py. Each line that says
"pyright: ignore" has to be a fault there."""
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

import datetime
import gzip
import io
import mmap
import tempfile
import zipfile
from pathlib import Path
from typing import BinaryIO, Optional

import chatfile


class Mine:
    """What need not be a class of the standard library."""

    def read(self, size: int) -> bytes:
        return bytes(size)

    def write(self, data: bytes) -> None:
        print(data)


class Asynchronous:
    async def read(self, size: int) -> bytes:
        return bytes(size)

    async def write(self, data: bytes) -> int:
        return len(data)


def sources(client: chatfile.Client, archive: zipfile.ZipFile, mapped: mmap.mmap, binary: BinaryIO) -> None:
    client.upload("cat.jpg")
    client.upload(Path("cat.jpg"))
    client.upload(b"cat")
    client.upload(bytearray(b"cat"))
    client.upload(memoryview(b"cat"))
    client.upload(io.BytesIO(b"cat"))
    client.upload(mapped)
    client.upload(binary)
    client.upload(chatfile.Stream(Mine(), 3))
    with open("cat.jpg", "rb") as file, open("cat.jpg", "rb", buffering=0) as raw:
        client.upload(file)
        client.upload(chatfile.Stream(raw, 3))
    with tempfile.NamedTemporaryFile() as named, tempfile.SpooledTemporaryFile() as spooled:
        client.upload(named)
        client.upload(spooled)
    with gzip.open("cat.gz") as zipped, archive.open("cat.jpg") as member:
        client.upload(zipped)
        client.upload(chatfile.Stream(member, 3))
    client.upload(7)  # pyright: ignore[reportArgumentType]
    client.upload(io.StringIO("text"))  # pyright: ignore[reportArgumentType]
    client.upload(chatfile.Stream(Asynchronous(), 3))  # pyright: ignore[reportArgumentType]


def sinks(client: chatfile.Client, archive: zipfile.ZipFile, binary: BinaryIO) -> None:
    client.download("x", "cat.jpg")
    client.download("x", Path("cat.jpg"))
    client.download("x", io.BytesIO())
    client.download("x", binary)
    client.download("x", Mine())
    with open("cat.jpg", "wb") as file, open("cat.jpg", "wb", buffering=0) as raw, tempfile.TemporaryFile() as temporary:
        client.download("x", file)
        client.download("x", raw)
        client.download("x", temporary)
    with gzip.open("cat.gz", "wb") as zipped, archive.open("cat.jpg", "w") as member:
        client.download("x", zipped)
        client.download("x", member)
    client.download("x", io.StringIO())  # pyright: ignore[reportArgumentType]
    client.download("x", Asynchronous())  # pyright: ignore[reportArgumentType]


def keywords(client: chatfile.Client, account: chatfile.Account) -> None:
    minute = datetime.timedelta(minutes=1)
    client.upload("cat.jpg", file_name="tom.jpg", tag="pets", ttl=datetime.timedelta(days=2))
    client.upload("cat.jpg", chatfile.UploadOptions(resumable=True), method=chatfile.SmhMethod.SIMPLE, labels=["a", "b"])
    request = client.presign_upload(5, file_name="tom.jpg")
    client.send_presigned(request, "cat.jpg", compute_md5=True)
    client.receive_presigned(request, "cat.jpg", resume=True, max_size=5)
    client.receive_presigned(request, max_size="5")  # pyright: ignore[reportArgumentType]
    client.download("x", "cat.jpg", max_size=5, thumbnail=chatfile.ThumbnailKind.IMAGE)
    client.upload("cat.jpg", taag="pets")  # pyright: ignore[reportCallIssue]
    client.upload("cat.jpg", tag=5)  # pyright: ignore[reportArgumentType]
    chatfile.ClientOptions(deadline=minute, stall_timeout=0.5)
    chatfile.ClientOptions(deadline="1")  # pyright: ignore[reportArgumentType]
    chatfile.NeteaseUpload(taag="pets")  # pyright: ignore[reportCallIssue]
    chatfile.Client(account, deadline=minute, trace=True, log_level=chatfile.LogLevel.DEBUG).close()


def caught(client: chatfile.Client) -> Optional[int]:
    try:
        client.upload("cat.jpg")
    except (TimeoutError, FileNotFoundError):
        return None
    except chatfile.TransportError as error:
        return error.errno
    return 0


def everything(key: str, secret: Optional[str]) -> str:
    account = chatfile.Netease(key, app_secret=secret, secret=lambda name: name.encode())
    options = chatfile.ClientOptions(max_attempts=2, log=lambda level, line: print(level, line))
    seen: "list[int]" = []
    with chatfile.Client(account, options) as client, chatfile.Cancel() as cancel:
        try:
            stored = client.upload("cat.jpg", progress=lambda report: seen.append(report.done), cancel=cancel)
            for step in client.check(store=True, cancel=cancel):
                print(chatfile.CheckKind(step.kind).name, step.verdict == chatfile.Verdict.OK, step.text, step.advice or "")
            for entry in client.list_all("photos"):
                print(entry.name, entry.size)
            request = client.presign_upload(5, chatfile.UploadOptions(smh=chatfile.SmhUpload(labels=("a",))))
            print(request.json, chatfile.Capability.PARTS in client.capabilities)
        except chatfile.ServiceError as error:
            print(error.status_name, error.details(), error.resume_token or "", error.trace or "")
            raise
    return stored.url or stored.file
