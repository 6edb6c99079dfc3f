"""Repairs to journal, and the journal's own clock to be moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import NullPool, create_engine, text

from exporter.repair.changes import (
    Evidence,
    NewStatus,
    Repair,
    SetStatus,
    SetText,
    StatusTable,
    TextColumn,
)
from exporter.repair.guards import Decision
from exporter.repair.records import Guard, Origin, Refusal
from exporter.repair.rows import (
    AnalysisRows,
    DataSourceRows,
    IndexRows,
    StatusRow,
    Target,
    TimelineRows,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.repair.records import History

ORIGIN = Origin(actor="root@host", trigger="cli")
NOW = 1_795_000_000.0
WINDOW = 600.0
_MOMENT = datetime(2026, 11, 23, 10, 2, 11, 123456)  # noqa: DTZ001  as in Timesketch's rows
_PROCESSING = (StatusRow(7, "processing", 1, _MOMENT, _MOMENT),)


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is moved."""

    at: float = NOW

    def __call__(self) -> float:
        """Return the time."""
        return self.at


def rows(timeline_id: int = 5, status: StatusRow = _PROCESSING[0]) -> TimelineRows:
    """A timeline with one data source in an index of its own."""
    return TimelineRows(
        timeline_id=timeline_id,
        sketch_id=3,
        name="évidence\n\x00",
        statuses=(status,),
        data_sources=(DataSourceRows(9, _PROCESSING, None, "upload.csv"),),
        index=IndexRows(4, "a1b2", (), shared_with=0),
    )


def repair(repair_id: str = "a1b2c3d4", timeline_id: int = 5, undoes: str | None = None) -> Repair:
    """A repair of a timeline."""
    return Repair(
        repair_id=repair_id,
        target=Target.TIMELINE,
        target_id=timeline_id,
        sketch_id=3,
        timeline_id=timeline_id,
        name="évidence\n\x00",
        status_id=7,
        rows=rows(timeline_id),
        changes=(
            SetStatus(StatusTable.TIMELINE, timeline_id, _PROCESSING, (NewStatus("fail", 1),)),
            SetText(TextColumn.ERROR_MESSAGE, 9, None, "The import was interrupted."),
        ),
        evidence=Evidence("orphaned", NOW - 900, NOW - 1, ("not in queue celery",), ("t1",), "w1"),
        undoes=undoes,
    )


def analysis_repair(repair_id: str, analysis_id: int, timeline_id: int | None) -> Repair:
    """A repair of an analysis."""
    found = (StatusRow(8, "PENDING"),)
    return Repair(
        repair_id=repair_id,
        target=Target.ANALYSIS,
        target_id=analysis_id,
        sketch_id=3,
        timeline_id=timeline_id,
        name="sigma",
        status_id=8,
        rows=AnalysisRows(analysis_id, 3, timeline_id, "sigma", found, None),
        changes=(SetStatus(StatusTable.ANALYSIS, analysis_id, found, (NewStatus("ERROR"),)),),
        evidence=Evidence("orphaned", NOW - 900, NOW - 1, ("its chain is gone",)),
    )


def granting(_: History) -> Decision:
    """Grant whatever is asked for."""
    return Decision()


def refusing(*guards: Guard) -> Callable[[History], Decision]:
    """Refuse, by these guards."""
    refusals = tuple(Refusal(guard, f"{guard} says no") for guard in guards)
    return lambda _: Decision(refusals)


def within(budget: int) -> Callable[[History], Decision]:
    """Grant only so many repairs an hour."""

    def decide(history: History) -> Decision:
        spent = len(history.granted_at) >= budget
        return Decision((Refusal(Guard.BUDGET, "spent"),) if spent else ())

    return decide


# The columns are known to the caller only.
def execute(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Execute SQL behind the journal's back; returns the rows of the last statement."""
    found: list[tuple[Any, ...]] = []
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            result = connection.execute(text(statement))
            found = [tuple(row) for row in result] if result.returns_rows else []
    return found
