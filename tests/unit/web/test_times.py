"""Moments are RFC 3339 in UTC, durations have one unit."""

from __future__ import annotations

import pytest

from exporter.web.times import age_text, utc_text


def test_moment() -> None:
    """A moment is written in UTC, to the second."""
    assert utc_text(1_763_888_400.9) == "2025-11-23T09:00:00Z"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0 s"), (0.9, "0 s"), (59, "59 s"), (60, "1 min"), (7200, "2 h"), (172_800, "2 d")],
)
def test_duration(seconds: float, text: str) -> None:
    """A duration is rounded down in its greatest unit; a clock that ran back is no age."""
    assert age_text(seconds) == text
