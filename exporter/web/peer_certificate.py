"""What a client's certificate says, as `ssl` tells it once it is verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# The kinds of names that the toolkit compares, by what `ssl` calls them.
_COMPARED = ("DNS", "email", "IP Address", "URI")


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """The names in a verified certificate."""

    common_name: str
    alternative_names: tuple[str, ...]

    @property
    def name(self) -> str:
        """Whom it names: the subject's common name, else its first alternative name."""
        return self.common_name or next(iter(self.alternative_names), "")

    def allowed_by(self, sans: frozenset[str] | None) -> bool:
        """Whether one of its alternative names is among those (None: no matter which)."""
        return sans is None or not sans.isdisjoint(self.alternative_names)


def peer_certificate_of(told: Mapping[str, object] | None) -> PeerCertificate | None:
    """From `getpeercert()`: None where no certificate was given, or none was verified."""
    if not told:
        return None
    common = [
        value
        for group in _pairs(told.get("subject"))
        for key, value in _texts(group)
        if key == "commonName"
    ]
    alternative = [value for key, value in _texts(told.get("subjectAltName")) if key in _COMPARED]
    return PeerCertificate(
        _printable(common[-1]) if common else "", tuple(map(_printable, alternative))
    )


def _pairs(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def _texts(value: object) -> list[tuple[str, str]]:
    return [(str(pair[0]), str(pair[1])) for pair in _pairs(value) if isinstance(pair, tuple)]


def _printable(name: str) -> str:
    """Names go into logs and the journal; none may write a second line there."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)
