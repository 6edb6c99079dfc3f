"""What every plan is made of: the evidence it stands on, and a status that replaces all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.repair.changes import Evidence, NewStatus, SetStatus

if TYPE_CHECKING:
    from exporter.repair.changes import StatusTable
    from exporter.repair.rows import AnalysisRows, DataSourceRows, IndexRows, TimelineRows
    from exporter.snapshot import JudgedAnalysis, JudgedTimeline


def evidence_of(
    judged: JudgedTimeline | JudgedAnalysis, judged_at: float, *planned: str
) -> Evidence:
    """The verdict as it was judged (Unix seconds), and after its reasons those of the plan."""
    return Evidence(
        verdict=judged.verdict,
        since=judged.since,
        judged_at=judged_at,
        reasons=(*judged.reasons, *planned),
        task_ids=judged.task_ids,
        worker=judged.worker,
    )


def set_status(
    table: StatusTable,
    parent_id: int,
    rows: TimelineRows | DataSourceRows | IndexRows | AnalysisRows,
    status: str,
) -> SetStatus:
    """Exactly one row remains, without a user, as Timesketch's `set_status` leaves it."""
    return SetStatus(table, parent_id, rows.statuses, (NewStatus(status),))
