"""The series of the history."""

from __future__ import annotations

from exporter.events.records import Stream
from exporter.metrics.history import HISTORY_STREAMS, render
from exporter.metrics.published import HistoryFigures


def test_streams_are_those_of_the_history() -> None:
    """The catalogue's words are the events room's own."""
    assert set(HISTORY_STREAMS) == {str(stream) for stream in Stream}


def test_where_none_is_kept_there_are_no_series() -> None:
    """Nothing is claimed of a history that nobody wants."""
    assert list(render(None)) == []


def test_rows_are_unknown_until_they_were_counted() -> None:
    """No row is no 0."""
    names = [family.metric().name for family in render(HistoryFigures())]
    assert "timesketch_exporter_history_rows" not in names
    assert "timesketch_exporter_events_dropped" in names
