"""What was judged, as the plain values of the public JSON: the API's, and that of `scan`.

Times are RFC 3339 in UTC; what is not known is null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.rfc3339 import rfc3339
from exporter.snapshot import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.events.story import Story
    from exporter.snapshot import (
        DataSource,
        JudgedAnalysis,
        JudgedTimeline,
        JudgedWorker,
        Judgement,
        Progress,
        QueueDepth,
    )
    from exporter.web.views.scan_record import ScanRecord


def scanned(judgement: Judgement | ScanRecord) -> dict[str, object]:
    """Which scan it is, and whether it could see everything."""
    return {
        "scanned_at": rfc3339(judgement.at),
        "complete": judgement.complete,
        "incomplete_because": list(judgement.incomplete_because),
    }


def timeline(judged: JudgedTimeline, *, names: bool = True) -> dict[str, object]:
    """A processing timeline."""
    return {
        "timeline_id": judged.timeline.timeline_id,
        "sketch_id": judged.timeline.sketch_id,
        "name": judged.timeline.name if names else None,
        **_finding(judged),
        "progress": _progress(judged.progress),
    }


def data_source(source: DataSource) -> dict[str, object]:
    """A data source of a timeline."""
    return {
        "data_source_id": source.data_source_id,
        "status": source.status,
        "status_seconds": source.status_age,
        "created_seconds": source.created_age,
        "streamed": source.streamed,
    }


def analysis(judged: JudgedAnalysis) -> dict[str, object]:
    """An unfinished analysis."""
    return {
        "analysis_id": judged.analysis.analysis_id,
        "sketch_id": judged.analysis.sketch_id,
        "timeline_id": judged.analysis.timeline_id,
        "analyzer": judged.analysis.analyzer,
        **_finding(judged),
    }


def worker(judged: JudgedWorker) -> dict[str, object]:
    """A worker."""
    return {
        "worker": judged.worker,
        "state": judged.state,
        "last_heartbeat": rfc3339(judged.last_heartbeat),
        "active": judged.active,
        "pool": judged.pool,
    }


def pulse(judged: JudgedWorker) -> dict[str, object]:
    """What a worker's heartbeats tell besides that they come."""
    heard = judged.pulse
    return {
        "missed_heartbeats": heard.missed if heard else None,
        "clock_offset_seconds": heard.clock_offset if heard else None,
        "processed": heard.processed if heard else None,
        "load": [*heard.load] if heard and heard.load else None,
    }


def history(timeline_id: int, told: Story) -> dict[str, object]:
    """The story of a timeline."""
    return {
        "timeline_id": timeline_id,
        "chapters": [
            {
                "at": rfc3339(chapter.at),
                "source": chapter.source,
                "text": chapter.text,
                "reasons": list(chapter.reasons),
                "is_gap": chapter.is_gap,
            }
            for chapter in told.chapters
        ],
        "remarks": list(told.remarks),
    }


def queue(depth: QueueDepth) -> dict[str, object]:
    """A queue."""
    return {"queue": depth.queue, "ready": depth.ready, "unacked": depth.unacked}


def scan(record: ScanRecord) -> dict[str, object]:
    """One of the last scans."""
    return {
        **scanned(record),
        "seconds": record.seconds,
        "sources": [
            {"source": each.source, "up": each.up, "seconds": each.seconds, "error": each.error}
            for each in record.sources
        ],
        "timelines": _counts(record.timelines),
        "analyses": _counts(record.analyses),
    }


def _counts(found: Mapping[Verdict, int] | None) -> dict[str, int] | None:
    return None if found is None else {verdict: found.get(verdict, 0) for verdict in Verdict}


def _progress(progress: Progress | None) -> dict[str, object] | None:
    if progress is None:
        return None
    return {
        "events": progress.events,
        "expected": progress.expected,
        "events_per_second": progress.rate,
        "remaining_seconds": progress.remaining,
        "grew_at": rfc3339(progress.grew_at),
    }


def _finding(judged: JudgedTimeline | JudgedAnalysis) -> dict[str, object]:
    return {
        "verdict": judged.verdict,
        "since": rfc3339(judged.since),
        "task_ids": list(judged.task_ids),
        "worker": judged.worker,
        "reasons": list(judged.reasons),
    }
