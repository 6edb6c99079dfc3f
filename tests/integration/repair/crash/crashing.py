"""Repairs whose process is killed, wherever that is, and what the next start finds.

Each kind of journal has a file of tests of its own, so that both can run at the same time.
"""

from __future__ import annotations

import random
import signal
from collections import Counter
from typing import TYPE_CHECKING

from exporter.repair.records import Outcome
from tests.integration.repair.crash.points import Phase
from tests.integration.repair.crash.striking import choose, phase, settle

if TYPE_CHECKING:
    from tests.integration.repair.crash.points import Point
    from tests.integration.repair.crash.striking import Ring

_OF_EACH_KIND = 5
_AT_LEAST = 50
"""So many crashes with each of two journals, at other points in each run."""

_ENDS = frozenset({Outcome.ABANDONED})


def crash_everywhere(struck: Ring) -> None:
    """Kill repairs at points of each kind; journal and rows must agree after the next start."""
    passed = struck.undisturbed()
    assert {kind[0].lower() for kind in passed} == set(Phase)
    seed = random.randrange(1_000_000)
    points = choose(passed, _OF_EACH_KIND, random.Random(seed))

    seen = Counter(_crash(struck, point, seed) for point in points)

    assert seen.total() >= _AT_LEAST
    # What the next start found: nothing open, an intent without rows, rows without an outcome.
    for each in (Phase.IDLE, Phase.INTENDED, Phase.WRITTEN):
        assert seen[each] >= _OF_EACH_KIND


def _crash(struck: Ring, point: Point, seed: int) -> Phase:
    here = struck.prepare()
    victim = struck.strike(here, point, how="kill")
    try:
        assert victim.exit == -signal.SIGKILL
        with struck.start() as start:
            left = struck.accounts(start, here)
            assert victim.ended.items() <= left.ended().items()
            settle(struck, here, start, _ENDS)
    except BaseException as error:
        error.add_note(f"seed {seed}, killed at {point}: {victim.where}")
        raise
    return phase(left)
