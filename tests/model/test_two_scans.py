"""What two scans outlive, gone through to the end: millions of states, with the shipped rules."""

from __future__ import annotations

import pytest

from tests.model.explorer import false_orphan, missed_orphan
from tests.model.lost import lost
from tests.model.scene import Scene
from tests.model.world import beginning, long_reserved, shutting_down


@pytest.mark.parametrize(
    ("scene", "states"),
    [
        pytest.param(
            Scene(
                (
                    beginning(slips=1, mishaps=1),
                    long_reserved(beginning(slips=1, mishaps=1)),
                ),
                pauses=(20,),
            ),
            900_000,
            id="two workers, a slip and a mishap",
        ),
        pytest.param(
            Scene((beginning(workers=1, mishaps=3),), pauses=(20,)),
            150_000,
            id="three mishaps",
        ),
        pytest.param(
            Scene((shutting_down(beginning(mishaps=2)),), pauses=(20,)),
            20_000,
            id="a worker in warm shutdown and two mishaps",
        ),
        pytest.param(
            Scene((beginning(workers=1, sent=False, mishaps=1),), pauses=(70, 20)),
            50_000,
            id="a message that is sent after its row",
        ),
    ],
)
def test_a_living_task_is_never_called_orphaned(scene: Scene, states: int) -> None:
    """Whatever happens when, within these bounds, two complete scans tell the truth."""
    found = false_orphan(scene)
    assert found.story == (), str(found)
    assert found.states > states
    assert found.orphans > 0


def test_two_slips_at_the_wrong_moments_are_one_too_many() -> None:
    """Each scan sees what one slip hides from another; a slip in every one hides it from all."""
    found = false_orphan(Scene((beginning(workers=1, slips=2, mishaps=1),), pauses=(20,)))
    assert [line for line in found.story if not line.startswith(" ")] == [
        "w1 pops the message, which is in no key now",
        "20 s pass",
        "w1 is told to shut down",
        "w1 ends its shutdown and hands its message back",
    ]


def test_an_import_that_is_lost_is_orphaned_by_two_complete_scans() -> None:
    """However it was lost and whatever befalls workers meanwhile."""
    worlds = lost(beginning(mishaps=2, slips=1), since=100, mishaps=1)
    found = missed_orphan(Scene(worlds, pauses=(20,)))
    assert found.story == (), str(found)
    assert found.orphans > len(worlds) > 30
