"""Whether a figure that was sampled over and over grows. Pure.

The first third is for getting warm: caches fill, pools open their connections. What counts is
whether the last third lies above the middle one by more than its slack. Medians, so that a moment
does not matter; a leak lifts every sample.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FEWEST = 9
"""Samples; thirds of fewer say nothing."""


@dataclass(frozen=True, slots=True)
class Limit:
    """By how much a figure may be greater in the last third; without one it is only shown."""

    figure: str
    slack: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """How a figure went: the medians of the middle and last third, and the largest sample."""

    figure: str
    middle: float
    last: float
    largest: float
    slack: float | None

    @property
    def grew(self) -> bool:
        """Whether it grew by more than it may."""
        return self.slack is not None and self.last > self.middle + self.slack


def courses(samples: Sequence[Mapping[str, float]], limits: Iterable[Limit]) -> tuple[Course, ...]:
    """How each figure went; raises ValueError where there are too few samples."""
    if len(samples) < FEWEST:
        message = f"{len(samples)} samples are too few to be judged"
        raise ValueError(message)
    third = len(samples) // 3
    middle, last = samples[third:-third], samples[-third:]
    return tuple(
        Course(
            limit.figure,
            statistics.median(each[limit.figure] for each in middle),
            statistics.median(each[limit.figure] for each in last),
            max(each[limit.figure] for each in samples),
            limit.slack,
        )
        for limit in limits
    )
