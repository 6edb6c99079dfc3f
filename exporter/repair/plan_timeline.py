"""The repair of an orphaned timeline: its lost data sources, its status, its search index. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.repair.changes import Repair, SetText, StatusTable, TextColumn
from exporter.repair.intentions import evidence_of, set_status
from exporter.repair.message import lost_data_source
from exporter.repair.rows import Target, newest
from exporter.repair.timeline_rule import (
    FAIL,
    PROCESSING,
    explanation,
    lost_sources,
    status_after,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.repair.changes import Change
    from exporter.repair.rows import DataSourceRows, IndexRows, TimelineRows
    from exporter.repair.timeline_rule import Partial
    from exporter.snapshot import DataSource, JudgedTimeline


def repair_of_timeline(
    judged: JudgedTimeline, rows: TimelineRows, judged_at: float, partial: Partial, repair_id: str
) -> Repair:
    """The repair of a timeline whose rows are those that were judged.

    Its evidence ends with what the plan makes of the rows and why.
    """
    sources = judged.timeline.data_sources
    lost = {source.data_source_id: source for source in lost_sources(sources)}
    status = status_after(sources, lost.values(), partial)
    changes: list[Change] = []
    for source in rows.data_sources:
        if source.data_source_id in lost:
            text = _text(lost[source.data_source_id], source, judged, judged_at, repair_id)
            changes += _failed(source, text)
    changes.append(set_status(StatusTable.TIMELINE, rows.timeline_id, rows, status))
    changes += _index_changes(rows.index, status)
    return Repair(
        repair_id=repair_id,
        target=Target.TIMELINE,
        target_id=rows.timeline_id,
        sketch_id=rows.sketch_id,
        timeline_id=rows.timeline_id,
        name=rows.name,
        status_id=judged.timeline.status_id,
        rows=rows,
        changes=tuple(changes),
        evidence=evidence_of(
            judged,
            judged_at,
            *explanation(sources, lost.values(), status),
            *_index_notes(rows.index),
        ),
    )


def _text(
    lost: DataSource, rows: DataSourceRows, judged: JudgedTimeline, judged_at: float, repair_id: str
) -> str:
    return lost_data_source(
        repair_id=repair_id,
        found_at=judged_at,
        status=lost.status,
        since=judged_at - lost.status_age,
        streamed=lost.streamed,
        worker=judged.worker,
        earlier=rows.error_message,
    )


def _failed(source: DataSourceRows, text: str) -> tuple[Change, Change]:
    return (
        SetText(TextColumn.ERROR_MESSAGE, source.data_source_id, source.error_message, text),
        set_status(StatusTable.DATA_SOURCE, source.data_source_id, source, FAIL),
    )


def _index_changes(index: IndexRows | None, status: str) -> Iterator[Change]:
    """A stuck index of this timeline alone follows it.

    One without a status row is what every upload leaves before a worker begins; one that other
    timelines lie in must never become `fail`, which would leave their analyses STARTED for ever
    (facts.md, The database).
    """
    if index is not None and _stuck(index) and index.shared_with == 0:
        yield set_status(StatusTable.INDEX, index.searchindex_id, index, status)


def _index_notes(index: IndexRows | None) -> Iterator[str]:
    if index is not None and _stuck(index) and index.shared_with > 0:
        yield (
            f"search index {index.name} says processing too and is left alone: "
            f"other timelines ({index.shared_with}) lie in it"
        )


def _stuck(index: IndexRows) -> bool:
    status = newest(index.statuses)
    return status is not None and status.status == PROCESSING
