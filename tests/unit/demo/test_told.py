"""Whether what was seen is what was told."""

from __future__ import annotations

import pytest

from exporter.demo.told import came_out

TOLD = "(queued) running (suspect) orphaned"


@pytest.mark.parametrize(
    "seen",
    [
        ["queued", "running", "suspect", "orphaned"],
        ["running", "orphaned"],
    ],
)
def test_states_in_parentheses_may_be_missing(seen: list[str]) -> None:
    """A state that may be too short to be seen is neither missed nor minded."""
    assert came_out(TOLD, seen)


@pytest.mark.parametrize(
    "seen",
    [
        [],
        ["running"],
        ["running", "unknown", "orphaned"],
        ["orphaned", "running"],
        ["running", "orphaned", "running"],
    ],
)
def test_everything_else_is_another_story(seen: list[str]) -> None:
    """A missing, additional or misplaced state does not come out as told."""
    assert not came_out(TOLD, seen)


def test_nothing_told_means_nothing_seen() -> None:
    """What the exporter shall never mention must not be seen at all."""
    assert came_out("", [])
    assert not came_out("", ["suspect"])
