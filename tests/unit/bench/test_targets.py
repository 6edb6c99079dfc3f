"""Whether figures are what they should be."""

from __future__ import annotations

from typing import Any

import pytest

from bench.targets import judged


@pytest.mark.parametrize(
    ("target", "measured", "verdict"),
    [
        (5, 5, "met"),
        (5, 6, "**missed**"),
        ({"at_least": 5}, 5, "met"),
        ({"at_least": 5}, 4, "**missed**"),
    ],
)
def test_bounds(target: object, measured: int, verdict: str) -> None:
    """A number is the most that there may be, or the least if it says so; itself is within."""
    (it,) = judged({"late": target}, {"late": measured})
    assert (it.measured, it.verdict) == (str(measured), verdict)


def test_a_target_without_a_figure() -> None:
    """A path that leads nowhere is a mistake, and not a target that is met."""
    found: dict[str, Any] = {"answers": {}}
    with pytest.raises(KeyError):
        list(judged({"answers./metrics.ratio": 2}, found))
