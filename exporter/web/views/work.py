"""Timelines and analyses as rows, and what they are ordered by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.judge.meanings import MEANINGS
from exporter.repair.targets import sketch_of
from exporter.snapshot import JudgedTimeline
from exporter.web.views.tones import URGENCY, tone_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from exporter.snapshot import JudgedAnalysis, Verdict
    from exporter.web.views.tones import Tone

    Judged = JudgedTimeline | JudgedAnalysis

_RANK = {verdict: rank for rank, verdict in enumerate(URGENCY)}

ORDERS: Mapping[str, Callable[[Judged], tuple[int | float | str, ...]]] = {
    "id": lambda judged: (id_of(judged),),
    "sketch": lambda judged: (sketch_of(judged), id_of(judged)),
    "verdict": lambda judged: (_RANK[judged.verdict], id_of(judged)),
    "since": lambda judged: (judged.since, id_of(judged)),
    "worker": lambda judged: (judged.worker or "", id_of(judged)),
}
"""What each column is ordered by; equal ones by their ids, so that pages never overlap."""


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A timeline or analysis, as `kind` says.

    `name` is the timeline's, if it may be shown, or the analyzer's.
    """

    kind: str
    id: int
    sketch_id: int
    timeline_id: int | None
    name: str
    verdict: Verdict
    meaning: str
    tone: Tone
    since: float
    worker: str | None
    task_ids: tuple[str, ...]
    reasons: tuple[str, ...]


def id_of(judged: Judged) -> int:
    """The id of a timeline or analysis."""
    if isinstance(judged, JudgedTimeline):
        return judged.timeline.timeline_id
    return judged.analysis.analysis_id


def row_of(judged: Judged, *, names: bool) -> WorkRow:
    """A row; `names` says whether a timeline's name may be shown."""
    timeline_id: int | None
    if isinstance(judged, JudgedTimeline):
        kind, name, timeline_id = "timeline", judged.timeline.name if names else "", id_of(judged)
    else:
        kind, name, timeline_id = "analysis", judged.analysis.analyzer, judged.analysis.timeline_id
    return WorkRow(
        kind=kind,
        id=id_of(judged),
        sketch_id=sketch_of(judged),
        timeline_id=timeline_id,
        name=name,
        verdict=judged.verdict,
        meaning=MEANINGS[judged.verdict],
        tone=tone_of(judged.verdict),
        since=judged.since,
        worker=judged.worker,
        task_ids=judged.task_ids,
        reasons=judged.reasons,
    )


def by_urgency(judged: Iterable[Judged]) -> list[Judged]:
    """What needs somebody first, and the oldest of it."""
    return sorted(judged, key=lambda each: (_RANK[each.verdict], each.since, id_of(each)))
