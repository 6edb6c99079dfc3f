"""What the API answers is what its models say, in JSON that any text can be told in."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from exporter.repair.choice import Choice
from exporter.repair.engine import Prepared
from exporter.repair.guards import Decision, GuardRules, Mode, Situation, standing
from exporter.repair.plan import NotPlanned, Plan
from exporter.repair.records import Entry, Guard, History, Outcome, Pause, Refusal
from exporter.repair.requests import Asked, Conclusion, Request, RequestOutcome
from exporter.repair.rows import Target
from exporter.snapshot import QueueDepth, Verdict, WorkerState
from exporter.web.acting.plans import KeptPlan, Result
from exporter.web.api import acted, judged, models
from exporter.web.api.answers import AsciiJson
from exporter.web.api.paging import Asked as AskedPart
from exporter.web.api.paging import page
from exporter.web.views.scan_record import record_of
from tests.judgements import AT, JUDGEMENTS, analysis, judgement, timeline, worker
from tests.unit.repair.build import judged_timeline, planned, source
from tests.unit.repair.build import timeline as rows
from tests.unit.repair.engine_world import CLI, HERE

if TYPE_CHECKING:
    from exporter.snapshot import Judgement

FIVE = rows(source(1, "processing"))
(REPAIR,) = planned((judged_timeline(FIVE), FIVE)).repairs
PAUSED = Refusal(Guard.PAUSE, "paused by root (case 0815)")
ENTRY = Entry(REPAIR, CLI, "1", HERE, AT, outcome=Outcome.REFUSED, refusals=(PAUSED,))


def kept(decision: Decision) -> KeptPlan:
    """A plan of one repair."""
    gone = NotPlanned(Target.TIMELINE, 8, "changed since")
    prepared = Prepared(
        Plan((REPAIR,), (gone,)), Situation(complete=True), {REPAIR.repair_id: decision}
    )
    return KeptPlan("abcd", "olga", Choice(), prepared, AT)


@given(JUDGEMENTS)
def test_judgements(made: Judgement) -> None:
    """Whatever is judged is told as the models have it."""
    for each in made.timelines:
        models.Timeline.model_validate(judged.timeline(each))
        for data_source in each.timeline.data_sources:
            models.DataSource.model_validate(judged.data_source(data_source))
    for found in made.analyses:
        models.Analysis.model_validate(judged.analysis(found))
    for known in made.workers:
        models.Worker.model_validate({**judged.worker(known), **judged.pulse(known)})
    for depth in made.queues:
        models.Queue.model_validate(judged.queue(depth))
    models.Scan.model_validate(judged.scan(record_of(made)))
    models.Scanned.model_validate(judged.scanned(made))


def test_names_are_for_those_who_sign_in() -> None:
    """Without names nothing is told that people wrote."""
    told = judged.timeline(timeline(5, Verdict.ORPHANED), names=False)
    assert models.Timeline.model_validate(told).name is None
    entry = models.Entry.model_validate(acted.entry(ENTRY, names=False))
    assert (entry.name, entry.before, entry.changes) == (None, {}, [])
    assert entry.refusals[0].reason == "repairs were paused"
    history = History(now=AT, pause=Pause(AT, "root", "case 0815"))
    stand = standing(None, history, GuardRules())
    guards = acted.guards(Mode.DRY_RUN, stand, names=False)
    assert models.Guards.model_validate(guards).paused == models.Paused(
        at="2025-11-23T09:00:00.000Z", actor="root", reason=None
    )
    assert "0815" not in json.dumps([guards, acted.entry(ENTRY, names=False)])
    assert "0815" in json.dumps([acted.guards(Mode.DRY_RUN, stand), acted.entry(ENTRY, names=True)])


def test_guards_without_a_journal() -> None:
    """What the journal alone knows is null while it is away."""
    told = models.Guards.model_validate(acted.guards(Mode.ENFORCE, None))
    assert (told.mode, told.journal_up, told.budget_remaining) == ("enforce", False, None)


@pytest.mark.parametrize("names", [True, False])
def test_requests(*, names: bool) -> None:
    """An attempt is told with its end, and the words of a guard to those who sign in."""
    asked = Asked("abcd", Target.TIMELINE, None, "f", "Alert", {})
    ended = Conclusion(RequestOutcome.REFUSED, "pause: case 0815")
    told = acted.request(Request(1, asked, 1, AT, HERE, ended, AT + 1), names=names)
    models.Request.model_validate(told)
    assert told["detail"] == ("pause: case 0815" if names else "")


def test_plans() -> None:
    """A plan has what would be written, why, what the guards say, and the rows of before."""
    told = models.Plan.model_validate(acted.plan(kept(Decision((PAUSED,)))))
    [repair] = told.repairs
    assert repair.decision.refusals[0].guard == "pause"
    assert repair.before["timeline_id"] == 5
    assert "timeline 5: processing → fail" in repair.changes
    assert (told.confirm, told.not_planned[0].reason) == ("repair 0", "changed since")
    result = Result((ENTRY,), (NotPlanned(Target.ANALYSIS, 9, "it changed"),), "lost", 2)
    applied = models.Applied.model_validate(acted.applied(result))
    assert (applied.problem, applied.not_tried, applied.changed[0].target_id) == ("lost", 2, 9)


def test_half_a_surrogate_pair() -> None:
    """A name that is no text for UTF-8 is told as JSON has it."""
    odd = worker("celery@\ud800", WorkerState.UP)
    body = AsciiJson(judged.worker(odd)).body
    assert json.loads(bytes(body))["worker"] == "celery@\ud800"


def test_a_part_of_a_long_list() -> None:
    """It is filtered, ordered and cut, and pages never overlap."""
    all_of_them = [
        replace(timeline(number, verdict, sketch_id=number % 2 + 1), since=AT - number % 3)
        for number, verdict in enumerate([Verdict.ORPHANED, Verdict.RUNNING] * 5, start=1)
    ]

    def ids(**asked: object) -> list[int]:
        found = page(all_of_them, AskedPart.model_validate(asked))
        return [each.timeline.timeline_id for each in found.judged]

    assert ids() == list(range(1, 11))
    assert ids(sort="-id", limit=2, offset=1) == [9, 8]
    assert ids(verdict="orphaned") == [1, 3, 5, 7, 9]
    assert ids(sketch=1) == [2, 4, 6, 8, 10]
    assert ids(verdict="orphaned", sketch=1) == []
    assert ids(sort="since") == [2, 5, 8, 1, 4, 7, 10, 3, 6, 9]
    parts = [ids(sort="worker", limit=3, offset=offset) for offset in range(0, 12, 3)]
    assert [each for part in parts for each in part] == ids()
    assert page(all_of_them, AskedPart(limit=1)).total == 10


def test_the_parts_that_are_no_timelines() -> None:
    """Analyses are cut in the same way, and what a broker does not tell is null."""
    found = page([analysis(2, Verdict.WAITING), analysis(1, Verdict.QUEUED)], AskedPart())
    assert [each.analysis.analysis_id for each in found.judged] == [1, 2]
    assert judged.queue(QueueDepth("celery", None, None)) == {
        "queue": "celery",
        "ready": None,
        "unacked": None,
    }
    assert judged.scan(record_of(replace(judgement(), statuses=None)))["timelines"] is None
