"""Every reader bears what it once did not, and a short run of what nobody would think of."""

from __future__ import annotations

import time

import pytest

from tests.fuzz.corpus import kept
from tests.fuzz.targets import TARGETS
from tests.fuzz.trying import findings, tried

_SEED = 1
_SECONDS = 1.5
"""Of processor time a target; what is good and what is kept is tried in any case."""

_KEPT = [(name, mistake) for name, target in TARGETS.items() for mistake in kept(target)]


@pytest.mark.parametrize(("name", "mistake"), _KEPT)
def test_mistakes_of_once_are_borne(name: str, mistake: str) -> None:
    """What was found is found no more."""
    target = TARGETS[name]
    found = tried(target, kept(target)[mistake])
    assert found is None, found.told


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found_in_a_moment(name: str) -> None:
    """Good bytes are borne, and so are mutations of them."""
    ends = time.process_time() + _SECONDS
    for found in findings(TARGETS[name], seed=_SEED, go_on=lambda: time.process_time() < ends):
        assert found is None, f"{found.told}\n{found.data[:500]!r}"
