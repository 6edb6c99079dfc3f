"""What the guards are told of the past."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from exporter.repair.guards import Decision
from exporter.repair.journal import open_journal
from exporter.repair.records import Brake, Guard, Origin, Outcome, Pause
from exporter.repair.rows import Target
from exporter.snapshot import TaskMessage
from tests.integration.repair.journal.samples import (
    NOW,
    ORIGIN,
    WINDOW,
    Clock,
    analysis_repair,
    execute,
    granting,
    refusing,
    repair,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.repair.changes import Repair
    from exporter.repair.journal import Journal
    from exporter.repair.records import History


def history(journal: Journal) -> History:
    """Read the past with the window of these tests."""
    return journal.history(orphan_window=WINDOW)


def carry_out(journal: Journal, wanted: Repair, outcome: Outcome | None) -> None:
    """Claim and finish, as far as the outcome wants it."""
    refused = outcome is Outcome.REFUSED
    decide = refusing(Guard.PAUSE) if refused else granting
    journal.claim(wanted, ORIGIN, decide, orphan_window=WINDOW)
    if outcome is not None and not refused:
        journal.finish(wanted.repair_id, outcome)


def test_empty(journal: Journal) -> None:
    """An empty journal knows the time and nothing else."""
    found = history(journal)

    assert (found.now, found.pause, found.brake) == (NOW, None, Brake())
    assert (found.granted_at, found.repaired_at, found.orphaned_at) == ((), {}, {})


def test_clock_of_a_file(file_url: str) -> None:
    """A journal in a file goes by this host's clock."""
    before = time.time()
    now = history(open_journal(file_url, instance="i", version="1")).now

    assert before <= now <= time.time()


def test_clock_of_postgresql(database_url: str) -> None:
    """A journal that replicas share goes by the database's clock, after it waited for the lock."""
    shared = open_journal(database_url, instance="i", version="1")

    def moment() -> float:
        sql = "SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision)"
        return float(execute(database_url, sql)[0][0])

    before = moment()
    entry = shared.claim(repair(), ORIGIN, granting, orphan_window=WINDOW)
    shared.close()

    assert before <= entry.begun_at <= moment()


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        (None, True),
        (Outcome.APPLIED, True),
        (Outcome.DRY_RUN, False),
        (Outcome.UNCHANGED, False),
        (Outcome.REFUSED, False),
        (Outcome.FAILED, False),
        (Outcome.ABANDONED, False),
    ],
)
def test_budget(journal: Journal, outcome: Outcome | None, counts: bool) -> None:  # noqa: FBT001
    """What was written, or may be being written, counts against the budget; nothing else."""
    carry_out(journal, repair(), outcome)

    assert history(journal).granted_at == ((NOW,) if counts else ())


def test_undo_costs_no_budget(journal: Journal) -> None:
    """The undo does not count; the repair that it takes back still does."""
    carry_out(journal, repair("the-repair"), Outcome.APPLIED)
    carry_out(journal, repair("the-undo", undoes="the-repair"), Outcome.APPLIED)

    assert history(journal).granted_at == (NOW,)


def test_budget_of_an_hour(journal: Journal, clock: Clock) -> None:
    """A repair counts for an hour from when it was begun."""
    carry_out(journal, repair(), None)

    clock.at = NOW + 3599
    assert history(journal).granted_at == (NOW,)
    clock.at = NOW + 3600
    assert history(journal).granted_at == ()


def test_repaired_at(journal: Journal, clock: Clock) -> None:
    """Each target's last repair or undo counts from when it was applied."""
    carry_out(journal, repair("timeline", 5), Outcome.APPLIED)
    carry_out(journal, repair("failed", 6), Outcome.FAILED)
    carry_out(journal, analysis_repair("analysis", 5, None), Outcome.APPLIED)
    clock.at += 10
    carry_out(journal, repair("timeline-undo", 5, undoes="timeline"), Outcome.APPLIED)

    assert history(journal).repaired_at == {
        (Target.TIMELINE, 5): NOW + 10,
        (Target.ANALYSIS, 5): NOW,
    }


def test_orphaned_at(journal: Journal, clock: Clock, opened: Callable[..., Journal]) -> None:
    """Each target and status row counts from when anybody first found it orphaned."""
    journal.observe([(Target.TIMELINE, 5, 7), (Target.TIMELINE, 5, 7), (Target.ANALYSIS, 5, None)])
    clock.at += 10
    other = opened()
    other.observe([(Target.TIMELINE, 5, 7), (Target.TIMELINE, 5, 8), (Target.ANALYSIS, 5, None)])
    other.observe([])

    assert history(journal).orphaned_at == {
        (Target.TIMELINE, 5, 7): NOW,
        (Target.TIMELINE, 5, 8): NOW + 10,
        (Target.ANALYSIS, 5, None): NOW,
    }


def test_last_workers(journal: Journal, opened: Callable[..., Journal]) -> None:
    """Where a task was last seen is known to whoever asks later; what nobody knew is left out."""
    known, other, unknown = (
        (Target.TIMELINE, 5, 7),
        (Target.TIMELINE, 5, 8),
        (Target.TIMELINE, 6, 9),
    )
    journal.observe([known, other], {known: "celery@\0w1"})

    assert opened().last_workers([known, other, unknown]) == {known: "celery@\0w1"}


def test_messages(journal: Journal, opened: Callable[..., Journal]) -> None:
    """What tasks were sent with is known to whoever asks later: once each, and the fuller one."""
    orphan = (Target.TIMELINE, 5, 7)
    cut = TaskMessage("t1", "run_csv_jsonl", "celery", '[["/\\u0000"], {}]', None)
    whole = replace(cut, chain="[]")
    other = replace(whole, task_id="t2")

    for told in ((cut,), (cut,), (whole, cut), (whole, other), ()):
        journal.observe([orphan], messages={5: told})

    assert opened().messages([5, 6]) == {5: (other, whole, cut)}
    assert journal.messages([]) == {}
    assert history(journal).pause is None


def test_orphans_of_the_window(journal: Journal, clock: Clock) -> None:
    """Sightings older than the window are left out, and are still not new."""
    journal.observe([(Target.TIMELINE, 5, 7)])
    clock.at = NOW + WINDOW

    journal.observe([(Target.TIMELINE, 5, 7)])

    assert history(journal).orphaned_at == {}


def test_many_orphans(journal: Journal) -> None:
    """A storm of thousands is taken down whole."""
    storm = [(Target.TIMELINE, number, number) for number in range(1201)]

    journal.observe(storm[:600])
    journal.observe(storm)

    assert history(journal).orphaned_at == dict.fromkeys(storm, NOW)


def test_pause(journal: Journal, clock: Clock, opened: Callable[..., Journal]) -> None:
    """A pause holds for everybody, with the last reason given, until it is ended."""
    journal.pause("maintenance", ORIGIN)
    clock.at += 1
    journal.pause("half a \udcff reason", Origin("mo", "console"))

    assert history(opened()).pause == Pause(NOW + 1, "mo", "half a \udcff reason")
    assert journal.resume(ORIGIN)
    assert history(opened()).pause is None
    assert not journal.resume(ORIGIN)


def test_release(journal: Journal, clock: Clock) -> None:
    """A release is taken down always, and tells whether the brake was known to be engaged."""
    assert not journal.release_brake(ORIGIN)
    clock.at += 1
    claim_in_a_storm(journal)
    clock.at += 1

    assert journal.release_brake(ORIGIN)
    assert not journal.release_brake(ORIGIN)
    assert history(journal).brake == Brake(engaged_at=NOW + 1, released_at=NOW + 2)


def claim_in_a_storm(journal: Journal) -> None:
    """Claim into a storm."""
    journal.claim(repair(), ORIGIN, lambda _: Decision(storm=True), orphan_window=WINDOW)
