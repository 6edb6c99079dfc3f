"""Durations are read and written as people do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.settings.durations import seconds, text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (15, 15.0),
        (0.25, 0.25),
        ("15", 15.0),
        ("15s", 15.0),
        (" 1.5S ", 1.5),
        ("250ms", 0.25),
        ("1m30s", 90.0),
        ("24h", 86400.0),
        ("1d", 86400.0),
        ("1d2h3m4s5ms", 93784.005),
    ],
)
def test_every_common_form_is_read(written: object, meant: float) -> None:
    """Numbers are seconds; units may be combined."""
    assert seconds(written) == pytest.approx(meant)


@pytest.mark.parametrize(
    "written", ["", "soon", "-5s", "5 s", "5w", "s", "1e3", "٣s", None, True, [5]]
)
def test_anything_else_is_refused(written: object) -> None:
    """What is no duration is told so, with the forms that are."""
    with pytest.raises(ValueError, match=r"is not a duration \(write 15, 15s"):
        seconds(written)


@given(st.integers(1, 10**6) | st.integers(1, 999).map(lambda thousandths: thousandths / 1000))
def test_what_is_written_reads_the_same(duration: float) -> None:
    """A duration written as text means the same when read again."""
    assert seconds(text(duration)) == pytest.approx(duration)


def test_units_are_the_greatest_that_fit() -> None:
    """A duration is written as a person would."""
    written = [text(duration) for duration in (0.25, 1, 60, 90, 660, 86400, 172800)]
    assert written == ["250ms", "1s", "60s", "90s", "11m", "24h", "2d"]
