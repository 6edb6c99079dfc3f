"""The connections that could be a worker's own, by age and idle time, shared by many workers.

A set for each of ten thousand workers would hold a hundred million numbers. So there is one set for
each pair of bounds, and in a crowd the bounds are rounded up: a set then holds some connections too
many, which makes the judge more careful and never less (its own is always among them).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from exporter.snapshot import Consumer

#: So many different bounds are told apart; exactly, as long as there are no more.
AGES = 128
IDLE_TIMES = 16


class Choices:
    """Made of one list of consumers; the same choice is the same object."""

    def __init__(self, consumers: Mapping[int, Consumer], without: Collection[int]) -> None:
        self._consumers = {
            number: consumer for number, consumer in consumers.items() if number not in without
        }
        self._ages = _Bounds({each.age for each in self._consumers.values()}, AGES)
        self._idle = _Bounds({each.idle for each in self._consumers.values()}, IDLE_TIMES)
        self._made: dict[object, frozenset[int]] = {}
        self._same: dict[frozenset[int], frozenset[int]] = {}

    def within(self, *, age: float, idle: float) -> frozenset[int]:
        """The connections that are at most so old and have been idle for at most so long."""
        bounds = (self._ages.over(age), self._idle.over(idle))
        if bounds not in self._made:
            oldest, longest = bounds
            self._made[bounds] = self._once(
                frozenset(
                    number
                    for number, consumer in self._consumers.items()
                    if consumer.age <= oldest and consumer.idle <= longest
                )
            )
        return self._made[bounds]

    def narrowed(self, possible: frozenset[int], known: frozenset[int]) -> frozenset[int]:
        """What is possible and was known before; if nothing is left of that, what is possible."""
        pair = (possible, known)
        if pair not in self._made:
            self._made[pair] = self._once(possible & known or possible)
        return self._made[pair]

    def _once(self, choice: frozenset[int]) -> frozenset[int]:
        return self._same.setdefault(choice, choice)


class _Bounds:
    """Some of the values, to which a limit is rounded so that it lets through no less."""

    def __init__(self, values: Collection[float], at_most: int) -> None:
        step = max(1, -(-len(values) // at_most))
        # From the largest down, so that this is always one of them.
        self._ascending = sorted(values, reverse=True)[::step][::-1]
        self._exact = step == 1

    def over(self, limit: float) -> float:
        """The bound for a limit; lower than every value if nothing is within."""
        if self._exact or not self._ascending:
            within = bisect_right(self._ascending, limit)
            return self._ascending[within - 1] if within else -inf
        return self._ascending[min(bisect_left(self._ascending, limit), len(self._ascending) - 1)]
