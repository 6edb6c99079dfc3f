"""A repair whose process lives on while the database server ends its connections."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from exporter.repair.records import Outcome
from tests.integration.repair.crash.striking import choose, settle

if TYPE_CHECKING:
    from tests.integration.repair.crash.points import Point
    from tests.integration.repair.crash.striking import Ring, Struck

_ENDS = frozenset({Outcome.ABANDONED, Outcome.FAILED})
_OF_EACH_KIND = 1
_LOST_COMMITS = 3


@pytest.mark.timeout(600)
def test_connections_are_ended(struck: Ring) -> None:
    """Whenever all connections are ended, journal and rows agree, and the rest is repaired."""
    passed = struck.undisturbed()
    seed = random.randrange(1_000_000)
    for point in choose(passed, _OF_EACH_KIND, random.Random(seed)):
        _disconnect(struck, point, "disconnect", seed)


@pytest.mark.timeout(600)
def test_commits_are_never_answered(struck: Ring) -> None:
    """A commit that was carried out and never answered is counted as what it is, and once."""
    passed = struck.undisturbed()
    commits = {kind: points for kind, points in passed.items() if kind.endswith("!")}
    seed = random.randrange(1_000_000)
    for point in choose(commits, _LOST_COMMITS, random.Random(seed)):
        victim = _disconnect(struck, point, "swallow", seed)
        if point.kind == "W!":
            assert victim.errors == ()
            assert set(victim.ended.values()) == {"applied"}


def _disconnect(struck: Ring, point: Point, how: str, seed: int) -> Struck:
    here = struck.prepare()
    victim = struck.strike(here, point, how=how)
    try:
        assert (victim.exit, bool(victim.where)) == (0, True)
        with struck.start() as start:
            told = struck.accounts(start, here).ended()
            assert victim.ended.items() <= told.items()
            settle(struck, here, start, _ENDS)
    except BaseException as error:
        error.add_note(f"seed {seed}, {how} at {point}: {victim.where}; {victim.errors}")
        raise
    return victim
