"""Only what a worker runs may be terminated, and only what was meant counts as gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exporter.repair.records import Revoked
from exporter.repair.revoke import (
    Elsewhere,
    Gone,
    Over,
    Revocation,
    Waiting,
    as_if_gone,
    as_judged,
    progress_of,
    revocation_of,
    with_revocations,
)
from exporter.repair.rows import Target
from exporter.snapshot import JudgedWorker, Verdict, WorkerState
from tests.judgements import AT, judgement, timeline, worker
from tests.unit.repair.build import repair

UP = worker("celery@w1", WorkerState.UP)
ORDER = Revocation(5, "disk-5", ("task-5",), "celery@w1", AT - 600.0)


@pytest.mark.parametrize("verdict", [Verdict.RUNNING, Verdict.STALLED])
@pytest.mark.parametrize("workers", [(UP,), (replace(UP, pool=None),), ()])
def test_what_a_worker_runs_is_revoked(verdict: Verdict, workers: tuple[JudgedWorker, ...]) -> None:
    """A running or stalled task can be terminated on the worker that has it."""
    assert revocation_of(timeline(5, verdict), workers) == ORDER


@pytest.mark.parametrize("verdict", sorted(set(Verdict) - {Verdict.RUNNING, Verdict.STALLED}))
def test_nothing_else_is_revoked(verdict: Verdict) -> None:
    """Any other verdict is told with its reasons."""
    why = revocation_of(timeline(5, verdict), (UP,))
    assert why == (
        f"it is {verdict}, and only what a worker runs can be revoked: "
        "not in queue celery (312 messages read); 3 of 3 connected workers answered"
    )


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (replace(UP, pool="solo"), "celery@w1 has the pool solo, in which no task can be"),
        (replace(UP, pool="thread"), "celery@w1 has the pool thread, in which no task can be"),
        (worker("celery@w1", WorkerState.DRAINING), "celery@w1 is draining and takes no orders"),
        (worker("celery@w1", WorkerState.WEDGED), "celery@w1 is wedged and takes no orders"),
    ],
)
def test_some_workers_cannot_terminate(at: JudgedWorker, words: str) -> None:
    """It is said beforehand if the worker cannot terminate a task, or does not listen."""
    why = revocation_of(timeline(5, Verdict.RUNNING), (worker("celery@w0", WorkerState.UP), at))
    assert isinstance(why, str)
    assert words in why


def test_a_task_without_a_known_worker_is_not_revoked() -> None:
    """Nobody is told to terminate what nobody is known to run."""
    judged = timeline(5, Verdict.RUNNING)
    for unknown in (replace(judged, worker=None), replace(judged, task_ids=())):
        assert revocation_of(unknown, (UP,)) == "nobody knows which worker runs its task"


def test_as_if_gone() -> None:
    """The guards are asked about an orphan, and the journal is told the verdict that there is."""
    made = judgement(timeline(4, Verdict.RUNNING), timeline(5, Verdict.STALLED))
    then = as_if_gone(made, {5: ORDER})
    assert [each.verdict for each in then.timelines] == [Verdict.RUNNING, Verdict.ORPHANED]
    assert then.timelines[1].reasons[-1] == ("task task-5 on celery@w1 has to be terminated first")
    assert as_judged(repair(), made).evidence.verdict == Verdict.STALLED
    assert as_judged(repair(6), made).evidence.verdict == repair(6).evidence.verdict


def test_progress() -> None:
    """Gone is what a scan calls orphaned; until then it is waited for."""
    judged = timeline(5, Verdict.ORPHANED)
    assert progress_of(ORDER, judged, {"celery@w1"}) == Gone()
    assert progress_of(ORDER, replace(judged, task_ids=()), {"celery@w1"}) == Gone()
    assert isinstance(progress_of(ORDER, None, {"celery@w1"}), Over)
    for verdict in (Verdict.RUNNING, Verdict.SUSPECT, Verdict.UNKNOWN, Verdict.QUEUED):
        progress = progress_of(ORDER, timeline(5, verdict), {"celery@w1"})
        assert isinstance(progress, Waiting)
        assert progress.why.startswith(f"it is {verdict}: not in queue")


def test_another_worker_that_runs_it_is_found() -> None:
    """A task of the timeline that another worker runs has to be terminated there as well."""
    judged = replace(timeline(5, Verdict.RUNNING), worker="celery@w2")
    assert progress_of(ORDER, judged, {"celery@w1"}) == Elsewhere("celery@w2")
    assert isinstance(progress_of(ORDER, judged, {"celery@w1", "celery@w2"}), Waiting)


@pytest.mark.parametrize("verdict", [Verdict.RUNNING, Verdict.ORPHANED])
def test_a_task_that_nobody_meant_ends_it(verdict: Verdict) -> None:
    """If a new task of the timeline shows up, nothing more is done, whatever the verdict."""
    judged = replace(timeline(5, verdict), task_ids=("task-5", "task-6"), worker="celery@w2")
    progress = progress_of(ORDER, judged, {"celery@w1"})
    assert isinstance(progress, Over)
    assert progress.reason.startswith("task task-6 came meanwhile (a new upload?)")


def test_a_repair_tells_what_was_revoked() -> None:
    """The evidence names who had the timeline's task terminated since it says processing."""
    made = repair()
    since = made.evidence.since
    revoked = Revoked(since, "root@host", 5, ("t1", "t2"), "celery@w1")
    old, other = replace(revoked, at=since - 1.0), replace(revoked, timeline_id=6)
    told = with_revocations(made, (old, other, revoked)).evidence.reasons
    assert told[:-1] == made.evidence.reasons
    assert told[-1].startswith("its task t1, t2 on celery@w1 was revoked by root@host at 20")
    assert with_revocations(made, (old, other)) == made
    of_analysis = replace(made, target=Target.ANALYSIS)
    assert with_revocations(of_analysis, (revoked,)) == of_analysis
