"""The story of one timeline, from everything that is stored of it. Pure."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from exporter.events.gaps import gaps
from exporter.events.records import Kind, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from exporter.events.gaps import Gap
    from exporter.events.reading import Material
    from exporter.events.records import Finding, TaskEvent

_FOUND = {
    "queued": "found in the queue",
    "reserved": "found reserved at",
    "running": "found active on",
    "stalled": "active for too long on",
    "parked": "found parked: handed to a worker that is gone",
    "draining": "being finished in warm shutdown by",
    "waiting": "waits for what comes before it",
    "suspect": "suspected: its task is nowhere",
    "orphaned": "orphaned",
    "unknown": "unknown: the evidence is incomplete",
    None: "not unfinished any more: it ended, or was changed or removed",
}
_WITH_WORKER = frozenset({"reserved", "running", "stalled", "draining"})

_HAPPENED = {
    Kind.SENT: "was sent by",
    Kind.RECEIVED: "was received by",
    Kind.STARTED: "was started on",
    Kind.SUCCEEDED: "succeeded on",
    Kind.FAILED: "failed on",
    Kind.REJECTED: "was rejected by",
    Kind.REVOKED: "was revoked on",
    Kind.RETRIED: "is to be tried again, says",
}
_STATES = {
    "up": "answers again",
    "wedged": "does not answer any more",
    "draining": "began its warm shutdown",
    "dead": "its connection is gone",
    "offline": "said goodbye and is gone",
    "unknown": "cannot be told of any more",
}
_SHOWN_OF_TASK = 8
_SAME_MOMENT = 10.0
"""Ages are whole seconds on some databases: the same moment may be told a little apart."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did about it, as the journal has it."""

    at: float
    text: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """One thing that happened, who says so, and what speaks for it. `is_gap`: nobody knows."""

    at: float
    source: str
    text: str
    reasons: tuple[str, ...] = ()
    is_gap: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """Chapters in the order of time, and what has to be known to read them."""

    chapters: tuple[Chapter, ...]
    remarks: tuple[str, ...] = ()


def story(material: Material, acts: Sequence[Act] = (), *, details: bool = True) -> Story:
    """Tell everything that is known; `details` says whether workers' own words may be told.

    Of moments that are the same, causes come before what was concluded from them: in each scan
    workers before verdicts.
    """
    told = [
        *_uploads(material),
        *(_of_event(event, details=details) for event in material.events),
        *_of_workers(material),
        *_of_findings(material),
        *(Chapter(act.at, "journal", act.text, act.reasons) for act in acts),
    ]
    if told:
        first, last = min(each.at for each in told), max(each.at for each in told)
        told += [
            _of_gap(gap)
            for gap in gaps(material.watches)
            if gap.until_at > first and gap.began_at < last
        ]
    told.sort(key=lambda chapter: chapter.at)
    return Story(tuple(told), tuple(_remarks(material)))


def _uploads(material: Material) -> Iterator[Chapter]:
    """Each data source once, and each time that the timeline was set to processing."""
    made: set[int] = set()
    since: list[float] = []
    for finding in material.findings:
        for source in finding.sources:
            if source.data_source_id not in made:
                made.add(source.data_source_id)
                text = f"uploaded: data source {source.data_source_id} ({source.kind})"
                yield Chapter(source.made_at, Stream.SCANS, text)
        if finding.target != "timeline" or finding.since is None:
            continue
        if not since or abs(finding.since - since[-1]) > _SAME_MOMENT:
            since.append(finding.since)
            yield Chapter(finding.since, Stream.SCANS, "set to processing")


def _of_event(event: TaskEvent, *, details: bool) -> Chapter:
    text = f"task {event.task_id[:_SHOWN_OF_TASK]} {_HAPPENED[event.kind]} {event.worker}"
    reasons = (event.detail,) if event.detail and details else ()
    return Chapter(event.at, Stream.TASKS, text, reasons)


def _of_workers(material: Material) -> Iterator[Chapter]:
    """The changes of a worker while it was the one that had the task, and its last heartbeat."""
    holder = _holders(material)
    gone: set[str] = set()
    beats: set[tuple[str, float]] = set()
    for change in material.workers:
        if holder(change.at) != change.worker:
            continue
        if change.state == "up":
            if change.worker not in gone:
                continue
            gone.discard(change.worker)
        else:
            gone.add(change.worker)
            beat = change.last_heartbeat
            if beat is not None and (change.worker, beat) not in beats:
                beats.add((change.worker, beat))
                yield Chapter(beat, Stream.WORKERS, f"{change.worker}: its last heartbeat")
        text = f"{change.worker}: {_STATES.get(change.state, change.state)}"
        yield Chapter(change.at, Stream.SCANS, text, change.reasons)


def _holders(material: Material) -> Callable[[float], str | None]:
    """Who was known to have the task last, at any moment."""
    tellers: list[tuple[float, str]] = [(each.at, each.worker) for each in material.events]
    tellers += ((each.at, each.worker) for each in material.findings if each.worker is not None)
    tellers.sort(key=itemgetter(0))

    def holder(at: float) -> str | None:
        place = bisect_right(tellers, at, key=itemgetter(0))
        return tellers[place - 1][1] if place else None

    return holder


def _of_findings(material: Material) -> Iterator[Chapter]:
    """Each change once, whichever replicas found it, and how things stood after each gap."""
    broken = [gap.until_at for gap in gaps(material.watches) if Stream.SCANS in gap.streams]
    last: dict[tuple[str, int], Finding] = {}
    for finding in material.findings:
        target = (finding.target, finding.target_id)
        before = last.get(target)
        last[target] = finding
        resumed = before and any(before.at < moment <= finding.at for moment in broken)
        if before is None or resumed or _stands(before) != _stands(finding):
            yield Chapter(finding.at, Stream.SCANS, _found(finding), finding.reasons)


def _stands(finding: Finding) -> tuple[str | None, str | None]:
    return finding.verdict, finding.worker


def _found(finding: Finding) -> str:
    text = _FOUND.get(finding.verdict, str(finding.verdict))
    if finding.verdict in _WITH_WORKER:
        text = f"{text} {finding.worker or 'a worker'}"
    if finding.target == "analysis":
        analyzer = f" ({finding.analyzer})" if finding.analyzer else ""
        return f"analysis {finding.target_id}{analyzer}: {text}"
    return text


def _of_gap(gap: Gap) -> Chapter:
    lasted = f"{gap.until_at - gap.began_at:.0f} s"
    text = f"nothing is known for {lasted} from {' and '.join(gap.streams)}: {gap.because}"
    return Chapter(gap.began_at, "exporter", text, is_gap=True)


def _remarks(material: Material) -> Iterator[str]:
    if material.findings and not material.events:
        yield (
            "No event of its tasks came (events.enable-task-events asks workers to send them): "
            "that a task was received or begun is known by scans."
        )
