"""Whether the rows are still those that were judged. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.repair.rows import newest

if TYPE_CHECKING:
    from exporter.repair.rows import AnalysisRows, DataSourceRows, StatusRow, TimelineRows
    from exporter.snapshot import DataSource, ProcessingTimeline, UnfinishedAnalysis

_PROCESSING = "processing"


def timeline_change(judged: ProcessingTimeline, rows: TimelineRows) -> str | None:
    """What has changed of a timeline since it was judged, in words; None if nothing did."""
    if rows.sketch_id != judged.sketch_id:
        return _moved("sketch", judged.sketch_id, rows.sketch_id)
    changed = _status_change(_PROCESSING, judged.status_id, rows.statuses)
    if changed is not None:
        return f"it {changed}"
    before = {source.data_source_id: source for source in judged.data_sources}
    for source in rows.data_sources:
        known = before.pop(source.data_source_id, None)
        if known is None:
            return f"data source {source.data_source_id} was added"
        changed = _source_change(known, source)
        if changed is not None:
            return f"data source {source.data_source_id} {changed}"
    gone = next(iter(before), None)
    return None if gone is None else f"data source {gone} was removed"


def analysis_change(judged: UnfinishedAnalysis, rows: AnalysisRows) -> str | None:
    """What has changed of an analysis since it was judged, in words; None if nothing did."""
    if rows.sketch_id != judged.sketch_id:
        return _moved("sketch", judged.sketch_id, rows.sketch_id)
    if rows.timeline_id != judged.timeline_id:
        return _moved("timeline", judged.timeline_id, rows.timeline_id)
    changed = _status_change(judged.status, judged.status_id, rows.statuses)
    return None if changed is None else f"it {changed}"


def _source_change(judged: DataSource, rows: DataSourceRows) -> str | None:
    return _status_change(judged.status, judged.status_id, rows.statuses)


def _status_change(
    status: str | None, status_id: int | None, now: tuple[StatusRow, ...]
) -> str | None:
    """How the newest status row differs: by its id, or by an administrator's own UPDATE of it."""
    found = newest(now)
    if found is None:
        return None if status_id is None else f"said {status} and now has no status"
    if (found.status_id, found.status) == (status_id, status):
        return None
    if found.status == status:
        return f"was set to {status} anew (status row {found.status_id}, judged was {status_id})"
    said = "had no status" if status is None else f"said {status}"
    return f"{said} and now says {found.status}"


def _moved(belongs_to: str, before: int | None, now: int | None) -> str:
    return f"its {belongs_to} was {before or 'none'} and now is {now or 'none'}"
