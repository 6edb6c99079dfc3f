"""What `check` says about the history: how it stands, and whether events go before their time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from exporter.events.pruning import count_events
from exporter.events.tables import VERSION, WATCH
from exporter.snapshot import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.events.database import HistoryDatabase


def check(database: HistoryDatabase, *, max_rows: int) -> Iterator[Finding]:
    """Look at place, version, size and whether it can be written to; raises HistoryError."""
    database.require()
    events = count_events(database)
    _write_and_take_back(database)
    size = f"{events} of at most {max_rows} events of tasks"
    yield Finding("history", "ok", f"{database.place}, version {VERSION}: {size}, can be written")
    if events >= max_rows:
        text = "it is full, and events go before events.retention; events.max-rows makes room"
        yield Finding("history", "warning", text)


def _write_and_take_back(database: HistoryDatabase) -> None:
    watch = {"stream": "check", "instance": "check", "began_at": 0.0, "until_at": 0.0}
    with database.writing() as connection, connection.begin_nested() as trial:
        connection.execute(insert(WATCH).values(**watch))
        trial.rollback()
