"""Stories come from their seed alone, and can be told again."""

from __future__ import annotations

import pytest

from tests.chaos.story import Kind, from_lines, to_lines, write


@pytest.mark.parametrize("seed", range(5))
def test_a_seed_is_a_story(seed: int) -> None:
    """The same seed gives the same acts, in the order of time and within it."""
    acts = write(seed, 120.0)
    assert acts == write(seed, 120.0)
    assert acts != write(seed + 1, 120.0)
    assert [act.at for act in acts] == sorted(act.at for act in acts)
    assert all(0.0 <= act.at <= 120.0 for act in acts)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_rare_happens_in_each_round(seed: int) -> None:
    """Every short run restarts the broker both ways, the database, and exporters."""
    kinds = {act.kind for act in write(seed, 120.0)}
    assert kinds >= {
        *(Kind.BROKER_KEEPS, Kind.BROKER_FORGETS, Kind.DATABASE),
        *(Kind.KILL_EXPORTER, Kind.TERMINATE_EXPORTER),
    }


def test_everything_happens_in_the_end() -> None:
    """A long run does every kind of act."""
    assert {act.kind for act in write(1, 3600.0)} == set(Kind)


def test_a_story_is_told_and_read() -> None:
    """Acts as JSON lines are the same acts again."""
    acts = write(7, 60.0)
    assert from_lines(to_lines(acts)) == acts


def test_what_is_no_story_is_refused() -> None:
    """An act that nobody knows is an error."""
    with pytest.raises(ValueError, match="nonsense"):
        from_lines('{"at": 1, "kind": "nonsense", "pick": 0.5, "with_": {}}')
