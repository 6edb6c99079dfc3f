"""What was shown and confirmed is done, and nothing else, whatever goes wrong on the way."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import pytest

from exporter.errors import JournalFullError, JournalUnreachableError, RepairUnsettledError
from exporter.repair.choice import Choice
from exporter.repair.guards import Mode
from exporter.repair.records import Origin, Outcome
from exporter.repair.rows import Target
from exporter.repair.still_meant import FRESH_SECONDS
from exporter.snapshot import Verdict
from exporter.web.acting.desk import Desk
from exporter.web.acting.plans import LASTS_SECONDS
from exporter.web.acting.repairs import apply_plan, make_plan, take_back
from exporter.web.refused import Refused
from tests.judgements import judgement
from tests.unit.repair.build import AT, judged_timeline, source, timeline
from tests.unit.repair.engine_world import FakeJournal, FakeRows, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.errors import ExporterError
    from exporter.repair.guards import Standing
    from exporter.repair.journal import Journal
    from exporter.repair.rows import TimelineRows
    from exporter.snapshot import JudgedTimeline, Judgement
    from exporter.web.acting.desk import Workshop

FIVE = timeline(source(1, "processing"))
SIX = replace(timeline(source(2, "processing")), timeline_id=6)
OLGA = Origin("olga", "api")
ALL = Choice()


@dataclass
class Office:
    """A desk over an engine in memory, with a clock and a scan that are set by hand."""

    world: World
    found: Judgement | None
    now: float = AT
    away: ExporterError | None = None
    acted: int = 0
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        """Make the desk."""

        @contextmanager
        def opened() -> Iterator[Workshop]:
            if self.away is not None:
                raise self.away
            # The engine has all of it; the journal is not asked beside it here.
            yield cast("Workshop", self.world)

        def standing(_journal: Journal) -> Standing:
            raise AssertionError

        self.desk = Desk(
            workshop=opened,
            fresh=lambda _timeout: self.found,
            mode=Mode.ENFORCE,
            standing=standing,
            acted=self._count,
            clock=lambda: self.now,
        )

    def _count(self) -> None:
        self.acted += 1

    def apply(self, plan_id: str, confirm: str) -> list[Outcome | None]:
        """What became of the repairs."""
        result = apply_plan(self.desk, plan_id, OLGA, confirm)
        return [entry.outcome for entry in result.entries]


def office(*rows: TimelineRows, journal: FakeJournal | None = None) -> Office:
    """An office where the timelines of these rows are orphaned."""
    held = FakeRows({(Target.TIMELINE, each.timeline_id): each for each in rows})
    world = World(rows=held, journal=journal or FakeJournal())
    return Office(world, judgement(*map(judged_timeline, rows)))


def refusal(status: int) -> pytest.RaisesExc[Refused]:
    """A refusal with this status."""
    return pytest.RaisesExc(Refused, check=lambda error: error.status == status)


def running(rows: TimelineRows) -> JudgedTimeline:
    """A verdict that nothing is repaired on."""
    return judged_timeline(rows, verdict=Verdict.RUNNING)


def test_a_plan_is_of_now_and_tells_what_is_left_out() -> None:
    """It names the orphans of the choice, and what was named and is none, with why."""
    made = office(FIVE, SIX)
    assert made.found is not None
    made.found = replace(made.found, timelines=(judged_timeline(FIVE), running(SIX)))
    plan = make_plan(made.desk, Choice((5, 6, 7)), "olga")
    assert [repair.target_id for repair in plan.prepared.plan.repairs] == [5]
    reasons = {each.target_id: each.reason for each in plan.prepared.plan.not_planned}
    assert reasons[6].startswith("it is running, not orphaned: not in queue")
    assert reasons[7].startswith("it is not processing: ")
    assert make_plan(made.desk, ALL, "olga").prepared.plan.not_planned == ()


def test_no_scan_no_plan() -> None:
    """Without a scan, or without a journal, there is no plan, and it is to be tried again."""
    made = office(FIVE)
    made.away = JournalUnreachableError("the journal is away")
    with refusal(503):
        make_plan(made.desk, ALL, "olga")
    made.away, made.found = None, None
    with refusal(503):
        make_plan(made.desk, ALL, "olga")


def test_a_confirmed_plan_is_carried_out() -> None:
    """The engine gets each repair, in the name of who confirmed, and pages are told."""
    made = office(FIVE, SIX)
    plan = make_plan(made.desk, ALL, "olga")
    assert made.apply(plan.plan_id, " REPAIR  2 ") == [Outcome.APPLIED, Outcome.APPLIED]
    assert [entry.origin for entry in made.world.journal.held.values()] == [OLGA, OLGA]
    assert made.acted == 1
    with refusal(409):
        made.apply(plan.plan_id, "repair 2")


@pytest.mark.parametrize("typed", ["", "repair", "repair 1", "repair 22", "yes", "reparar 2"])
def test_anything_else_typed_does_nothing(typed: str) -> None:
    """A wrong word is refused and counted, and the plan stands."""
    made = office(FIVE, SIX)
    plan = make_plan(made.desk, ALL, "olga")
    with refusal(422):
        made.apply(plan.plan_id, typed)
    assert made.desk.refusals.counts() == {"confirm": 1}
    assert made.world.journal.held == {}
    assert made.apply(plan.plan_id, "repair 2") == [Outcome.APPLIED, Outcome.APPLIED]


def test_after_a_longer_thought_it_is_judged_anew() -> None:
    """What lives by then is left alone and told; what is as it was shown is done."""
    made = office(FIVE, SIX)
    plan = make_plan(made.desk, ALL, "olga")
    made.now += FRESH_SECONDS + 1
    assert made.found is not None
    made.found = replace(made.found, timelines=(running(FIVE), judged_timeline(SIX)))
    result = apply_plan(made.desk, plan.plan_id, OLGA, "repair 2")
    assert [entry.repair.target_id for entry in result.entries] == [6]
    assert [(each.target_id, each.reason) for each in result.changed] == [
        (5, "it changed while you were asked")
    ]


def test_a_row_that_changed_during_a_longer_thought() -> None:
    """A plan of now with other rows is none that was shown."""
    made = office(FIVE)
    plan = make_plan(made.desk, ALL, "olga")
    made.now += FRESH_SECONDS + 1
    later = replace(FIVE, data_sources=(source(1, "queueing", "processing"),))
    made.world.rows.held[Target.TIMELINE, 5] = later
    made.found = judgement(judged_timeline(later))
    result = apply_plan(made.desk, plan.plan_id, OLGA, "repair 1")
    assert (result.entries, len(result.changed)) == ((), 1)


def test_without_a_scan_it_can_be_tried_again() -> None:
    """What could not be judged anew, or journalled, is not spent."""
    made = office(FIVE)
    plan = make_plan(made.desk, ALL, "olga")
    made.now += FRESH_SECONDS + 1
    found, made.found = made.found, None
    with refusal(503):
        made.apply(plan.plan_id, "repair 1")
    made.found = found
    made.world.journal.breaks, made.world.journal.broken = "claim", JournalFullError("no room")
    with refusal(503):
        made.apply(plan.plan_id, "repair 1")
    made.world.journal.broken = None
    assert made.apply(plan.plan_id, "repair 1") == [Outcome.APPLIED]


def test_a_plan_does_not_wait_for_ever() -> None:
    """An old plan is as if there were none."""
    made = office(FIVE)
    plan = make_plan(made.desk, ALL, "olga")
    made.now += LASTS_SECONDS
    with refusal(404):
        made.apply(plan.plan_id, "repair 1")


@pytest.mark.parametrize("breaks", ["claim", "finish"])
def test_what_stops_in_the_middle_is_told(breaks: str) -> None:
    """What was done is told with what stopped the rest, and the plan is spent."""
    made = office(FIVE, SIX)
    journal, writer = made.world.journal, made.world.writer

    def fail() -> None:
        journal.breaks, journal.broken = breaks, JournalFullError("no room")

    plan = make_plan(made.desk, ALL, "olga")
    writer.meanwhile = fail
    result = apply_plan(made.desk, plan.plan_id, OLGA, "repair 2")
    done = ([Outcome.APPLIED], 0) if breaks == "claim" else ([], 1)
    assert ([entry.outcome for entry in result.entries], result.not_tried) == done
    assert "no room" in str(result.problem)
    with refusal(409):
        made.apply(plan.plan_id, "repair 2")


def test_a_repair_of_which_nobody_can_say() -> None:
    """An unsettled repair is told, and never tried a second time by the same plan."""
    made = office(FIVE)
    plan = make_plan(made.desk, ALL, "olga")
    made.world.writer.answer = RepairUnsettledError("lost")
    result = apply_plan(made.desk, plan.plan_id, OLGA, "repair 1")
    assert (result.entries, result.problem) == ((), "lost")


def test_an_undo_is_confirmed_by_its_id() -> None:
    """Nothing else typed takes a repair back, and what cannot be taken back says why."""
    made = office(FIVE)
    plan = make_plan(made.desk, ALL, "olga")
    [entry] = apply_plan(made.desk, plan.plan_id, OLGA, "repair 1").entries
    repair_id = entry.repair.repair_id
    with refusal(404):
        take_back(made.desk, "none", OLGA, "undo none")
    # The journal in memory does not know how the rows were left.
    with refusal(409):
        take_back(made.desk, repair_id, OLGA, f"undo {repair_id}")
    assert made.acted == 1
