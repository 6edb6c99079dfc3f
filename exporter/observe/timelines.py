"""Timesketch's database as a source of evidence: what in it says that it is being worked on."""

from __future__ import annotations

import logging
import time
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from exporter.observe.database import reading
from exporter.observe.driver_errors import is_too_slow
from exporter.observe.schema import COLUMNS as COLUMNS  # noqa: PLC0414  offered from here as well
from exporter.snapshot import (
    DatabaseReading,
    DataSource,
    ProcessingTimeline,
    UnfinishedAnalysis,
    Wanted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlalchemy import Engine, Row

    from exporter.observe.database import Reading

_log = logging.getLogger(__name__)

# Counting looks at every timeline (a second for a million): so seldom that it takes this share of
# the time at most. Small databases are counted at every scan.
_SHARE = 0.05


class TimelinesReader:
    """Reads processing timelines, unfinished analyses and, at times, how many timelines there are.

    Two statements for a first look, two for a reading, three with counts, whatever the number of
    timelines; four where some timeline has several status rows, which is against Timesketch's rule.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`engine` is one of `reading_engine`."""
        self._engine = engine
        self._clock = clock
        self._monotonic = monotonic
        self._statuses: Mapping[str, int] | None = None
        self._skew: float | None = None
        self._count_again = float("-inf")

    def wanted(self) -> Wanted:
        """Look for what may be unfinished: all of `read`, and what is not of living sketches.

        To leave that out would need more of the database than to look for a few tasks in vain.
        Raises as `read` does.
        """
        with reading(self._engine) as transaction:
            timelines = transaction.rows("wanted_timelines")
            analyses = transaction.rows("wanted_analyses")
        return Wanted(
            timeline_ids=frozenset(row.timeline_id for row in timelines),
            analysis_ids=frozenset(row.analysis_id for row in analyses),
            index_names=frozenset(
                row.index_name for row in (*timelines, *analyses) if row.index_name
            ),
        )

    def read(self) -> DatabaseReading:
        """Read what is unfinished now; the counts of a large database may be a little older.

        Counts that take longer than a statement may are left out: they are no evidence. Raises
        DatabaseUnreachableError, NotTimesketchDatabaseError or DatabasePrivilegeError.
        """
        with reading(self._engine) as transaction:
            timelines = tuple(_timelines(transaction.rows("processing_timelines")))
            analyses = tuple(_analyses(transaction.rows("unfinished_analyses")))
            if self._monotonic() >= self._count_again:
                self._count(transaction)
        return DatabaseReading(
            timelines=timelines,
            analyses=analyses,
            statuses=self._statuses,
            skew=self._skew,
        )

    def _count(self, transaction: Reading) -> None:
        began, ours = self._monotonic(), self._clock()
        try:
            self._statuses, database_now = _statuses(transaction)
        except DBAPIError as error:
            if not is_too_slow(error):
                raise
            _log.warning("timelines not counted: the database needs too long")
            self._statuses = None
        else:
            self._skew = database_now - ours
        ended = self._monotonic()
        self._count_again = ended + (ended - began) / _SHARE


def _statuses(transaction: Reading) -> tuple[Mapping[str, int], float]:
    """Return how many timelines of living sketches have which status, and the database's time."""
    rows = transaction.rows("timeline_statuses")
    living, database_now = rows[0].living, float(rows[0].database_now)
    if rows[0].surplus:
        rows = transaction.rows("timeline_statuses_exactly")
    statuses = {row.status: row.timelines for row in rows if row.timelines}
    # Timesketch takes a timeline without a status row for new.
    if without := living - sum(statuses.values()):
        statuses["new"] = statuses.get("new", 0) + without
    return statuses, database_now


def _timelines(rows: Iterable[Row[Any]]) -> Iterator[ProcessingTimeline]:
    """Build timelines from rows ordered by the ids of timeline, status, data source, its status."""
    for timeline_id, of_timeline in groupby(rows, key=lambda row: row.timeline_id):
        every = tuple(of_timeline)
        newest = every[-1]
        if newest.status != "processing":
            continue
        # Ordered: where an object has several status rows, the last one overwrites the others.
        sources = {row.data_source_id: row for row in every if row.data_source_id is not None}
        yield ProcessingTimeline(
            timeline_id=timeline_id,
            sketch_id=newest.sketch_id,
            name=newest.name or "",
            index_name=newest.index_name,
            status_id=newest.status_id,
            status_age=_age(newest.status_age),
            data_sources=tuple(_data_source(row) for row in sources.values()),
        )


def _data_source(row: Row[Any]) -> DataSource:
    return DataSource(
        data_source_id=row.data_source_id,
        status=row.source_status,
        status_id=row.source_status_id,
        created_age=_age(row.source_created_age),
        status_age=_age(row.source_status_age),
        streamed=bool(row.streamed),
    )


def _analyses(rows: Iterable[Row[Any]]) -> Iterator[UnfinishedAnalysis]:
    """Build analyses from rows ordered by the ids of analysis and status."""
    newest = {row.analysis_id: row for row in rows}
    for row in newest.values():
        if row.status in {"PENDING", "STARTED"}:
            yield UnfinishedAnalysis(
                analysis_id=row.analysis_id,
                sketch_id=row.sketch_id,
                timeline_id=row.timeline_id,
                session_id=row.session_id,
                index_name=row.index_name,
                analyzer=row.analyzer,
                status=row.status,
                status_id=row.status_id,
                status_age=_age(row.status_age),
                created_age=_age(row.created_age),
            )


def _age(seconds: Any) -> float:  # noqa: ANN401  a float or a Decimal, as the driver likes
    """Return an age in seconds, never negative.

    A timestamp from the future, or none (Timesketch always writes one), counts as of this moment:
    whatever is younger than the grace period is never called orphaned.
    """
    return max(0.0, float(seconds)) if seconds is not None else 0.0
