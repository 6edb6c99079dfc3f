"""What is told of many measurements of the same thing. Infinity is what never came."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLACES = 3


def spread(values: Sequence[float]) -> dict[str, float | None]:
    """Return the least, the median, the one that 95 of 100 do not exceed, and the most.

    What never came is only counted, as `never`. (JSON has no infinity.)
    """
    came = sorted(value for value in values if math.isfinite(value))
    figures = (
        (came[0], statistics.median(came), within(came, 0.95), came[-1]) if came else (None,) * 4
    )
    names = ("min_seconds", "median_seconds", "p95_seconds", "max_seconds")
    rounded = (None if each is None else round(each, _PLACES) for each in figures)
    return {**dict(zip(names, rounded, strict=True)), "never": len(values) - len(came)}


def within(values: Sequence[float], share: float) -> float:
    """Return the least of these values that such a share of them does not exceed."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def late(values: Sequence[float], limit: float) -> int:
    """Return how many took longer, or never came."""
    return sum(value > limit for value in values)
