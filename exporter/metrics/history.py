"""The series of the history: whether it is written, and what found no room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.metrics.declaration import Declaration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.metrics.declaration import Family
    from exporter.metrics.published import HistoryFigures

HISTORY_STREAMS = ("scans", "task events", "worker events")
"""The events room's own words, which this room may not import; a test compares them."""

_NOT_KEPT = "where no history is kept (events.keep)"

HISTORY_UP = Declaration(
    name="timesketch_exporter_history_up",
    kind="gauge",
    labels=(),
    help="1 if the history could be written last time, 0 if not or not yet.",
    absent=_NOT_KEPT,
)
HISTORY_ROWS = Declaration(
    name="timesketch_exporter_history_rows",
    kind="gauge",
    labels=(),
    help="Events of tasks that the history holds (at most events.max-rows, a moment later).",
    absent="until they were counted",
)
EVENTS_RECEIVED = Declaration(
    name="timesketch_exporter_events_received_total",
    kind="counter",
    labels=("stream",),
    values={"stream": HISTORY_STREAMS},
    help="Records for the history that came: heartbeats, events of tasks, and what was new in "
    "scans.",
    absent=_NOT_KEPT,
)
EVENTS_DROPPED = Declaration(
    name="timesketch_exporter_events_dropped_total",
    kind="counter",
    labels=("stream",),
    values={"stream": HISTORY_STREAMS},
    help="Records that found no room since the history's database was too slow or away; the "
    "history has a gap there.",
    absent=_NOT_KEPT,
)

HISTORY_CATALOGUE = (HISTORY_UP, HISTORY_ROWS, EVENTS_RECEIVED, EVENTS_DROPPED)


def render(figures: HistoryFigures | None) -> Iterator[Family]:
    """Families of the history; none where none is kept."""
    if figures is None:
        return
    up = HISTORY_UP.family()
    up.add(figures.up)
    yield up
    if figures.rows is not None:
        rows = HISTORY_ROWS.family()
        rows.add(figures.rows)
        yield rows
    for declaration, counts in (
        (EVENTS_RECEIVED, figures.received),
        (EVENTS_DROPPED, figures.dropped),
    ):
        family = declaration.family()
        for stream in HISTORY_STREAMS:
            family.add(counts.get(stream, 0), stream=stream)
        yield family
