"""What is new in a scan: verdicts and workers that changed, tasks never seen before. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exporter.events.records import Finding, Source, Tie, WorkerChange
from exporter.events.taking_in import LONGEST_NAME, printable
from exporter.snapshot import JudgedTimeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exporter.snapshot import JudgedAnalysis, Judgement

    Judged = JudgedTimeline | JudgedAnalysis

Target = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Known:
    """How an unfinished row stood, as far as a change of it is a new finding."""

    verdict: str
    worker: str | None
    status_id: int
    timeline_id: int | None
    task_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """How everything stood in the last scan. The first page of an exporter is empty."""

    targets: Mapping[Target, Known] = field(default_factory=dict)
    workers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class News:
    """What is new in a scan."""

    findings: Sequence[Finding] = ()
    workers: Sequence[WorkerChange] = ()
    ties: Sequence[Tie] = ()


def turn(page: Page, judgement: Judgement, *, instance: str) -> tuple[News, Page]:
    """What is new, and the next page.

    While Timesketch's database cannot be read nothing is known of rows, so nothing of them changes.
    """
    workers = _worker_changes(page, judgement, instance)
    states = {each.worker: str(each.state) for each in judgement.workers}
    if judgement.statuses is None:
        return News(workers=workers), Page(page.targets, states)
    targets: dict[Target, Known] = {}
    findings: list[Finding] = []
    ties: list[Tie] = []
    everything: Sequence[Judged] = (*judgement.timelines, *judgement.analyses)
    for judged in everything:
        target, status_id, timeline_id = _subject(judged)
        known = Known(judged.verdict, judged.worker, status_id, timeline_id, judged.task_ids)
        before = page.targets.get(target)
        targets[target] = known
        if before is None or _stands(before) != _stands(known):
            findings.append(_finding(judged, target, timeline_id, judgement, instance))
        ties += (
            _tie(task_id, target, timeline_id, found_at(judgement))
            for task_id in judged.task_ids
            if before is None or task_id not in before.task_ids
        )
    for target, known in page.targets.items():
        if target not in targets:
            findings.append(_over(target, known, judgement, instance))
    return News(findings, workers, ties), Page(targets, states)


def found_at(judgement: Judgement) -> float:
    """When a scan's findings are dated: at its end, when all had happened that it saw."""
    return judgement.at + judgement.seconds


def _stands(known: Known) -> tuple[str, str | None, int]:
    return known.verdict, known.worker, known.status_id


def _subject(judged: Judged) -> tuple[Target, int, int | None]:
    """Which row it is, its status row, and the timeline that it belongs to."""
    if isinstance(judged, JudgedTimeline):
        number = judged.timeline.timeline_id
        return ("timeline", number), judged.timeline.status_id, number
    analysis = judged.analysis
    return ("analysis", analysis.analysis_id), analysis.status_id, analysis.timeline_id


def _finding(
    judged: Judged,
    target: Target,
    timeline_id: int | None,
    judgement: Judgement,
    instance: str,
) -> Finding:
    kind, number = target
    return Finding(
        at=found_at(judgement),
        instance=instance,
        target=kind,
        target_id=number,
        timeline_id=timeline_id,
        verdict=str(judged.verdict),
        worker=None if judged.worker is None else _name(judged.worker),
        reasons=judged.reasons,
        task_ids=judged.task_ids,
        since=judged.since,
        complete=judgement.complete,
        analyzer=None if isinstance(judged, JudgedTimeline) else judged.analysis.analyzer,
        sources=_sources(judged, judgement) if isinstance(judged, JudgedTimeline) else (),
    )


def _over(target: Target, known: Known, judgement: Judgement, instance: str) -> Finding:
    kind, number = target
    return Finding(found_at(judgement), instance, kind, number, known.timeline_id, verdict=None)


def _sources(judged: JudgedTimeline, judgement: Judgement) -> tuple[Source, ...]:
    read_at = found_at(judgement)
    return tuple(
        Source(
            data_source_id=source.data_source_id,
            kind="stream" if source.streamed else "file",
            status=source.status,
            made_at=read_at - source.created_age,
            since=read_at - source.status_age,
        )
        for source in judged.timeline.data_sources
    )


def _tie(task_id: str, target: Target, timeline_id: int | None, at: float) -> Tie:
    kind, number = target
    return Tie(_name(task_id), at, timeline_id, number if kind == "analysis" else None)


def _worker_changes(page: Page, judgement: Judgement, instance: str) -> list[WorkerChange]:
    return [
        WorkerChange(
            at=found_at(judgement),
            instance=instance,
            worker=_name(each.worker),
            state=str(each.state),
            last_heartbeat=each.last_heartbeat,
            reasons=each.reasons,
        )
        for each in judgement.workers
        if page.workers.get(each.worker) != each.state
    ]


def _name(text: str) -> str:
    """A name from outside as the history holds it."""
    return printable(text)[:LONGEST_NAME]
