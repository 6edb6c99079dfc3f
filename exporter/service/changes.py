"""One log line for each thing that changed from one scan to the next."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from exporter.snapshot import Verdict

if TYPE_CHECKING:
    from exporter.snapshot import JudgedTimeline, Judgement

_log = logging.getLogger(__name__)


def log_changes(previous: Judgement | None, current: Judgement) -> None:
    """Log sources that went or came back, evidence that became incomplete, and orphans.

    An orphan that lasts is one line, not one a scan.
    """
    _sources(previous, current)
    if not current.complete and (previous is None or previous.complete):
        _log.warning(
            "evidence incomplete", extra={"because": "; ".join(current.incomplete_because)}
        )
    elif current.complete and previous is not None and not previous.complete:
        _log.info("evidence complete again")
    _orphans(previous, current)


def _sources(previous: Judgement | None, current: Judgement) -> None:
    were_up = {health.source: health.up for health in previous.sources} if previous else {}
    for health in current.sources:
        was_up = were_up.get(health.source)
        if not health.up and was_up is not False:
            _log.warning("source down", extra={"source": str(health.source), "error": health.error})
        elif health.up and was_up is False:
            _log.info("source up again", extra={"source": str(health.source)})


def _orphans(previous: Judgement | None, current: Judgement) -> None:
    if current.statuses is None:
        return
    before = _orphaned(previous) if previous else {}
    now = _orphaned(current)
    for timeline_id in now.keys() - before.keys():
        judged = now[timeline_id]
        _log.warning(
            "timeline orphaned",
            extra={
                "timeline_id": timeline_id,
                "sketch_id": judged.timeline.sketch_id,
                "reasons": "; ".join(judged.reasons),
            },
        )
    for timeline_id in before.keys() - now.keys():
        _log.info("timeline no longer orphaned", extra={"timeline_id": timeline_id})


def _orphaned(judgement: Judgement) -> dict[int, JudgedTimeline]:
    return {
        judged.timeline.timeline_id: judged
        for judged in judgement.timelines
        if judged.verdict is Verdict.ORPHANED
    }
