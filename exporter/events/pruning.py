"""Removing what is too old or too much, a little at a time, so that nobody waits for it long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, select, true

from exporter.events.tables import BEAT, EVENT, FINDING, TASK, WATCH, WORKER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement

    from exporter.events.database import HistoryDatabase

_TASKS_AT_ONCE = 500
_MINUTE = 60.0


def count_events(database: HistoryDatabase) -> int:
    """Count all stored events of tasks, which takes a moment where there are millions."""
    with database.reading() as connection:
        counted: int = connection.execute(select(func.count()).select_from(EVENT)).scalar_one()
        return counted


def prune_findings(database: HistoryDatabase, *, before: float, most: int) -> None:
    """Remove all but events of tasks: what is of a time before that, and all but the newest.

    The numbers of findings and of workers' changes follow each other, so they tell how many.
    """
    with database.writing() as connection:
        connection.execute(delete(BEAT).where(BEAT.c.minute < int(before // _MINUTE)))
        connection.execute(delete(WATCH).where(WATCH.c.until_at < before))
        for table in (FINDING, WORKER):
            connection.execute(delete(table).where(table.c.at < before))
            newest = connection.execute(select(func.max(table.c.id))).scalar_one()
            if newest is not None and newest > most:
                connection.execute(delete(table).where(table.c.id <= newest - most))


def prune_events(database: HistoryDatabase, *, before: float) -> Iterator[int]:
    """Remove each task, with all its events, whose last event is of a time before that."""
    lives_on = exists().where(EVENT.c.task == TASK.c.id, EVENT.c.at >= before)
    while removed := _remove_tasks(database, (TASK.c.first_at < before) & ~lives_on):
        yield removed.events


def prune_surplus(database: HistoryDatabase, *, surplus: int) -> Iterator[int]:
    """Remove the oldest tasks, until at least so many events are gone."""
    while surplus > 0 and (removed := _remove_tasks(database, true())):
        surplus -= removed.events
        yield removed.events


@dataclass(frozen=True, slots=True)
class _Removed:
    events: int


def _remove_tasks(database: HistoryDatabase, which: ColumnElement[bool]) -> _Removed | None:
    """Remove the first ones of these tasks, and say how many events they had; None: no task."""
    with database.writing() as connection:
        oldest = select(TASK.c.id).where(which).order_by(TASK.c.id).limit(_TASKS_AT_ONCE)
        numbers = list(connection.execute(oldest).scalars())
        if not numbers:
            return None
        events = connection.execute(delete(EVENT).where(EVENT.c.task.in_(numbers))).rowcount
        connection.execute(delete(TASK).where(TASK.c.id.in_(numbers)))
        return _Removed(events)
