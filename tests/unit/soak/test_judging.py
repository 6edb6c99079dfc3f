"""A leak is found, and noise is not."""

from __future__ import annotations

import random

import pytest

from tests.soak.judging import Limit, courses
from tests.soak.sampling import LIMITS
from tests.soak.soak import Happened
from tests.soak.table import table

_LIMIT = Limit("resident_mib", 4.0)
_SAMPLES = 360
"""Half an hour, one each five seconds."""


def grew(values: list[float], limit: Limit = _LIMIT) -> bool:
    """Whether these samples tell of growth."""
    (course,) = courses([{limit.figure: value} for value in values], [limit])
    return course.grew


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_no_leak(seed: int) -> None:
    """A figure that swings by as much as it may, and jumps now and then, does not grow."""
    chance = random.Random(seed)
    values = [130.0 + chance.gauss(0, 2) for _ in range(_SAMPLES)]
    for at in chance.sample(range(_SAMPLES), 10):
        values[at] += 50
    assert not grew(values)


@pytest.mark.parametrize("seed", range(20))
def test_half_a_mebibyte_a_minute_is_found(seed: int) -> None:
    """A leak shows within half an hour, whatever the noise."""
    chance = random.Random(seed)
    assert grew([130.0 + chance.gauss(0, 2) + n / 24 for n in range(_SAMPLES)])


def test_getting_warm_is_no_leak() -> None:
    """What a figure does in the first third does not count."""
    assert not grew([60.0 + min(n, 120) for n in range(_SAMPLES)])


def test_one_descriptor_a_minute_is_found() -> None:
    """What is forgotten to be closed, however seldom, is found."""
    assert grew([20.0 + n // 12 for n in range(_SAMPLES)], Limit("descriptors", 3.0))


def test_what_only_is_shown_may_grow() -> None:
    """The journal is append only."""
    assert not grew([float(n) for n in range(_SAMPLES)], Limit("journal_kib", None))


def test_too_few_samples_are_refused() -> None:
    """A run that was too short proves nothing."""
    with pytest.raises(ValueError, match="8 samples are too few"):
        courses([{_LIMIT.figure: 1.0}] * 8, [_LIMIT])


def test_the_table_names_what_grew() -> None:
    """A line for each figure, marked where it grew by more than it may."""
    samples = [{limit.figure: float(n) for limit in LIMITS} for n in range(90)]
    lines = table(Happened(scrapes=90), courses(samples, LIMITS), minutes=1.5).splitlines()
    assert lines[0].startswith("1.5 minutes: 90 scrapes (0 failed)")
    assert [line.split()[0] for line in lines if line.endswith("GREW")] == [
        course.figure for course in courses(samples, LIMITS) if course.grew
    ]
