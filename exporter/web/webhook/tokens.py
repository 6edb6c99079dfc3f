"""The bearer tokens of a file, read anew for each request."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from exporter.errors import TokenFileError
from exporter.web.tokens_file import bearer, lines_of

if TYPE_CHECKING:
    from pathlib import Path


class TokenFile:
    """Each line that is not empty is a token that is accepted.

    So while a token is being replaced the old and the new one can both hold. Reading the file each
    time costs microseconds, and a token that was taken out of it holds no longer.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> tuple[bytes, ...]:
        """The tokens that hold now, one at least; raises TokenFileError."""
        tokens = tuple(line for _, line in lines_of(self._path))
        if not tokens:
            raise TokenFileError(f"{self._path} is empty; each line of it should be a token")
        return tokens

    def accepts(self, authorization: str) -> bool:
        """Whether an Authorization header comes from who knows a token; raises TokenFileError."""
        # Headers are latin-1 (ASGI), and come here as they were.
        offered = bearer(authorization.encode("latin-1", errors="replace"))
        # All are compared, each in constant time.
        matches = [hmac.compare_digest(token, offered or b"") for token in self.read()]
        return any(matches)
