"""Moments as machines exchange them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


@overload
def rfc3339(moment: float) -> str: ...
@overload
def rfc3339(moment: float | None) -> str | None: ...
def rfc3339(moment: float | None) -> str | None:
    """A moment in Unix seconds as RFC 3339 in UTC, to the millisecond; None for none."""
    if moment is None:
        return None
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
