"""``chatfile doctor``: what works on the way to the service, step by step, with time and advice; for whoever supports
others by telephone. It prints no secret, and stores nothing unless it is told to."""

import email.utils
import os
import platform
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Callable, Dict, List, Optional, Tuple

from .. import (
    ArgumentError,
    Capability,
    ChatfileError,
    Client,
    NotFoundError,
    ServiceError,
    __version__,
    version,
)
from .account import DOWNLOADS, UPLOADS, required

#: A signature is good for five minutes where a service looks at the clock; half of that is told.
CLOCK_MAX = 150
#: Seconds for each step that the library does not make.
PATIENCE = 15
#: A file that is not there, and a name that says whose it would be.
NO_FILE = "8be024f0-e978-11e8-b697-5d598d5f8402"
PROBE = "chatfile-doctor.txt"

#: What a step found: "ok", "failed" or "left out", what it is, and what to do about it.
Found = Tuple[str, str, str]


class Stop(Exception):
    """Nothing behind this step can be tried."""


class Doctor:
    """Makes the steps, and tells each as it is made."""

    def __init__(self, service: str, account: Any, client: Client, proxy: Optional[str], write: bool) -> None:
        self.service = service
        self.account = account
        self.client = client
        self.write = write
        default = {"easemob": "https://a1.easemob.com", "netease": "https://api.yunxinapi.com/nimserver"}
        self.url = urllib.parse.urlsplit(account.base_url or default.get(service, "https://api.tencentsmh.cn"))
        self.proxy = proxy or self.proxy_of_environment()
        self.addresses: List[Any] = []

    def proxy_of_environment(self) -> Optional[str]:
        """As the library reads it: docs/transfers.md."""
        if self.host and urllib.request.proxy_bypass_environment(self.host):  # type: ignore[attr-defined]
            return None
        for name in (f"{self.url.scheme}_proxy", "all_proxy"):
            value = os.environ.get(name) or (os.environ.get(name.upper()) if name != "http_proxy" else None)
            if value:
                return value
        return None

    @property
    def host(self) -> str:
        """Of the service."""
        return self.url.hostname or ""

    def steps(self) -> List[Tuple[str, Callable[[], Found]]]:
        """All of them, in order."""
        return [
            ("versions", self.versions),
            ("address", self.address),
            ("proxy", self.through),
            ("name", self.name),
            ("connection", self.connection),
            ("TLS", self.tls),
            ("clock", self.clock),
            ("service", self.smallest_call),
        ]

    def versions(self) -> Found:
        """What is asked first on the telephone."""
        return "ok", f"chatfile {__version__}, library {version()}, Python {platform.python_version()}, {platform.platform()}", ""

    def address(self) -> Found:
        """Where the calls go."""
        own = "" if self.account.base_url else " (the default)"
        if self.url.scheme not in ("http", "https") or not self.host:
            return "failed", f"base_url is no address: {self.shown()}", "give it with http:// or https://"
        advice = "" if self.url.scheme == "https" else "without TLS everybody on the way can read what is sent"
        return "ok", f"{self.service} at {self.shown()}{own}", advice

    def shown(self) -> str:
        """Without what may be secret in an address."""
        return f"{self.url.scheme}://{self.host}{f':{self.url.port}' if self.url.port else ''}{self.url.path}"

    def through(self) -> Found:
        """Whether there is a proxy."""
        if self.proxy is None:
            return "ok", "none", ""
        parts = urllib.parse.urlsplit(self.proxy if "://" in self.proxy else f"http://{self.proxy}")
        return "ok", f"{parts.scheme}://{parts.hostname}:{parts.port or (1080 if 'socks' in parts.scheme else 8080)}", ""

    def first_hop(self) -> Tuple[str, int]:
        """Host and port that this machine connects to."""
        if self.proxy is None:
            return self.host, self.url.port or (443 if self.url.scheme == "https" else 80)
        parts = urllib.parse.urlsplit(self.proxy if "://" in self.proxy else f"http://{self.proxy}")
        return parts.hostname or "", parts.port or (1080 if "socks" in parts.scheme else 8080)

    def name(self) -> Found:
        """DNS."""
        host, port = self.first_hop()
        try:
            self.addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            return "failed", f"{host}: {error}", "check the name, the network connection, and its DNS server"
        return "ok", f"{host}: {', '.join(sorted({str(one[4][0]) for one in self.addresses}))}", ""

    def connection(self) -> Found:
        """TCP."""
        if not self.addresses:
            raise Stop
        told = []
        for family, kind, number, _, address in self.addresses:
            try:
                with socket.socket(family, kind, number) as one:
                    one.settimeout(PATIENCE)
                    one.connect(address)
                    return "ok", f"{address[0]} port {address[1]}", ""
            except OSError as error:
                told.append(f"{address[0]} port {address[1]}: {error}")
        self.addresses = []
        return "failed", "; ".join(told), "a firewall, or nobody listens there: check the port, or ask for the proxy of this network"

    def unverified(self) -> "ssl.SSLContext":
        """For what is only looked at: no secret is sent."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def tls(self) -> Found:
        """What is spoken; the library itself says below whether it trusts it."""
        if not self.addresses:
            raise Stop
        if self.url.scheme != "https":
            return "left out", "the address is http://", ""
        if self.proxy is not None:
            return "left out", "behind a proxy it is tried below, with the call", ""
        try:
            with socket.create_connection(self.first_hop(), PATIENCE) as one:
                with self.unverified().wrap_socket(one, server_hostname=self.host) as wrapped:
                    return "ok", f"{wrapped.version()}; whether the certificate is trusted is tried below", ""
        except OSError as error:
            return "failed", str(error), "the port does not speak TLS, or something on the way breaks it"

    def clock(self) -> Found:
        """By the Date of any answer."""
        if not self.addresses:
            raise Stop
        handlers: List[Any] = [urllib.request.HTTPSHandler(context=self.unverified())]
        if self.proxy is not None:
            if "socks" in self.proxy:
                return "left out", "behind a SOCKS proxy", ""
            handlers.append(urllib.request.ProxyHandler({"http": self.proxy, "https": self.proxy}))
        else:
            handlers.append(urllib.request.ProxyHandler({}))
        root = f"{self.url.scheme}://{self.url.netloc.rpartition('@')[2]}/"
        try:
            with urllib.request.build_opener(*handlers).open(urllib.request.Request(root, method="HEAD"), timeout=PATIENCE) as answer:
                date = answer.headers.get("Date")
        except urllib.error.HTTPError as error:
            date = error.headers.get("Date")
        except OSError as error:
            return "failed", f"no answer: {error}", "see below"
        if date is None:
            return "left out", "the answer has no Date", ""
        ahead = time.time() - email.utils.parsedate_to_datetime(date).timestamp()
        text = f"this machine is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the service"
        if abs(ahead) > CLOCK_MAX:
            return "failed", text, "set the clock of this machine: signatures and certificates depend on it"
        return "ok", text, ""

    def smallest_call(self) -> Found:
        """What takes the credentials and stores nothing; by the library itself."""
        try:
            said = self.call()
        except ChatfileError as error:
            return "failed", f"{error.status_name}: {error}", "the proxy is at fault" if error.at_proxy else ""
        if said is None:
            return "left out", f"{self.service} has no call that stores nothing", "--write uploads one byte"
        return "ok", said, ""

    def call(self) -> Optional[str]:
        """What it says if the credentials are good; None if there is no call that stores nothing."""
        if self.client.capabilities & Capability.INFO:
            self.client.exists(PROBE)
            return "the credentials are good (a file was looked for)"
        # One that is not there, named as the service names its files.
        user = getattr(self.account, "user_id", None)
        options = {name: "jpg" for name in required(DOWNLOADS[self.service])} if self.service in DOWNLOADS else {}
        try:
            self.client.download(f"{user}/{NO_FILE}" if user else NO_FILE, max_size=1, **options)  # type: ignore[arg-type]
        except NotFoundError:
            pass
        except ArgumentError:
            # Files are URLs that say themselves who may have them.
            return self.store() if self.write else None
        except ServiceError as error:
            # Of a file that is not there some say only that it failed.
            if error.status != ServiceError.status:
                raise
        return "the credentials are good (a file that is not there was asked for)"

    def store(self) -> str:
        """One byte, for a day where that can be said."""
        has_end = "expire" in getattr(UPLOADS.get(self.service), "_fields", ())
        options = {"expire": 86_400} if has_end else {}
        self.client.upload(b"\n", file_name=PROBE, **options)  # type: ignore[arg-type]
        return f"the credentials are good (one byte was uploaded{', for a day' if has_end else ''})"


def examine(doctor: Doctor, tell: Callable[[str, Found, float], None]) -> bool:
    """Makes the steps; returns whether none failed."""
    good = True
    for name, step in doctor.steps():
        begun = time.monotonic()
        try:
            found = step()
        except Stop:
            found = ("left out", "the step before failed", "")
        good &= found[0] != "failed"
        tell(name, found, time.monotonic() - begun)
    return good


def line(name: str, found: Found, seconds: float) -> str:
    """A step for a person."""
    verdict, text, advice = found
    shown = f"{verdict:9} {name:11} {seconds * 1000:6.0f} ms  {text}"
    return shown + (f"\n{'':31} {advice}" if advice else "")


def as_json(name: str, found: Found, seconds: float) -> Dict[str, Any]:
    """A step for a program."""
    return {"step": name, "verdict": found[0], "ms": round(seconds * 1000), "text": found[1], "advice": found[2]}
