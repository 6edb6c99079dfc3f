"""Since when the next message of a queue has been waiting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.observe import waiting
from exporter.observe.waiting import Waiting


def _pass(kept: Waiting, tags: list[str], at: float) -> float | None:
    kept.begin()
    kept.see(tags[:1])
    kept.see(tags[1:])
    return kept.end(at)


def test_empty_list_waits_for_nothing() -> None:
    """Where no message is, none waits, also after some have left."""
    kept = Waiting()
    assert _pass(kept, [], 1.0) is None
    assert _pass(kept, ["a"], 2.0) == 2.0
    assert _pass(kept, [], 3.0) is None
    assert _pass(kept, ["b"], 4.0) == 4.0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30))
def test_time_is_that_of_the_first_pass_that_saw_the_message(moves: list[tuple[int, int]]) -> None:
    """Whatever comes and goes: the time is that of the first pass in which the next one was."""
    kept = Waiting()
    queue: list[str] = []
    first_seen: dict[str, float] = {}
    number = 0
    for at, (pushes, pops) in enumerate(moves):
        for _ in range(pushes):
            queue.insert(0, f"tag-{number}")
            number += 1
        del queue[max(0, len(queue) - pops) :]
        for tag in queue:
            first_seen.setdefault(tag, float(at))
        expected = first_seen[queue[-1]] if queue else None
        assert _pass(kept, list(queue), float(at)) == expected


def test_memory_is_bounded() -> None:
    """A message that waits for very many scans costs no more than a thousand marks."""
    kept = Waiting()
    tags: list[str] = []
    for at in range(3 * waiting.MOST):
        tags.insert(0, str(at))
        assert _pass(kept, tags[:1] + tags[-1:], float(at)) is not None
        assert len(kept) <= waiting.MOST
