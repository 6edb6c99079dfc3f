"""One timeline: where its task is and why, its data sources, its analyses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.web.views.progress import progress_text
from exporter.web.views.work import WorkRow, by_urgency, row_of

if TYPE_CHECKING:
    from exporter.snapshot import DataSource, JudgedTimeline
    from exporter.web.views.scene import Scene


@dataclass(frozen=True, slots=True)
class DataSourceRow:
    """One upload or streamed chunk; moments are Unix seconds."""

    id: int
    kind: str
    status: str
    since: float
    made_at: float


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """`row` is None for a timeline that is not processing."""

    timeline_id: int
    row: WorkRow | None
    data_sources: tuple[DataSourceRow, ...] = ()
    analyses: tuple[WorkRow, ...] = ()
    progress: str | None = None


def timeline_page(scene: Scene, timeline_id: int, *, names: bool) -> TimelinePage:
    """The timeline, as far as the last scan that read Timesketch's database knows of it."""
    known = scene.known
    if known is None:
        return TimelinePage(timeline_id, None)
    analyses = by_urgency(
        each for each in known.analyses if each.analysis.timeline_id == timeline_id
    )
    rows = tuple(row_of(each, names=names) for each in analyses)
    judged = next((each for each in known.timelines if _id(each) == timeline_id), None)
    if judged is None:
        return TimelinePage(timeline_id, None, analyses=rows)
    return TimelinePage(
        timeline_id,
        row_of(judged, names=names),
        tuple(_data_source(source, known.at) for source in judged.timeline.data_sources),
        rows,
        progress_text(judged.progress),
    )


def _id(judged: JudgedTimeline) -> int:
    return judged.timeline.timeline_id


def _data_source(source: DataSource, at: float) -> DataSourceRow:
    return DataSourceRow(
        source.data_source_id,
        "streamed" if source.streamed else "file",
        source.status or "without a status",
        at - source.status_age,
        at - source.created_age,
    )
