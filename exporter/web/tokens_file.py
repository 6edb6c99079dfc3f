"""Files of bearer tokens: read anew for each request, compared in constant time."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from exporter.errors import TokenFileError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LONGEST_FILE = 64 * 1024
SHORTEST_TOKEN = 16
"""In characters: a token acts without being asked anything more."""

_SCHEME = b"bearer"
_UNDECODABLE = "\N{REPLACEMENT CHARACTER}"


def lines_of(path: Path) -> tuple[tuple[int, bytes], ...]:
    """The lines that are not empty, each with its number; raises TokenFileError."""
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_FILE + 1)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise TokenFileError(f"{path}: {why}") from error
    if len(content) > LONGEST_FILE:
        raise TokenFileError(f"{path} is too large to be a file of tokens")
    lines = enumerate(content.splitlines(), start=1)
    return tuple((number, line.strip()) for number, line in lines if line.strip())


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
    """The token that a request comes with; None for none, or for several headers."""
    given = [value for name, value in headers if name.lower() == b"authorization"]
    if len(given) != 1:
        return None
    return bearer(given[0])


def bearer(authorization: bytes) -> bytes | None:
    """The token in an Authorization header; None where that is of another scheme."""
    scheme, _, token = authorization.strip().partition(b" ")
    return token.strip() if scheme.lower() == _SCHEME else None


class NamedTokens:
    """A file with a name and a token in each line, so that the journal tells who acted.

    A name may have several tokens, so one can be replaced without a gap.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> tuple[tuple[str, bytes], ...]:
        """Names and tokens as they hold now, one at least; raises TokenFileError."""
        found: dict[bytes, str] = {}
        for number, line in lines_of(self._path):
            name, token = self._taken_apart(number, line)
            if token in found:
                raise TokenFileError(f"{self._path}, line {number}: this token is there already")
            found[token] = name
        if not found:
            raise TokenFileError(f"{self._path} is empty; each line of it should be NAME TOKEN")
        return tuple((name, token) for token, name in found.items())

    def name_of(self, offered: bytes) -> str | None:
        """Whose token it is; None where it is nobody's. Raises TokenFileError."""
        # All are compared, each in constant time.
        names = [name for name, token in self.read() if hmac.compare_digest(token, offered)]
        return names[0] if names else None

    def _taken_apart(self, number: int, line: bytes) -> tuple[str, bytes]:
        parts = line.split()
        name, token = parts[0].decode(errors="replace"), parts[-1]
        if len(parts) != 2 or not name.isprintable() or _UNDECODABLE in name:  # noqa: PLR2004  as told
            raise TokenFileError(f"{self._path}, line {number} is not NAME TOKEN")
        if len(token) < SHORTEST_TOKEN:
            raise TokenFileError(
                f"{self._path}, line {number}: a token has {SHORTEST_TOKEN} characters at least "
                "(openssl rand -hex 32 makes one)"
            )
        return name, token
