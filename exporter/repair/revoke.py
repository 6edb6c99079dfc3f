"""Which living tasks may be terminated so that their timelines can be repaired. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from exporter.repair.moments import moment
from exporter.repair.rows import Target
from exporter.snapshot import Verdict, WorkerState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from exporter.repair.changes import Repair
    from exporter.repair.records import Revoked
    from exporter.snapshot import JudgedTimeline, JudgedWorker, Judgement

LIVING = frozenset({Verdict.RUNNING, Verdict.STALLED})
"""The verdicts on timelines whose task can be terminated: a worker says that it runs."""

_CANNOT_TERMINATE = frozenset({"solo", "thread"})
"""Pools without `terminate_job` (celery/concurrency/base.py); a busy solo one does not hear."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """The tasks of one timeline and the worker that is to terminate them.

    `task_ids` are all that were seen of this timeline; those that the worker has not begun are
    dropped by it when they come. `since` (Unix seconds) dates the timeline's status.
    """

    timeline_id: int
    name: str
    task_ids: tuple[str, ...]
    worker: str
    since: float


def revocation_of(judged: JudgedTimeline, workers: Iterable[JudgedWorker]) -> Revocation | str:
    """What has to be terminated for this timeline, or why nothing can be."""
    if judged.verdict not in LIVING:
        reasons = "; ".join(judged.reasons)
        return f"it is {judged.verdict}, and only what a worker runs can be revoked: {reasons}"
    if judged.worker is None or not judged.task_ids:
        return "nobody knows which worker runs its task"
    worker = next((each for each in workers if each.worker == judged.worker), None)
    if worker is not None and worker.pool in _CANNOT_TERMINATE:
        return (
            f"{judged.worker} has the pool {worker.pool}, in which no task can be terminated: "
            "end that worker, then repair without --revoke"
        )
    if worker is not None and worker.state is not WorkerState.UP:
        return f"{judged.worker} is {worker.state} and takes no orders"
    timeline = judged.timeline
    return Revocation(
        timeline.timeline_id, timeline.name, judged.task_ids, judged.worker, judged.since
    )


def as_if_gone(judgement: Judgement, revocations: Mapping[int, Revocation]) -> Judgement:
    """The judgement as it will be once these tasks (by timeline) are gone."""
    return replace(
        judgement,
        timelines=tuple(
            _if_gone(judged, revocations.get(judged.timeline.timeline_id))
            for judged in judgement.timelines
        ),
    )


def _if_gone(judged: JudgedTimeline, ordered: Revocation | None) -> JudgedTimeline:
    if ordered is None:
        return judged
    first = f"{_tasks(ordered.task_ids)} on {ordered.worker} has to be terminated first"
    return replace(judged, verdict=Verdict.ORPHANED, reasons=(*judged.reasons, first))


def as_judged(repair: Repair, judgement: Judgement) -> Repair:
    """A repair that was planned from `as_if_gone`, with the verdict that there really is."""
    verdicts: dict[tuple[Target, int], Verdict] = {
        (Target.TIMELINE, judged.timeline.timeline_id): judged.verdict
        for judged in judgement.timelines
    }
    verdict = verdicts.get(repair.key, repair.evidence.verdict)
    return replace(repair, evidence=replace(repair.evidence, verdict=verdict))


@dataclass(frozen=True, slots=True)
class Gone:
    """The tasks are proven gone: the timeline can be repaired."""


@dataclass(frozen=True, slots=True)
class Over:
    """There is nothing to repair any more, and why; nothing is written."""

    reason: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another worker runs one of the tasks; it has to be told as well."""

    worker: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not gone, or not proven gone: what the last scan says."""

    why: str


Progress = Gone | Over | Elsewhere | Waiting


def progress_of(
    ordered: Revocation, judged: JudgedTimeline | None, told: Collection[str]
) -> Progress:
    """How far it is, by a scan after the workers `told` were told; None: no longer processing."""
    if judged is None:
        return Over("it is no longer processing: its task ended, or somebody set its status")
    others = sorted(set(judged.task_ids) - set(ordered.task_ids))
    if others:
        return Over(f"{_tasks(others)} came meanwhile (a new upload?) and is left alone")
    if judged.verdict is Verdict.ORPHANED:
        return Gone()
    if judged.verdict in LIVING and judged.worker is not None and judged.worker not in told:
        return Elsewhere(judged.worker)
    return Waiting(f"it is {judged.verdict}: {'; '.join(judged.reasons)}")


def with_revocations(repair: Repair, revoked: Iterable[Revoked]) -> Repair:
    """The repair, its evidence telling who had which of its tasks terminated before."""
    if repair.target is not Target.TIMELINE:
        return repair
    evidence = repair.evidence
    told = tuple(
        f"its {_tasks(each.task_ids)} on {each.worker} was revoked by {each.actor} "
        f"at {moment(each.at)}"
        for each in revoked
        if each.timeline_id == repair.target_id and each.at >= evidence.since
    )
    return replace(repair, evidence=replace(evidence, reasons=(*evidence.reasons, *told)))


def _tasks(task_ids: Collection[str]) -> str:
    return f"task {', '.join(task_ids)}"
