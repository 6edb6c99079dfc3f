"""The order of reading and the two scans, held against everything that can happen in between.

`tests/model` has the small world that is explored, and what is explored in more than a second.
Each story is the shortest there is; what the scanner does in it is left out where it goes without
saying.
"""

from __future__ import annotations

import pytest

from exporter.judge import Rules
from tests.docs.pages import ROOT
from tests.model.explorer import false_orphan, interleavings, missed_orphan
from tests.model.lost import lost
from tests.model.reading import CORRECT, Way
from tests.model.scene import Scene
from tests.model.world import beginning, long_reserved, shutting_down, with_another

AT_ONCE = Rules(grace=0.0, confirm_after=0.0, settle=0.0)
WORKERS_FIRST = Way(
    ("before", "connections", "publish", "answers", "queue", "unacked", "results", "after")
)
UNACKED_FIRST = Way(
    ("before", "unacked", "queue", "connections", "publish", "answers", "results", "after")
)
CONNECTIONS_LAST = Way(
    ("before", "queue", "unacked", "publish", "answers", "connections", "results", "after")
)
CONNECTIONS_AFTER_THE_QUESTION = Way(
    ("before", "queue", "unacked", "publish", "connections", "answers", "results", "after")
)
NOT_READ_AGAIN = Way(CORRECT[:-1])
FROM_THE_RIGHT = Way(from_the_left=False)
WITHOUT_UNACKED = tuple(part for part in CORRECT if part != "unacked")
ACTIVE_FIRST = ("active", "reserved")


def steps_of_the_world(story: tuple[str, ...]) -> list[str]:
    """What happens in a story besides the reads of the scanner."""
    return [line for line in story if not line.startswith(" ")]


def test_one_scan_in_the_right_order_is_enough_where_nothing_moves_upstream() -> None:
    """Whatever happens between its reads, with one mishap, it calls nothing living orphaned."""
    worlds = (beginning(mishaps=1), with_another(beginning(mishaps=1, pushes=1)))
    found = false_orphan(Scene(worlds, rules=AT_ONCE))
    assert found.story == (), str(found)
    assert found.orphans > 0
    assert found.states > 5_000
    assert interleavings(worlds[0], Way()) > 20_000_000


def test_two_scans_outlive_one_slip() -> None:
    """A message that is in no place, or moves upstream, in one scan is seen by the other."""
    world = beginning(workers=1, slips=1)
    found = false_orphan(Scene((world, long_reserved(world)), pauses=(20,)))
    assert found.story == (), str(found)
    assert found.states > 5_000


def test_an_import_that_is_lost_is_orphaned_by_the_second_scan() -> None:
    """However it was lost, two complete scans suffice; and without mishaps they are complete."""
    worlds = lost(beginning(mishaps=1, slips=1), since=100, mishaps=0)
    found = missed_orphan(Scene(worlds, pauses=(20,)))
    assert found.story == (), str(found)
    assert found.orphans == len(worlds) > 10


@pytest.mark.parametrize(
    ("scene", "steps"),
    [
        pytest.param(
            Scene((beginning(),), WORKERS_FIRST, AT_ONCE),
            ["w1 takes the message", "w1 begins the task"],
            id="workers asked before the queue",
        ),
        pytest.param(
            Scene((beginning(mishaps=1),), UNACKED_FIRST, AT_ONCE),
            ["w1 takes the message", "w1 is killed"],
            id="unacked before the queue",
        ),
        pytest.param(
            Scene((shutting_down(beginning(mishaps=1)),), CONNECTIONS_LAST, AT_ONCE),
            ["w2 is killed"],
            id="connections after the answers",
        ),
        pytest.param(
            Scene((with_another(beginning()),), FROM_THE_RIGHT, AT_ONCE),
            ["w1 takes the other message"],
            id="queue from the right",
        ),
        pytest.param(
            Scene((beginning(),), NOT_READ_AGAIN, AT_ONCE),
            [
                "w1 takes the message",
                "w1 begins the task",
                "the task on w1 sets the status anew",
                "the task on w1 writes its end into the database",
                "the task on w1 ends",
            ],
            id="database not read again",
        ),
        pytest.param(
            Scene((beginning(slips=1),), rules=Rules(confirm_after=0.0)),
            ["w1 pops the message, which is in no key now"],
            id="one scan and a message between two places",
        ),
        pytest.param(
            Scene((long_reserved(beginning(slips=1, mishaps=1)),), rules=Rules(confirm_after=0.0)),
            ["w1 is told to shut down", "w1 ends its shutdown and hands its message back"],
            id="one scan and a message handed back",
        ),
        pytest.param(
            Scene((beginning(sent=False),), rules=Rules(grace=0.0), pauses=(20,)),
            ["20 s pass"],
            id="no grace for a message that is not sent yet",
        ),
    ],
)
def test_another_way_of_reading_calls_a_living_task_orphaned(
    scene: Scene, steps: list[str]
) -> None:
    """Each rule of the reading is needed: without it there is a story that goes wrong."""
    found = false_orphan(scene)
    assert steps_of_the_world(found.story) == steps, str(found)


def test_the_page_that_tells_how_it_knows_shows_such_a_story() -> None:
    """It is quoted as the test prints it."""
    found = false_orphan(Scene((beginning(),), WORKERS_FIRST, AT_ONCE))
    page = (ROOT / "docs" / "how-it-knows.md").read_text(encoding="utf-8")
    assert f"```\n{found}\n```" in page


def test_active_may_be_asked_before_reserved_because_unacked_was_read() -> None:
    """What begins between the two answers was in the queue or in `unacked` a moment before."""
    world = beginning()
    active_first = Way(questions=ACTIVE_FIRST)
    assert false_orphan(Scene((world,), active_first, AT_ONCE)).story == ()
    found = false_orphan(Scene((world,), Way(WITHOUT_UNACKED, questions=ACTIVE_FIRST), AT_ONCE))
    assert steps_of_the_world(found.story) == ["w1 takes the message", "w1 begins the task"]
    in_order = Way(WITHOUT_UNACKED)
    assert false_orphan(Scene((world,), in_order, AT_ONCE)).story == ()


def test_connections_may_be_listed_right_after_the_question() -> None:
    """Who leaves in between was counted and gives no answer, so the scan is incomplete anyway."""
    found = false_orphan(Scene((beginning(mishaps=1),), CONNECTIONS_AFTER_THE_QUESTION, AT_ONCE))
    assert found.story == (), str(found)
