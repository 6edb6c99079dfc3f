"""A judgement as the JSON document of the public contract (design.md)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exporter.snapshot import JudgedAnalysis, JudgedTimeline, Judgement


def document(judgement: Judgement) -> str:
    """The whole judgement; times are RFC 3339 in UTC, what is not known is null."""
    content = {
        "complete": judgement.complete,
        "incomplete_because": list(judgement.incomplete_because),
        "scanned_at": _rfc3339(judgement.at),
        "timelines": [_timeline(judged) for judged in judgement.timelines],
        "analyses": [_analysis(judged) for judged in judgement.analyses],
        "workers": [
            {
                "worker": judged.worker,
                "state": judged.state,
                "last_heartbeat": _rfc3339(judged.last_heartbeat),
                "active": judged.active,
                "pool": judged.pool,
            }
            for judged in judgement.workers
        ],
        "queues": [
            {"queue": depth.queue, "ready": depth.ready, "unacked": depth.unacked}
            for depth in judgement.queues
        ],
    }
    return json.dumps(content, indent=2)


def _timeline(judged: JudgedTimeline) -> dict[str, object]:
    return {
        "timeline_id": judged.timeline.timeline_id,
        "sketch_id": judged.timeline.sketch_id,
        "name": judged.timeline.name,
        **_finding(judged),
    }


def _analysis(judged: JudgedAnalysis) -> dict[str, object]:
    return {
        "analysis_id": judged.analysis.analysis_id,
        "sketch_id": judged.analysis.sketch_id,
        "timeline_id": judged.analysis.timeline_id,
        "analyzer": judged.analysis.analyzer,
        **_finding(judged),
    }


def _finding(judged: JudgedTimeline | JudgedAnalysis) -> dict[str, object]:
    return {
        "verdict": judged.verdict,
        "since": _rfc3339(judged.since),
        "task_ids": list(judged.task_ids),
        "worker": judged.worker,
        "reasons": list(judged.reasons),
    }


def _rfc3339(moment: float | None) -> str | None:
    if moment is None:
        return None
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
