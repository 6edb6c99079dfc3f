"""The shared sets of connections, against looking at every connection."""

from __future__ import annotations

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from exporter.judge.choices import AGES, Choices
from tests.unit.judge.build import consumer

LIMITS = st.sampled_from([-1.0, 0.0, 3.0, 7.5, 40.0, 99.0, 500.0, inf])
SECONDS = st.integers(min_value=0, max_value=400).map(float)


@given(st.lists(st.tuples(SECONDS, SECONDS), max_size=12), LIMITS, LIMITS)
def test_few_connections_are_told_apart_exactly(
    seconds: list[tuple[float, float]], age: float, idle: float
) -> None:
    """As long as there are few different ages and idle times, nothing is rounded."""
    consumers = {n: consumer(n, age=old, idle=long) for n, (old, long) in enumerate(seconds)}
    expected = {n for n, each in consumers.items() if each.age <= age and each.idle <= idle}
    assert Choices(consumers, ()).within(age=age, idle=idle) == expected


@given(st.lists(st.tuples(SECONDS, SECONDS), min_size=300, max_size=400), LIMITS, LIMITS)
def test_in_a_crowd_no_connection_is_left_out(
    seconds: list[tuple[float, float]], age: float, idle: float
) -> None:
    """Rounded bounds let some more through, and everything that is within the limits."""
    consumers = {n: consumer(n, age=old, idle=long) for n, (old, long) in enumerate(seconds)}
    expected = {n for n, each in consumers.items() if each.age <= age and each.idle <= idle}
    assert Choices(consumers, ()).within(age=age, idle=idle) >= expected


def test_a_crowd_shares_few_sets() -> None:
    """So many different uptimes as there may be, there are not more sets than bounds."""
    consumers = {n: consumer(n, age=float(n)) for n in range(5_000)}
    choices = Choices(consumers, ())
    made = {id(choices.within(age=n + 3.0, idle=inf)) for n in range(5_000)}
    assert len(made) <= AGES


def test_what_was_known_narrows_the_choice_unless_nothing_of_it_is_left() -> None:
    """A worker that came back over another connection is looked for among all."""
    choices = Choices({n: consumer(n) for n in (1, 2, 3)}, {3})
    possible = choices.within(age=inf, idle=inf)
    assert choices.narrowed(possible, frozenset({2, 3})) == {2}
    assert choices.narrowed(possible, frozenset({3})) == {1, 2}
