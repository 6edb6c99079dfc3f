"""What two dashboards tell of the scans that everything else is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.metrics import catalogue
from grafana.generate.colours import NEUTRAL, steps, words
from grafana.generate.numbers import number
from grafana.generate.queries import Query, counted
from grafana.generate.series import bars, lines, states

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Panel

TOO_OLD = 60.0
"""Seconds: alerts/rules/exporter.yml calls an older scan stale."""

LIMITED = {
    catalogue.ORPHANED_TIMELINE_SINCE.name: "orphaned timelines",
    catalogue.PROCESSING_TIMELINE_SINCE.name: "processing timelines",
    catalogue.ORPHANED_ANALYSIS_SINCE.name: "orphaned analyses",
    catalogue.INDEXED_EVENTS.name: "progress of timelines",
    catalogue.WORKER_STATE.name: "workers",
    catalogue.QUEUE_MESSAGES.name: "queues",
}
"""Whose series have a limit."""

_LAST_COMPLETE = "time() - max(timesketch_exporter_last_complete_scan_timestamp_seconds{...})"


def last_complete_scan(*runbooks: str) -> Panel:
    """How old the evidence is."""
    return number(
        "Last complete scan",
        "How long ago a scan had every piece of evidence. Only such a scan can find orphans: while "
        "this grows, they go unnoticed.",
        Query(_LAST_COMPLETE),
        unit="s",
        colours=steps("green", (TOO_OLD, "orange"), (15 * TOO_OLD, "red")),
        without="never",
        runbooks=runbooks,
    )


def ages() -> Panel:
    """The same over time."""
    return lines(
        "Age of the last scan",
        "A saw-tooth as high as the interval of scans and scrapes is normal. If only the complete "
        "scans grow old, a source or a worker does not answer; if both do, the exporter does not "
        "scan.",
        Query("time() - max(timesketch_exporter_last_scan_timestamp_seconds{...})", "any scan"),
        Query(_LAST_COMPLETE, "complete scan"),
        unit="s",
        limit=TOO_OLD,
    )


def sources(*runbooks: str) -> Panel:
    """Which sources could be read, over time."""
    return states(
        "Sources of evidence",
        "Whether the last scan could read each source. What depends on a source that is down is "
        "unknown, never 0.",
        Query(
            "max by (source) (timesketch_exporter_source_up{...})",
            "{{source}}",
        ),
        meaning=words({"1": ("up", "green"), "0": ("down", "red")}),
        runbooks=runbooks,
    )


def details() -> tuple[Panel, ...]:
    """What scans cost, and where they fail."""
    return (_durations(), _failures(), _dropped())


def history() -> tuple[Panel, ...]:
    """Whether what happens is kept."""
    return (_kept(), _taken_in(), _lost())


def _kept() -> Panel:
    return lines(
        "Events of tasks kept",
        "How many the history holds. At events.max-rows the oldest go.",
        Query("max(timesketch_exporter_history_rows{...})", "events of tasks"),
    )


def _taken_in() -> Panel:
    return bars(
        "Taken into the history",
        "Heartbeats, events of tasks, and what was new in scans.",
        counted("timesketch_exporter_events_received_total", "stream"),
    )


def _lost() -> Panel:
    return bars(
        "Lost to the history",
        "What found no room because the history's database was too slow or away: stories have a "
        "gap there. History unwritten counts the replicas that cannot write it now.",
        counted("timesketch_exporter_events_dropped_total", "stream"),
        Query("sum(1 - timesketch_exporter_history_up{...})", "history unwritten"),
        runbooks=["TimesketchExporterEventsDropped", "TimesketchExporterHistoryDown"],
    )


def _durations() -> Panel:
    return lines(
        "Duration of scans",
        "How long the last scan took, and how long it waited for each source. A silent worker "
        "makes scans wait for workers.timeout.",
        Query("max(timesketch_exporter_scan_duration_seconds{...})", "whole scan"),
        Query("max by (source) (timesketch_exporter_source_duration_seconds{...})", "{{source}}"),
        unit="s",
        colours={"whole scan": NEUTRAL},
    )


def _failures() -> Panel:
    return bars(
        "Failed scans by source",
        "Scans in which a source could not be read; exporter means a fault of the exporter itself.",
        counted("timesketch_exporter_scan_failures_total", "source"),
    )


def _dropped() -> Panel:
    return lines(
        "Series left out",
        "Objects that have no series of their own because a metric's limit was reached. For the "
        "oldest processing timelines that is by design.",
        *(
            Query(
                "sum(max without (instance) (\n"
                f'  timesketch_exporter_series_dropped{{..., metric="{metric}"}}\n))',
                what,
            )
            for metric, what in LIMITED.items()
        ),
    )
