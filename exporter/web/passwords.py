"""Whether a password is the user's: bcrypt, at the same cost whatever is wrong."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING

import anyio
import bcrypt
from anyio import to_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from exporter.web.credentials import Credentials

LONGEST_PASSWORD = 72
"""In bytes: bcrypt takes no more, and what it left out would not be compared."""

REMEMBERED = 100
"""Successful checks that need no bcrypt again; each takes some 70 ms, and a scrape is one."""

CHECKS_AT_ONCE = 1
"""Checks that run at once, so that guessing cannot take every processor."""


class Passwords:
    """Checks credentials against users, remembering those that were right.

    Remembered is a keyed hash over name, stored hash and password, so that a password is nowhere
    in memory for longer than its request, and one that was changed or taken away holds no more.
    """

    def __init__(self, compare: Callable[[bytes, bytes], bool] = bcrypt.checkpw) -> None:
        self._compare = compare
        self._key = secrets.token_bytes(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._limiter: anyio.CapacityLimiter | None = None

    async def right(self, given: Credentials, users: Mapping[str, bytes]) -> bool:
        """Whether the credentials are those of one of the users, of whom there is at least one."""
        known = given.name in users
        stored = users[given.name] if known else self._stand_in(given.name, users)
        seen = self._digest(given.name.encode(), stored, given.password)
        if known and seen in self._right:
            self._right.move_to_end(seen)
            return True
        # A limiter belongs to the event loop it is made in.
        self._limiter = self._limiter or anyio.CapacityLimiter(CHECKS_AT_ONCE)
        same = await to_thread.run_sync(self._same, given.password, stored, limiter=self._limiter)
        if not (known and same):
            return False
        self._right[seen] = None
        if len(self._right) > REMEMBERED:
            self._right.popitem(last=False)
        return True

    def _same(self, password: bytes, stored: bytes) -> bool:
        if len(password) > LONGEST_PASSWORD:
            return False
        try:
            return self._compare(password, stored)
        except ValueError:  # a byte that this bcrypt does not take
            return False

    def _stand_in(self, name: str, users: Mapping[str, bytes]) -> bytes:
        """The hash of some user, always the same one for a name.

        An unknown name so costs what a known one does, even where users' hashes differ in cost.
        """
        place = int.from_bytes(self._digest(name.encode())[:8], "big") % len(users)
        return users[sorted(users)[place]]

    def _digest(self, *parts: bytes) -> bytes:
        # Each part with its length before it: joined otherwise, a name could end in another's hash
        # (CVE-2022-46146 of exporter-toolkit).
        framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self._key, framed, hashlib.sha256)
