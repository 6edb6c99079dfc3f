"""The verdict on an analysis and the chain that it waits in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from exporter.judge import Memory, Rules, judge
from exporter.snapshot import JudgedAnalysis, Place, Verdict
from tests.unit.judge.build import ANALYZER, analysis, consumer, reply, seen, snapshot

if TYPE_CHECKING:
    from exporter.snapshot import Sighting, Snapshot

RULES = Rules()
W1 = "celery@w1"
W2 = "celery@w2"
SKETCH_INIT = "timesketch.lib.tasks.run_sketch_init"


def story(*scans: Snapshot) -> JudgedAnalysis:
    """The last analysis as the last of these scans leaves it."""
    memory = Memory.empty()
    for each in scans:
        judgement, memory = judge(each, memory, RULES)
    return judgement.analyses[-1]


def own(place: Place, where: str = "celery") -> Sighting:
    """The analyzer's own task."""
    return seen(place, where, task="a7", name=ANALYZER, timeline_id=None, analysis_id=7)


@pytest.mark.parametrize(
    ("place", "verdict"), [(Place.ACTIVE, Verdict.RUNNING), (Place.RESERVED, Verdict.RESERVED)]
)
def test_its_own_task_at_a_worker_decides(place: Place, verdict: Verdict) -> None:
    """An analyzer that a worker has is running or reserved."""
    row = [analysis(status="STARTED")]
    assert story(snapshot(0, analyses=row, replies=[reply(W1, own(place, W1))])).verdict == verdict


def test_behind_a_queued_import_it_waits() -> None:
    """The chain in the message names it."""
    head = seen(Place.QUEUE, followers=(7,))
    assert story(snapshot(0, analyses=[analysis()], broker=[head])).verdict == Verdict.WAITING


def test_behind_a_running_import_whose_chain_is_remembered_it_waits() -> None:
    """Once the import runs, its chain exists only in its process; the memory links them."""
    queued = snapshot(0, analyses=[analysis()], broker=[seen(Place.QUEUE, followers=(7,))])
    running = snapshot(
        20, analyses=[analysis(age=120.0)], replies=[reply(W1, seen(Place.ACTIVE, W1))]
    )
    judged = story(queued, running)
    assert judged.verdict == Verdict.WAITING
    assert judged.worker == W1


def test_behind_an_import_whose_chain_was_never_seen_it_may_wait() -> None:
    """From a cold start, any task on the same index whose chain is hidden may be the one."""
    running = snapshot(0, analyses=[analysis()], replies=[reply(W1, seen(Place.ACTIVE, W1))])
    assert story(running, replace(running, tick=20.0)).verdict == Verdict.WAITING


def test_a_task_whose_chain_is_known_is_not_waited_for() -> None:
    """Another import on the same index, whose chain does not name it, keeps nothing alive."""
    other = snapshot(
        0, analyses=[analysis()], broker=[seen(Place.QUEUE, followers=())], replies=[reply(W1)]
    )
    assert story(other, replace(other, tick=15.0)).verdict == Verdict.ORPHANED


def chain(tick: float, *running: Sighting, state: str = "STARTED") -> tuple[Snapshot, ...]:
    """An import with two analyses behind it was seen in the queue, and has ended well since.

    Then two scans in which these tasks run, whose messages nobody saw.
    """
    rows = [analysis(6, status=state), analysis(7)]
    queued = snapshot(0, analyses=rows, broker=[seen(Place.QUEUE, followers=(6, 7))])
    later = [
        snapshot(at, analyses=rows, replies=[reply(W1, *running)], results={"t1": "SUCCESS"})
        for at in (tick, tick + 20.0)
    ]
    return queued, *later


def test_behind_an_analysis_of_its_chain_it_waits() -> None:
    """An analysis that runs, whose message went by unseen, still has its successors in hand."""
    first = seen(Place.ACTIVE, W1, task="a6", name=ANALYZER, timeline_id=None, analysis_id=6)
    judged = story(*chain(20.0, first))
    assert (judged.verdict, judged.worker) == (Verdict.WAITING, W1)
    assert judged.reasons[0] == "its predecessor lives"


def test_an_analysis_of_its_chain_that_died_is_its_end() -> None:
    """What was in the hands of an analysis whose process died is lost with it."""
    first = seen(Place.ACTIVE, W1, task="a6", name=ANALYZER, timeline_id=None, analysis_id=6)
    *before, last = chain(20.0, first)
    died = replace(
        last,
        tick=50.0,
        workers=snapshot(50.0, replies=[reply(W1)]).workers,
        results={"t1": "SUCCESS", "a6": "FAILURE"},
    )
    judged = story(*before, died)
    assert judged.verdict == Verdict.ORPHANED
    assert judged.reasons[0].startswith("its predecessor is dead: the result of task a6")


def test_behind_a_head_that_names_nothing_it_waits() -> None:
    """The task between import and analyses names neither: on the same index it may be its own."""
    head = seen(Place.ACTIVE, W1, task="h1", name=SKETCH_INIT, timeline_id=None)
    assert story(*chain(20.0, head, state="PENDING")).verdict == Verdict.WAITING


def test_another_import_on_its_index_is_not_waited_for() -> None:
    """Where its chain is known, an import of another file on the index keeps nothing alive."""
    other = seen(Place.ACTIVE, W1, task="t2", timeline_id=2)
    assert story(*chain(20.0, other, state="PENDING")).verdict == Verdict.ORPHANED


@pytest.mark.parametrize("state", ["FAILURE", "REVOKED"])
def test_behind_a_failed_import_it_is_orphaned(state: str) -> None:
    """Celery fails the rest of the chain without touching the rows."""
    rows = [analysis(age=5.0)]
    queued = snapshot(0, analyses=rows, broker=[seen(Place.QUEUE, followers=(7,))])
    failed = snapshot(10, analyses=[analysis(age=15.0)], replies=[reply(W1)], results={"t1": state})
    judged = story(queued, failed)
    assert judged.verdict == Verdict.ORPHANED
    assert judged.reasons[0].startswith("its predecessor is dead")


def test_behind_an_import_that_was_handed_out_twice_a_failure_proves_nothing() -> None:
    """Celery fails the rest of the chain when one twin fails; the other may have sent it on."""
    rows = [analysis(age=5.0)]
    head, init = seen(Place.ACTIVE, W1, followers=(7,)), seen(Place.RESERVED, W2, task="i")
    init = replace(init, task_name=SKETCH_INIT, timeline_id=None, followers=(7,))
    one = snapshot(0, analyses=rows, replies=[reply(W1, head), reply(W2)])
    other = snapshot(5, analyses=rows, replies=[reply(W1), reply(W2, replace(head, where=W2))])
    reserved = snapshot(10, analyses=rows, replies=[reply(W1), reply(W2, init)])
    between = snapshot(11, analyses=rows, replies=[reply(W1), reply(W2)], results={"i": "FAILURE"})
    assert story(one, other, reserved, between).verdict == Verdict.SUSPECT


def test_a_task_that_outlives_its_failure_has_a_twin() -> None:
    """What is seen after its end was written down did not end: its end proves nothing any more."""
    rows = [analysis(age=5.0)]
    init = seen(Place.RESERVED, W1, task="i", name=SKETCH_INIT, timeline_id=None, followers=(7,))
    reserved = snapshot(0, analyses=rows, replies=[reply(W1, init)], results={"i": "FAILURE"})
    older = [analysis(age=11.0)]
    between = snapshot(6, analyses=older, replies=[reply(W1)], results={"i": "FAILURE"})
    assert story(reserved, replace(reserved, tick=5.0), between).verdict == Verdict.SUSPECT


def test_the_result_of_a_task_that_was_just_seen_is_asked_for_again() -> None:
    """The failure that a scan reads of a task in sight may be replaced by what becomes of it."""
    rows = [analysis(age=5.0)]
    init = seen(Place.RESERVED, W1, task="i", name=SKETCH_INIT, timeline_id=None, followers=(7,))
    reserved = snapshot(0, analyses=rows, replies=[reply(W1, init)], results={"i": "FAILURE"})
    _, memory = judge(reserved, Memory.empty(), RULES)
    assert "i" in memory.task_ids
    older = [analysis(age=11.0)]
    between = snapshot(6, analyses=older, replies=[reply(W1)], results={"i": "SUCCESS"})
    judgement, memory = judge(between, memory, RULES)
    assert judgement.analyses[-1].verdict == Verdict.SUSPECT
    assert "i" not in memory.task_ids


def test_behind_an_import_that_succeeded_absence_has_to_be_confirmed() -> None:
    """A predecessor that ended well has sent it on: it may be between two places."""
    queued = snapshot(0, analyses=[analysis()], broker=[seen(Place.QUEUE, followers=(7,))])
    ended = snapshot(
        20, analyses=[analysis(age=120.0)], replies=[reply(W1)], results={"t1": "SUCCESS"}
    )
    assert story(queued, ended).verdict == Verdict.SUSPECT
    assert story(queued, ended, replace(ended, tick=35.0)).verdict == Verdict.ORPHANED


def test_a_started_analysis_does_not_wait() -> None:
    """It has begun, so its own task must be somewhere, whoever else works on the index."""
    row = [analysis(status="STARTED")]
    running = snapshot(0, analyses=row, replies=[reply(W1, seen(Place.ACTIVE, W1))])
    assert story(running, replace(running, tick=15.0)).verdict == Verdict.ORPHANED


def test_an_analyzer_that_died_is_orphaned_at_once() -> None:
    """Its own result is proof."""
    row = [analysis(status="STARTED", age=5.0)]
    running = snapshot(0, analyses=row, replies=[reply(W1, own(Place.ACTIVE, W1))])
    died = snapshot(
        5,
        analyses=[analysis(status="STARTED", age=10.0)],
        replies=[reply(W1)],
        results={"a7": "FAILURE"},
    )
    assert story(running, died).verdict == Verdict.ORPHANED


def test_what_cannot_be_seen_makes_unknown() -> None:
    """An unexplained consumer may be running its predecessor."""
    scan = snapshot(0, analyses=[analysis()], consumers=[consumer(9, age=500.0, idle=10.0)])
    assert story(scan, replace(scan, tick=15.0)).verdict == Verdict.UNKNOWN
