"""The requeue of an orphaned timeline: its data source, its status, its task. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from exporter.repair.changes import Repair, Requeue, StatusTable
from exporter.repair.intentions import evidence_of, set_status
from exporter.repair.requeue.arguments import arguments_of
from exporter.repair.requeue.upload import FileFound
from exporter.repair.rows import Target
from exporter.repair.timeline_rule import PROCESSING, QUEUEING, lost_sources

if TYPE_CHECKING:
    from exporter.repair.requeue.upload import Requeueing, Upload
    from exporter.repair.rows import DataSourceRows, TimelineRows
    from exporter.snapshot import JudgedTimeline

_TASKS = UUID("6d2f3f5e-6d0e-4c56-9e0b-3b0f7a0c1d55")


def requeue_of_timeline(
    judged: JudgedTimeline,
    rows: TimelineRows,
    upload: Upload,
    *,
    judged_at: float,
    how: Requeueing,
    repair_id: str,
) -> Repair | str:
    """The repair that imports a lost file anew; or why that cannot be, and what to do instead.

    The rows become what an upload writes: the data source `queueing`, the timeline `processing` in
    a new status row, so that its verdict begins anew and the grace period covers the sending.
    """
    source = _only_file(judged, rows)
    if isinstance(source, str):
        return source
    path = upload.paths.get(source.data_source_id, "")
    file = upload.files.get(source.data_source_id, "its file is not known")
    if not isinstance(file, FileFound):
        return file
    if rows.index is None:
        return "it has no search index"
    if not isinstance(upload.events, int):
        return upload.events
    if upload.events and not how.purge:
        return (
            f"{upload.events} of its events are in the search index already and would be there "
            "twice: --purge deletes them first"
        )
    sent = arguments_of(upload, rows, path, file, how)
    if isinstance(sent, str):
        return sent
    return Repair(
        repair_id=repair_id,
        target=Target.TIMELINE,
        target_id=rows.timeline_id,
        sketch_id=rows.sketch_id,
        timeline_id=rows.timeline_id,
        name=rows.name,
        status_id=judged.timeline.status_id,
        rows=rows,
        changes=(
            set_status(StatusTable.DATA_SOURCE, source.data_source_id, source, QUEUEING),
            set_status(StatusTable.TIMELINE, rows.timeline_id, rows, PROCESSING),
        ),
        evidence=evidence_of(judged, judged_at, f"{path} is still there", sent.known),
        requeue=Requeue(
            task_id=str(uuid5(_TASKS, repair_id)),
            task_name=sent.task_name,
            queue=sent.queue,
            arguments=sent.arguments,
            chain=sent.chain,
            index_name=rows.index.name,
            purge=how.purge,
            events=upload.events,
        ),
    )


def _only_file(judged: JudgedTimeline, rows: TimelineRows) -> DataSourceRows | str:
    """The timeline's one data source, which is a file whose import was lost."""
    sources = judged.timeline.data_sources
    if any(source.streamed for source in sources):
        return "its events came as a stream, inside the lost message: send them again"
    if len(sources) != 1:
        return (
            f"it has {len(sources)} data sources, whose events cannot be told apart: only a "
            "timeline of one file is requeued"
        )
    if not lost_sources(sources):
        return f"its only data source says {sources[0].status}, so its import was not lost"
    return rows.data_sources[0]
