"""What is told of many measurements of the same thing."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACES = 3


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the least, the median, the one that 95 of 100 do not exceed, and the most."""
    ordered = sorted(values)
    return {
        "min_seconds": round(ordered[0], PLACES),
        "median_seconds": round(statistics.median(ordered), PLACES),
        "p95_seconds": round(ordered[math.ceil(0.95 * len(ordered)) - 1], PLACES),
        "max_seconds": round(ordered[-1], PLACES),
    }
