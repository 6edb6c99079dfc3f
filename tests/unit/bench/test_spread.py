"""What is told of many measurements of the same thing."""

from __future__ import annotations

from math import inf

from bench.spread import late, spread


def test_what_came_and_what_did_not() -> None:
    """Of what came there is a spread; what never came is counted, and late."""
    seconds = [*map(float, range(1, 101)), inf]
    assert spread(seconds) == {
        "min_seconds": 1,
        "median_seconds": 50.5,
        "p95_seconds": 95,
        "max_seconds": 100,
        "never": 1,
    }
    assert late(seconds, 99) == 2


def test_nothing_came() -> None:
    """Without anything there is no spread."""
    assert set(spread([inf]).values()) == {None, 1}
