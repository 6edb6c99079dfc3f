"""What two dashboards tell of orphaned timelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.generate.links import SKETCH, TIMELINE
from grafana.generate.queries import Query
from grafana.generate.tables import Column, rows

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Panel

_SERIES = "timesketch_orphaned_timeline_since_timestamp_seconds{...}"
_SCRAPE = "timesketch_exporter_build_info{...}"
_SCRAPE_INTERVAL = f"""\
scalar(
  (max(timestamp({_SCRAPE})) - min(min_over_time(timestamp({_SCRAPE})[10m:10s])))
  /
  (max(count_over_time({_SCRAPE}[10m])) - 1)
)"""

STAYED = f"""\
max without (instance) (count_over_time({_SERIES}[$__range]))
* {_SCRAPE_INTERVAL}"""
"""For how many seconds of the time range each orphan was published as one.

A series has a sample for each scrape that found its timeline orphaned. They are counted, and taken
times the interval of the scrapes of the last ten minutes.
"""

REPAIRED = f"""\
(
  max without (instance) (count_over_time({_SERIES}[$__range]))
  unless
  max without (instance) ({_SERIES})
)
* {_SCRAPE_INTERVAL}"""
"""The same of those that are orphaned no more."""

_SINCE = f"max by (job, sketch_id, timeline_id) (max_over_time({_SERIES}[$__range])) * 1000"


def history() -> Panel:
    """Every orphan of the time range."""
    return rows(
        "Orphans of this time range",
        "Every timeline that was orphaned at some time, and for how long until it was put right. "
        "The duration is the number of scrapes that found it orphaned, times the interval of the "
        "scrapes of the last ten minutes.",
        Query(_SINCE, now=True),
        Query(f"max by (job, sketch_id, timeline_id) (\n{STAYED}\n)", now=True),
        columns=(
            Column("timeline_id", "Timeline", link=TIMELINE, width=100),
            Column("sketch_id", "Sketch", link=SKETCH, width=90),
            Column("Value #A", "Processing since", unit="dateTimeAsIso"),
            Column("Value #B", "Orphaned for", unit="s", width=120),
            Column("job", "Job"),
        ),
        descending="Processing since",
    )
