"""Tokens in forms, so that no foreign page can post one in the name of who is signed in."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LASTS_SECONDS = 4 * 3600.0
"""How long a page may stay open before what is pressed on it is refused."""

_EXPIRY = struct.Struct(">d")


class CsrfTokens:
    """Makes and checks tokens that hold for one name, for a while, in this process.

    Nothing is remembered: a token is its expiry with a keyed hash over it and the name.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._key = secrets.token_bytes(32)
        self._clock = clock

    def issue(self, name: str) -> str:
        """A token for forms that are shown to this name."""
        expiry = _EXPIRY.pack(self._clock() + LASTS_SECONDS)
        return (expiry + self._digest(expiry, name)).hex()

    def holds(self, token: str, name: str) -> bool:
        """Whether a form with this token was shown to this name, and not too long ago."""
        try:
            whole = bytes.fromhex(token)
        except ValueError:
            return False
        if whole.hex() != token:
            return False  # another spelling: capitals, or blanks between
        expiry, digest = whole[: _EXPIRY.size], whole[_EXPIRY.size :]
        if not hmac.compare_digest(digest, self._digest(expiry, name)):
            return False
        until: float = _EXPIRY.unpack(expiry)[0]
        return self._clock() < until

    def _digest(self, expiry: bytes, name: str) -> bytes:
        return hmac.digest(self._key, expiry + name.encode(), hashlib.sha256)
