"""What a presigned request is asked for.

Made from include/chatfile.h by cargo xtask bindings; do not edit.
"""

from itertools import count, takewhile
from typing import Any, Optional, Tuple

from ._library import known, lib, number_of, pairs_of, text_of
from .enums import Encoding


class Request:
    """What C has of a request."""

    _handle: Any

    @property
    def json(self) -> str:
        """The request as JSON (one line), to hand to another program."""
        return text_of(lib.presigned_json(self._handle)) or ""

    @property
    def needs_completion(self) -> bool:
        """Whether the file counts only when :meth:`chatfile.Client.complete_presigned` has completed the upload."""
        found: bool = lib.presigned_needs_completion(self._handle) != 0
        return found

    @property
    def completion(self) -> Optional[str]:
        """What names the upload when it is completed, for a program that calls the service itself (OpenIM: the id of
        complete_form_data; SMH: the confirmKey); None if nothing is to be completed."""
        return text_of(lib.presigned_completion(self._handle))

    @property
    def expires_at(self) -> Optional[int]:
        """When the service will no longer take it, in seconds since 1970 UTC; None if that is not known or never."""
        return number_of(self._handle, lib.presigned_expires_at)

    @property
    def max_size(self) -> Optional[int]:
        """The largest file that may be sent with it, in bytes; None if there is no limit. Where it
        ``needs_completion``, the only size."""
        return number_of(self._handle, lib.presigned_max_size)

    @property
    def method(self) -> str:
        """The method, "GET", "POST" or "PUT"."""
        return text_of(lib.presigned_method(self._handle)) or ""

    @property
    def url(self) -> str:
        """The URL."""
        return text_of(lib.presigned_url(self._handle)) or ""

    @property
    def headers(self) -> Tuple[Tuple[str, str], ...]:
        """The header fields to send, besides Host and Content-Length."""
        return pairs_of(self._handle, lib.presigned_header_count, lib.presigned_header_name, lib.presigned_header_value)

    @property
    def prefix(self) -> str:
        """The body before the file."""
        return text_of(lib.presigned_prefix(self._handle)) or ""

    @property
    def encoding(self) -> Encoding:
        """How the file is written in the body."""
        found: Encoding = known(Encoding, lib.presigned_encoding(self._handle))
        return found

    @property
    def suffix(self) -> str:
        """The body behind the file."""
        return text_of(lib.presigned_suffix(self._handle)) or ""

    @property
    def fields(self) -> Tuple[Tuple[str, str], ...]:
        """The fields of the form besides the file, for a program that builds the form itself. They are in the prefix
        already."""
        return pairs_of(self._handle, lib.presigned_field_count, lib.presigned_field_name, lib.presigned_field_value)

    @property
    def success_statuses(self) -> Tuple[int, ...]:
        """The HTTP statuses that mean success; the body of the answer decides further."""
        return tuple(takewhile(bool, (lib.presigned_success_status(self._handle, index) for index in count())))
