"""The repair of an orphaned analysis: it becomes ERROR, and its result says why. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.repair.changes import Repair, SetText, StatusTable, TextColumn
from exporter.repair.intentions import evidence_of, set_status
from exporter.repair.message import lost_analysis
from exporter.repair.rows import Target

if TYPE_CHECKING:
    from exporter.repair.rows import AnalysisRows
    from exporter.snapshot import JudgedAnalysis

_ERROR = "ERROR"


def repair_of_analysis(
    judged: JudgedAnalysis, rows: AnalysisRows, judged_at: float, repair_id: str
) -> Repair:
    """The repair of an analysis whose rows are those that were judged."""
    text = lost_analysis(
        repair_id=repair_id,
        found_at=judged_at,
        status=judged.analysis.status,
        since=judged.since,
        worker=judged.worker,
        earlier=rows.result,
    )
    return Repair(
        repair_id=repair_id,
        target=Target.ANALYSIS,
        target_id=rows.analysis_id,
        sketch_id=rows.sketch_id,
        timeline_id=rows.timeline_id,
        name=rows.analyzer,
        status_id=judged.analysis.status_id,
        rows=rows,
        changes=(
            SetText(TextColumn.RESULT, rows.analysis_id, rows.result, text),
            set_status(StatusTable.ANALYSIS, rows.analysis_id, rows, _ERROR),
        ),
        evidence=evidence_of(judged, judged_at),
    )
