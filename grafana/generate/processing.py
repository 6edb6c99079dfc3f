"""The dashboard *Timesketch processing*: is anything lost, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.generate import analyses, evidence, orphans
from grafana.generate.colours import VERDICTS, steps, words
from grafana.generate.frame import band, dashboard, section
from grafana.generate.links import SKETCH, TIMELINE
from grafana.generate.numbers import gauges, number
from grafana.generate.queries import Query
from grafana.generate.series import lines
from grafana.generate.tables import Column, rows

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Dashboard, Panel

UID = "timesketch-processing"

_NONE_IS_GOOD = steps("green", (1, "red"))
_ORPHANED = "sum(max without (instance) (timesketch_orphaned_timelines{...}))"
_ORPHANED_ANALYSES = "sum(max without (instance) (timesketch_orphaned_analyses{...}))"
_INDEXED = "timesketch_timeline_indexed_events{...}"
_VERDICTS = words({verdict: (verdict, colour) for verdict, colour in VERDICTS.items()})
_STATUSES = {
    "ready": "green",
    "processing": "semi-dark-blue",
    "fail": "red",
    "new": "super-light-blue",
}


def processing() -> Dashboard:
    """Make the dashboard."""
    return dashboard(
        uid=UID,
        title="Timesketch processing",
        description="Timelines and analyses that Timesketch calls unfinished: where their tasks "
        "are, and which of them nobody will ever finish.",
        sections=(
            section("", band(4, *((4, panel) for panel in _headline()))),
            section("Verdicts", band(9, (16, _verdicts()), (8, _statuses()))),
            section("Longest in processing", band(10, (14, _oldest()), (10, _ages()))),
            section("Progress", band(8, (12, _indexed()), (12, _share()))),
            section("Orphans", band(9, (12, _orphans()), (12, orphans.history()))),
            section("Analyses", band(8, (12, analyses.by_verdict()), (12, analyses.orphaned()))),
            section(
                "Evidence",
                band(7, (12, evidence.sources("TimesketchSourceDown")), (12, evidence.ages())),
            ),
        ),
    )


def _headline() -> list[Panel]:
    return [
        number(
            "Orphaned timelines",
            "Timelines that say processing while nothing processes them, and nothing ever will.",
            Query(_ORPHANED),
            colours=_NONE_IS_GOOD,
            runbooks=["TimesketchTimelineOrphaned", "TimesketchMassOrphaning"],
        ),
        number(
            "Orphaned analyses",
            "Analyses that wait for a task that is lost.",
            Query(_ORPHANED_ANALYSES),
            colours=_NONE_IS_GOOD,
            runbooks=["TimesketchAnalysisOrphaned"],
        ),
        number(
            "Oldest orphan",
            "How long the oldest orphaned timeline has said processing.",
            Query(
                "time() - min(timesketch_orphaned_timeline_since_timestamp_seconds{...})", now=True
            ),
            unit="s",
            colours=steps("red"),
            without="none",
        ),
        number(
            "Processing timelines",
            "All timelines that Timesketch calls processing, orphans included.",
            Query("sum(max without (instance) (timesketch_processing_timelines{...}))"),
        ),
        number(
            "Workers up",
            "Celery workers that are connected and answer.",
            Query('sum(max without (instance) (timesketch_workers{..., state="up"}))'),
            colours=steps("red", (1, "green")),
        ),
        evidence.last_complete_scan(
            "TimesketchExporterDown", "TimesketchScanStale", "TimesketchScanIncomplete"
        ),
    ]


def _verdicts() -> Panel:
    return lines(
        "Processing timelines by verdict",
        "Where the task of each was found. Orphaned is proven; suspect was seen once and is being "
        "confirmed; unknown means that evidence is missing.",
        Query(
            "sum by (verdict) (max without (instance) (timesketch_processing_timelines{...}))",
            "{{verdict}}",
        ),
        colours=VERDICTS,
        stacked=True,
        runbooks=[
            "TimesketchTimelinesStalled",
            "TimesketchTimelinesParked",
            "TimesketchVerdictsUnknown",
        ],
    )


def _statuses() -> Panel:
    return gauges(
        "Timelines by status",
        "All timelines of living sketches, by the status that Timesketch shows its analysts.",
        Query(
            "sort_desc(sum by (status) (max without (instance) (timesketch_timelines{...})))",
            "{{status}}",
            now=True,
        ),
        colours=_STATUSES,
    )


def _oldest() -> Panel:
    since = (
        "bottomk(100, max by (job, sketch_id, timeline_id, verdict) (\n"
        "  timesketch_processing_timeline_since_timestamp_seconds{...}\n))"
    )
    return rows(
        "Oldest processing timelines",
        "The hundred that have said processing for longest. A click on a timeline leads to its "
        "page in the console, with everything that is known about it.",
        Query(f"{since} * 1000", now=True),
        Query(f"time() - {since}", now=True),
        columns=(
            Column("timeline_id", "Timeline", link=TIMELINE, width=100),
            Column("sketch_id", "Sketch", link=SKETCH, width=90),
            Column("verdict", "Verdict", meaning=_VERDICTS, width=110),
            Column("Value #B", "For", unit="s", width=110),
            Column("Value #A", "Since", unit="dateTimeAsIso"),
            Column("job", "Job"),
        ),
        descending="For",
        runbooks=["TimesketchSeriesDropped"],
    )


def _ages() -> Panel:
    return lines(
        "Age of the oldest by verdict",
        "For how long the oldest timeline of each verdict has said processing.",
        Query(
            "time() - min by (verdict) (\n"
            "  timesketch_processing_timeline_since_timestamp_seconds{...}\n)",
            "{{verdict}}",
        ),
        unit="s",
        colours=VERDICTS,
    )


def _indexed() -> Panel:
    return lines(
        "Events in OpenSearch",
        "How many events of each processing timeline are to be found already. Nothing where "
        "OpenSearch is not watched.",
        Query(f"max by (timeline_id) ({_INDEXED})", "timeline {{timeline_id}}"),
    )


def _share() -> Panel:
    return lines(
        "Share of what is expected",
        "The same as a share of the events that Timesketch counted in the files, where it did.",
        Query(
            f"max by (timeline_id) ({_INDEXED})\n/\n"
            "max by (timeline_id) (timesketch_timeline_expected_events{...})",
            "timeline {{timeline_id}}",
        ),
        unit="percentunit",
    )


def _orphans() -> Panel:
    return lines(
        "Orphans over time",
        "Timelines and analyses that are orphaned. A step down at an annotation is a repair.",
        Query(_ORPHANED, "timelines"),
        Query(_ORPHANED_ANALYSES, "analyses"),
        colours={"timelines": "red", "analyses": "orange"},
    )
