"""A requeue is carried out once, in an order that a crash leaves harmless."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from exporter.errors import BrokerUnreachableError, RepairUnsettledError, UndoRefusedError
from exporter.repair.apply import Applied
from exporter.repair.records import Entry, Outcome
from exporter.repair.requeue.spot import Spot
from exporter.repair.requeue.upload import Requeueing
from exporter.repair.rows import Target
from tests.judgements import judgement
from tests.unit.repair.build import AT, judged_timeline, row
from tests.unit.repair.engine_world import CLI, HERE, FakeIndex, FakeRows, World
from tests.unit.repair.requeue.build import LOST, message

if TYPE_CHECKING:
    from exporter.repair.changes import Repair

PATH = "/uploads/file-1.csv"
AFTER = replace(LOST, statuses=(row(51, "processing"),))
SENT = message(args=[PATH, "", "disk", "abc", "csv", 5, None, ","])
PURGE = Requeueing(purge=True)


def world(*, events: int = 0, deletes: int = 1_000) -> World:
    """A world in which timeline 5 is lost, and its task was seen."""
    made = World(rows=FakeRows({(Target.TIMELINE, 5): LOST}), index=FakeIndex(events, deletes))
    made.journal.sent = {5: (SENT,)}
    return made


def planned(world: World, how: Requeueing = PURGE) -> Repair:
    """The requeue that is planned."""
    seen = judgement(judged_timeline(LOST))
    (repair,) = world.engine.prepare(seen, lambda _: True, requeueing=how).plan.repairs
    return repair


def perform(world: World, repair: Repair) -> Entry:
    """Carry it out."""
    situation = world.engine.prepare(judgement(judged_timeline(LOST)), lambda _: True).situation
    return world.engine.perform(repair, situation, CLI)


def test_cleared_written_and_sent() -> None:
    """Events are deleted, rows written, and then the task is sent with what the journal knew."""
    here = world(events=3)
    repair = planned(here)
    entry = perform(here, repair)
    assert (entry.outcome, entry.detail) == (Outcome.APPLIED, "3 events were deleted first")
    assert here.index.events == 0
    assert here.celery.sent == [repair.requeue]
    assert repair.requeue is not None
    assert repair.requeue.arguments == SENT.arguments


def test_analyses_are_left_alone() -> None:
    """A requeue plans timelines only."""
    seen = judgement(judged_timeline(LOST))
    made = world().engine.prepare(seen, lambda _: True, requeueing=PURGE)
    assert [repair.key for repair in made.plan.repairs] == [(Target.TIMELINE, 5)]


@pytest.mark.parametrize(
    ("before", "now", "deletes", "why"),
    [
        (0, 1, 1_000, "1 events of it are in the search index by now, not 0"),
        (3, 4, 1_000, "something imports it still"),
        (3, 3, 2, "2 events of it were deleted and 1 are there still"),
    ],
)
def test_nothing_is_sent_while_events_are_left(
    before: int, now: int, deletes: int, why: str
) -> None:
    """More events than were told, or some that stay, end it before a row is written."""
    here = world(events=before, deletes=deletes)
    repair = planned(here)
    here.index.events = now
    entry = perform(here, repair)
    assert entry.outcome is Outcome.FAILED
    assert why in entry.detail
    assert (here.writer.written, here.celery.sent) == ([], [])


def test_rows_that_changed_send_nothing() -> None:
    """Where the rows are others by now, no task is sent."""
    here = world()
    repair = planned(here)
    here.writer.answer = Applied(Outcome.UNCHANGED, None, "it says ready")
    assert perform(here, repair).outcome is Outcome.UNCHANGED
    assert here.celery.sent == []


def test_a_broker_that_is_away() -> None:
    """Whether it was sent is not known then, and that is what the journal says."""
    here = world()
    repair = planned(here)
    here.celery.broken = BrokerUnreachableError("the broker is away")
    entry = perform(here, repair)
    assert entry.outcome is Outcome.FAILED
    assert "is not known (the broker is away): the next scans tell" in entry.detail


def interrupted(here: World) -> None:
    """Leave the intent of a requeue as a crash does."""
    repair = planned(here)
    here.journal.held[repair.repair_id] = Entry(repair, CLI, "0", HERE, AT)


WRITTEN = Applied(Outcome.APPLIED, AFTER)
NOWHERE = Spot(None, begun=False, doubt="", heard=1)


@pytest.mark.parametrize(
    ("written", "spot", "outcome"),
    [
        (None, NOWHERE, Outcome.ABANDONED),
        (WRITTEN, Spot("in queue celery", begun=False, doubt="", heard=0), Outcome.APPLIED),
        (WRITTEN, Spot("SUCCESS by its result", begun=True, doubt="x", heard=0), Outcome.APPLIED),
        (WRITTEN, NOWHERE, Outcome.FAILED),
        (WRITTEN, replace(NOWHERE, doubt="w1 is silent"), None),
    ],
)
def test_settled_by_looking_for_the_task(
    written: Applied | None, spot: Spot, outcome: Outcome | None
) -> None:
    """After a crash the rows and a look for the task tell how it ended; in doubt it stays open."""
    here = world()
    interrupted(here)
    here.writer.settled = written
    here.celery.found = spot
    settled = here.engine.reconcile()
    assert [entry.outcome for entry in settled] == ([] if outcome is None else [outcome])
    assert here.celery.sent == []


def applied(here: World) -> str:
    """Requeue, and return the repair's id."""
    repair = planned(here)
    here.writer.answer = WRITTEN
    return perform(here, repair).repair.repair_id


def test_undone_by_revoking() -> None:
    """A task that waits is revoked while the rows are locked, and they are put back."""
    here = world()
    undone = applied(here)
    here.celery.found = Spot("in queue celery", begun=False, doubt="", heard=1)
    undo = here.engine.plan_undo(undone)
    entry = here.engine.undo(undo, CLI)
    assert entry.outcome is Outcome.APPLIED
    assert undo.requeue is not None
    assert here.celery.revoked == [undo.requeue.task_id]
    assert len(here.celery.sent) == 1


@pytest.mark.parametrize(
    ("spot", "why"),
    [
        (Spot("active on w1", begun=True, doubt="", heard=1), "has begun, it is active on w1"),
        (Spot("in queue celery", begun=False, doubt="", heard=0), "no worker answers"),
        (replace(NOWHERE, doubt="w1 is silent"), "cannot be told now: w1 is silent"),
    ],
)
def test_not_undone(spot: Spot, why: str) -> None:
    """What has begun, or may have, or would run in spite of it, is not taken back."""
    here = world()
    undone = applied(here)
    here.celery.found = spot
    with pytest.raises(UndoRefusedError, match=why):
        here.engine.plan_undo(undone)
    here.celery.found = NOWHERE
    undo = here.engine.plan_undo(undone)
    here.celery.found = spot
    assert here.engine.undo(undo, CLI).outcome is Outcome.FAILED
    assert here.celery.revoked == []


def test_a_lost_commit_stays_open() -> None:
    """Where nobody can say whether the rows were written, no task is sent."""
    here = world()
    repair = planned(here)
    here.writer.answer = RepairUnsettledError("nobody can say")
    with pytest.raises(RepairUnsettledError):
        perform(here, repair)
    assert here.celery.sent == []
    assert here.journal.held[repair.repair_id].outcome is None
