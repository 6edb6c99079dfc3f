"""Panels about analyses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.generate.colours import VERDICTS
from grafana.generate.links import SKETCH, TIMELINE
from grafana.generate.queries import Query
from grafana.generate.series import lines
from grafana.generate.tables import Column, rows

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Panel


def by_verdict() -> Panel:
    """All unfinished ones over time."""
    return lines(
        "Unfinished analyses by verdict",
        "Analyses that say PENDING or STARTED, by where their task was found. Waiting: behind an "
        "import that lives.",
        Query(
            "sum by (verdict) (max without (instance) (timesketch_unfinished_analyses{...}))",
            "{{verdict}}",
        ),
        colours=VERDICTS,
        stacked=True,
    )


def orphaned() -> Panel:
    """Those that are lost."""
    since = (
        "max by (job, sketch_id, timeline_id, analysis_id, analyzer) (\n"
        "  timesketch_orphaned_analysis_since_timestamp_seconds{...}\n)"
    )
    return rows(
        "Orphaned analyses",
        "Analyses that nothing runs or ever will. The timeline's page in the console shows them.",
        Query(f"time() - {since}", now=True),
        columns=(
            Column("analyzer", "Analyzer"),
            Column("analysis_id", "Analysis", width=90),
            Column("timeline_id", "Timeline", link=TIMELINE, width=100),
            Column("sketch_id", "Sketch", link=SKETCH, width=90),
            Column("Value", "For", unit="s", width=110),
            Column("job", "Job"),
        ),
        descending="For",
    )
