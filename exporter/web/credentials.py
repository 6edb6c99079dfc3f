"""The `Authorization` header of basic authentication, taken apart (RFC 7617)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CHALLENGE = 'Basic realm="timesketch-exporter", charset="UTF-8"'
"""What `WWW-Authenticate` says beside 401."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whom a request claims to come from; nothing of it is proven."""

    name: str
    password: bytes = field(repr=False)


def credentials_of(headers: Iterable[tuple[bytes, bytes]]) -> Credentials | None:
    """The credentials among a request's headers; None if there are none or none that is clear.

    Two `Authorization` headers are not clear: a proxy and we might each heed another one.
    """
    given = [value for name, value in headers if name.lower() == b"authorization"]
    if len(given) != 1:
        return None
    scheme, _, encoded = given[0].strip().partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True)
        name, colon, password = decoded.partition(b":")
        return Credentials(name.decode(), password) if colon else None
    except (binascii.Error, UnicodeDecodeError):
        return None
