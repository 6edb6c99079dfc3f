"""Moments as machines exchange them."""

from __future__ import annotations

import pytest

from exporter.rfc3339 import rfc3339


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_795_000_000.25, "2026-11-18T11:06:40.250Z"),
        (None, None),
    ],
)
def test_a_moment_is_told_in_utc_to_the_millisecond(moment: float | None, text: str | None) -> None:
    """RFC 3339 with Z; no moment is no text."""
    assert rfc3339(moment) == text
