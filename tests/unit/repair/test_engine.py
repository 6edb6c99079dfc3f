"""The engine's order makes a crash harmless: intent, then rows, then outcome."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exporter.errors import (
    JournalFullError,
    OutcomeLostError,
    RepairBlockedError,
    RepairUnsettledError,
    UndoRefusedError,
    UnknownRepairError,
)
from exporter.repair.apply import Applied
from exporter.repair.engine import FOREIGN_INTENT_LASTS, INTENT_LASTS
from exporter.repair.guards import Decision, GuardRules, Mode, Situation
from exporter.repair.records import Entry, Guard, Outcome, Refusal
from exporter.repair.rows import Target
from exporter.snapshot import JudgedTimeline, Verdict
from tests.judgements import judgement
from tests.unit.repair.build import AT, judged_timeline, repair, row, source, timeline
from tests.unit.repair.engine_world import CLI, HERE, FakeJournal, FakeRows, FakeWriter, World

SITUATION = Situation(complete=True)
FIVE = timeline(source(1, "processing"))
AFTER = replace(FIVE, statuses=(row(51, "fail"),))
KEY = (Target.TIMELINE, 5)


def orphan() -> JudgedTimeline:
    """Timeline 5, orphaned."""
    return judged_timeline(FIVE)


def intent(*, instance: str = HERE, begun_at: float = AT) -> FakeJournal:
    """A journal with one intent that nobody ended."""
    return FakeJournal(held={"r1": Entry(repair(), CLI, "0", instance, begun_at)})


def applied(repair_id: str = "r1") -> Entry:
    """A repair that was applied and left `AFTER`."""
    made = replace(repair(), repair_id=repair_id)
    return Entry(made, CLI, "0", HERE, AT, outcome=Outcome.APPLIED, after=AFTER)


def test_a_judge_without_memory_learns_where_the_task_was_last_seen() -> None:
    """What a running exporter took down of an orphan is told to the analyst by a command too."""
    journal = FakeJournal()
    for worker, told in (("celery@w1", "celery@w1"), (None, "celery@w1")):
        world = World(journal=journal, rows=FakeRows({KEY: FIVE}))
        seen = judgement(replace(orphan(), worker=worker))
        (planned,) = world.engine.prepare(seen, lambda _: True).plan.repairs
        assert planned.evidence.worker == told
        assert any(f"last seen on {told}" in str(change) for change in planned.changes)


def test_prepare_plans_what_is_wanted_and_claims_nothing() -> None:
    """A plan has repairs, their guards' answers and the situation; the journal has no entry."""
    world = World(rows=FakeRows({KEY: FIVE}))
    running = replace(orphan(), verdict=Verdict.RUNNING)
    running = replace(running, timeline=replace(running.timeline, timeline_id=6))
    made = judgement(orphan(), running)
    prepared = world.engine.prepare(made, lambda item: item.verdict is Verdict.ORPHANED)
    (planned,) = prepared.plan.repairs
    assert planned.key == KEY
    assert prepared.decisions[planned.repair_id].granted
    assert prepared.situation.processing == 2
    assert prepared.situation.orphaned == ((Target.TIMELINE, 5, 50),)
    assert world.journal.observed == [(Target.TIMELINE, 5, 50)]
    assert world.journal.held == {}
    assert world.rows.labels_asked == []


def test_prepare_says_what_cannot_be_planned() -> None:
    """A timeline whose rows are gone since is told with the reason."""
    prepared = World().engine.prepare(judgement(orphan()), lambda _: True)
    assert prepared.plan.repairs == ()
    (left_out,) = prepared.plan.not_planned
    assert (left_out.target, left_out.target_id) == KEY


def test_prepare_counts_the_plan_itself_against_the_budget() -> None:
    """Where the budget suffices for a part of the plan, the rest is shown as refused."""
    six = replace(FIVE, timeline_id=6)
    world = World(
        rules=GuardRules(mode=Mode.ENFORCE, budget=1),
        rows=FakeRows({KEY: FIVE, (Target.TIMELINE, 6): six}),
    )
    prepared = world.engine.prepare(judgement(orphan(), judged_timeline(six)), lambda _: True)
    first, second = (prepared.decisions[each.repair_id] for each in prepared.plan.repairs)
    assert first.granted
    assert [refusal.guard for refusal in second.refusals] == [Guard.BUDGET]


@pytest.mark.parametrize(
    ("labels", "guards"), [({}, []), ({1: frozenset({"court"})}, [Guard.PROTECTED])]
)
def test_labels_are_read_where_labels_protect(
    labels: dict[int, frozenset[str]], guards: list[Guard]
) -> None:
    """A sketch without labels is known to have none; a protected one is refused."""
    rules = GuardRules(mode=Mode.ENFORCE, protected_labels=frozenset({"court"}))
    world = World(rules=rules, rows=FakeRows({KEY: FIVE}, labels))
    prepared = world.engine.prepare(judgement(orphan()), lambda _: True)
    (decision,) = prepared.decisions.values()
    assert [refusal.guard for refusal in decision.refusals] == guards
    assert world.rows.labels_asked == [1]


def test_a_granted_repair_is_written_between_intent_and_outcome() -> None:
    """The journal holds the intent while the rows are written, and then how it ended."""
    world = World()
    seen: list[Outcome | None] = []
    world.writer.answer = Applied(Outcome.APPLIED, AFTER)
    world.writer.meanwhile = lambda: seen.append(world.journal.held["r1"].outcome)
    entry = world.engine.perform(repair(), SITUATION, CLI)
    assert seen == [None]
    assert (entry.outcome, entry.after, entry.origin) == (Outcome.APPLIED, AFTER, CLI)
    assert world.writer.written == ["r1"]


def test_rows_that_changed_are_the_outcome() -> None:
    """A repair whose rows are others by now ends as unchanged, with what changed."""
    world = World(writer=FakeWriter(Applied(Outcome.UNCHANGED, None, "timeline 5 says ready")))
    entry = world.engine.perform(repair(), SITUATION, CLI)
    assert (entry.outcome, entry.detail) == (Outcome.UNCHANGED, "timeline 5 says ready")


@pytest.mark.parametrize(
    ("mode", "dry_run", "outcome"),
    [
        (Mode.OFF, False, Outcome.REFUSED),
        (Mode.OFF, True, Outcome.REFUSED),
        (Mode.DRY_RUN, False, Outcome.DRY_RUN),
        (Mode.ENFORCE, True, Outcome.DRY_RUN),
    ],
)
def test_nothing_is_written_unless_the_mode_says_so(
    mode: Mode, outcome: Outcome, *, dry_run: bool
) -> None:
    """Only the mode enforce writes, and not when asked for a dry run."""
    world = World(rules=GuardRules(mode=mode))
    entry = world.engine.perform(repair(), SITUATION, CLI, dry_run=dry_run)
    assert entry.outcome is outcome
    assert world.writer.allowed == []


def test_what_was_shown_as_refused_is_not_tried() -> None:
    """A refusal is journalled as it was shown, though the guard may have let go since."""
    world = World()
    refusal = Refusal(Guard.PAUSE, "paused")
    entry = world.engine.refuse(repair(), Decision((refusal,)), CLI)
    assert (entry.outcome, entry.refusals) == (Outcome.REFUSED, (refusal,))
    assert world.writer.allowed == []


def test_without_an_intent_nothing_is_written() -> None:
    """A journal that takes no entry keeps every repair from beginning."""
    world = World(journal=FakeJournal(breaks="claim", broken=JournalFullError("no room")))
    with pytest.raises(JournalFullError):
        world.engine.perform(repair(), SITUATION, CLI)
    assert world.writer.allowed == []


def test_a_failure_is_an_outcome() -> None:
    """What went wrong is in the entry, so that the next repair can be tried."""
    world = World(writer=FakeWriter(RepairBlockedError("the row is locked")))
    entry = world.engine.perform(repair(), SITUATION, CLI)
    assert (entry.outcome, entry.detail) == (Outcome.FAILED, "the row is locked")


def test_an_intent_is_not_begun_late() -> None:
    """After a minute the writer may not begin any more."""
    world = World()
    world.engine.perform(repair(), SITUATION, CLI)

    def wait() -> None:
        world.tick += INTENT_LASTS

    world.writer.meanwhile = wait
    world.engine.perform(replace(repair(), repair_id="r2"), SITUATION, CLI)
    assert world.writer.allowed == [True, False]


def test_an_unsettled_write_leaves_the_intent_open() -> None:
    """Where nobody knows whether it was written, the next look at the rows settles it."""
    world = World(writer=FakeWriter(RepairUnsettledError("the connection was lost")))
    with pytest.raises(RepairUnsettledError):
        world.engine.perform(repair(), SITUATION, CLI)
    world.writer.settled = Applied(Outcome.APPLIED, AFTER)
    (entry,) = world.engine.reconcile()
    assert (entry.outcome, entry.after) == (Outcome.APPLIED, AFTER)


def test_an_outcome_that_the_journal_does_not_take_is_told() -> None:
    """A repair that was written without its outcome is told with what will happen."""
    world = World(journal=FakeJournal(breaks="finish", broken=JournalFullError("no room")))
    with pytest.raises(OutcomeLostError, match="repair r1 was written to Timesketch, but"):
        world.engine.perform(repair(), SITUATION, CLI)
    world.journal.broken = None
    world.writer.settled = Applied(Outcome.APPLIED, AFTER)
    assert [entry.outcome for entry in world.engine.reconcile()] == [Outcome.APPLIED]


def test_an_untouched_intent_is_abandoned() -> None:
    """An intent whose rows nobody touched did nothing."""
    world = World(journal=intent())
    (entry,) = world.engine.reconcile()
    assert entry.outcome is Outcome.ABANDONED
    assert world.engine.reconcile() == ()


@pytest.mark.parametrize(
    ("instance", "age", "settled"),
    [
        (HERE, 0.0, 1),
        ("host/1:99:3", 0.0, 1),  # dead, as the world says
        ("elsewhere/2:1:1", FOREIGN_INTENT_LASTS, 0),
        ("elsewhere/2:1:1", FOREIGN_INTENT_LASTS + 1, 1),
    ],
)
def test_intents_of_the_living_are_left_alone(instance: str, age: float, settled: int) -> None:
    """An intent is settled once its process has ended for certain, or could not write any more."""
    world = World(journal=intent(instance=instance, begun_at=AT - age), dead={"host/1:99:3"})
    assert len(world.engine.reconcile()) == settled


def test_a_repair_under_way_is_not_settled() -> None:
    """A thread that settles leaves the repair alone that another one writes."""
    world = World()
    settled: list[int] = []
    world.writer.meanwhile = lambda: settled.append(len(world.engine.reconcile()))
    entry = world.engine.perform(repair(), SITUATION, CLI)
    assert settled == [0]
    assert entry.outcome is Outcome.APPLIED


def test_what_cannot_be_settled_waits() -> None:
    """Rows that cannot be read leave the intent for the next time."""
    world = World(journal=intent(), writer=FakeWriter(settled=RepairUnsettledError("away")))
    assert world.engine.reconcile() == ()
    assert world.journal.held["r1"].outcome is None


def test_an_undo_is_a_repair_of_its_own() -> None:
    """An undo is planned from the journal, written and journalled; dry-run does not stop it."""
    world = World(
        rules=GuardRules(mode=Mode.DRY_RUN),
        journal=FakeJournal(held={"first": applied("first")}),
        writer=FakeWriter(Applied(Outcome.APPLIED, FIVE)),
    )
    undo = world.engine.plan_undo("first")
    entry = world.engine.undo(undo, CLI)
    assert (entry.repair.undoes, entry.outcome, entry.after) == ("first", Outcome.APPLIED, FIVE)


def test_what_cannot_be_undone_is_refused() -> None:
    """An unknown repair and one that was not applied are each told as such."""
    world = World(journal=intent())
    with pytest.raises(UnknownRepairError):
        world.engine.plan_undo("nothing")
    with pytest.raises(UndoRefusedError):
        world.engine.plan_undo("r1")


def test_review_finds_what_came_over_a_repair() -> None:
    """A repair whose timeline says something else by now is superseded, once, and says by what."""
    world = World(journal=FakeJournal(held={"r1": applied()}), rows=FakeRows({KEY: AFTER}))
    assert world.engine.review() == ()
    world.rows.held[KEY] = replace(AFTER, statuses=(row(52, "ready"),))
    (entry,) = world.engine.review()
    assert entry.superseded_by is not None
    assert entry.superseded_by.startswith("timeline 5 says ready since 2025-11-23 08:00:52")
    assert world.journal.held["r1"].superseded_by == entry.superseded_by
    assert world.engine.review() == ()
