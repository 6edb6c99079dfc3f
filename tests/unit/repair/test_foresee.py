"""Before a task is terminated, the guards are asked about the repair that would follow."""

from __future__ import annotations

from dataclasses import replace

from exporter.repair.guards import GuardRules, Mode
from exporter.repair.records import Guard, Outcome, Revoked
from exporter.repair.revoke import Revocation
from exporter.repair.rows import Target
from exporter.snapshot import Verdict
from tests.judgements import judgement
from tests.unit.repair.build import AT, judged_timeline, source, timeline
from tests.unit.repair.engine_world import CLI, FakeJournal, FakeRows, World

FIVE = timeline(source(1, "processing"))
KEY = (Target.TIMELINE, 5)
RUNNING = judged_timeline(FIVE, verdict=Verdict.RUNNING)
ORDERS = {5: Revocation(5, "disk", ("task-5",), "celery@w1", AT - 600.0)}


def test_a_repair_is_foreseen_and_nothing_is_journalled() -> None:
    """The plan has the repair with the verdict that there is, and nobody was found orphaned yet."""
    world = World(rows=FakeRows({KEY: FIVE}))
    shown = world.engine.foresee(
        judgement(RUNNING), lambda each: each.verdict is Verdict.ORPHANED, ORDERS
    )
    (repair,) = shown.plan.repairs
    assert repair.evidence.verdict == Verdict.RUNNING
    assert shown.decisions[repair.repair_id].granted
    assert world.journal.observed == []
    assert world.journal.held == {}


def test_a_storm_of_ones_own_making_is_foreseen() -> None:
    """What would be a storm once it is terminated is refused, and not journalled as one."""
    rules = GuardRules(mode=Mode.ENFORCE, brake_least=1)
    world = World(rules=rules, rows=FakeRows({KEY: FIVE}))
    shown = world.engine.foresee(judgement(RUNNING), lambda _: True, ORDERS)
    (repair,) = shown.plan.repairs
    decision = shown.decisions[repair.repair_id]
    assert [refusal.guard for refusal in decision.refusals] == [Guard.BRAKE]
    assert decision.storm
    entry = world.engine.foretell(repair, decision, CLI)
    assert (entry.outcome, entry.refusals) == (Outcome.REFUSED, decision.refusals)
    assert world.writer.written == []


def test_what_is_not_carried_out_is_a_dry_run() -> None:
    """A foreseen repair that nobody refuses is journalled as a dry run and never written."""
    world = World(rows=FakeRows({KEY: FIVE}))
    shown = world.engine.foresee(judgement(RUNNING), lambda _: True, ORDERS)
    (repair,) = shown.plan.repairs
    entry = world.engine.foretell(repair, shown.decisions[repair.repair_id], CLI)
    assert entry.outcome is Outcome.DRY_RUN
    assert world.writer.written == []


def test_a_plan_tells_what_was_terminated_before() -> None:
    """Whoever prepares a repair later finds the termination in its evidence."""
    revoked = Revoked(AT - 60.0, "root@host", 5, ("task-5",), "celery@w1")
    world = World(rows=FakeRows({KEY: FIVE}), journal=FakeJournal(revoked=(revoked,)))
    orphan = replace(RUNNING, verdict=Verdict.ORPHANED)
    (repair,) = world.engine.prepare(judgement(orphan), lambda _: True).plan.repairs
    assert "its task task-5 on celery@w1 was revoked by root@host at" in repair.evidence.reasons[-1]
