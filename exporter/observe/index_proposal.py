"""Optional indexes by which a scan of a large database costs what is unfinished, not what is there.

Timesketch has none on these columns, so each scan reads the tables of statuses whole: a quarter of
a second at a million timelines. The exporter proposes them and never makes them: the tables are
Timesketch's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect

if TYPE_CHECKING:
    from sqlalchemy import Engine

LARGE = 100_000
"""From so many timelines on the indexes are worth proposing."""
COLUMNS = (
    ("timeline_status", "status"),
    ("timeline_status", "parent_id"),
    ("datasource", "timeline_id"),
    ("datasource_status", "parent_id"),
    ("sketch_status", "parent_id"),
    ("analysis_status", "status"),
    ("analysis_status", "parent_id"),
)


def proposal(engine: Engine) -> tuple[str, ...]:
    """Return the statements that make the indexes that are missing, for the database's owner.

    On PostgreSQL nothing waits while they run; on MariaDB and MySQL that is so by default. Raises
    DBAPIError if the database goes away meanwhile.
    """
    indexed = _indexed(engine)
    how = "INDEX CONCURRENTLY" if engine.dialect.name == "postgresql" else "INDEX"
    return tuple(
        f"CREATE {how} exporter_{table}_{column} ON {table} ({column})"
        for table, column in COLUMNS
        if (table, column) not in indexed
    )


def _indexed(engine: Engine) -> frozenset[tuple[str, str]]:
    """Return tables with the first columns of their indexes."""
    inspector = inspect(engine)
    return frozenset(
        (table, str(index["column_names"][0]))
        for table in {table for table, _ in COLUMNS}
        for index in inspector.get_indexes(table)
    )
