"""A database with Timesketch's tables, filled row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Engine, NullPool, create_engine, insert, text

from exporter.demo import tables
from exporter.demo.roles import Roles, make_roles
from exporter.observe.database import reading_engine
from exporter.observe.timelines import TimelinesReader
from tests.planted import DATABASE_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

# An hour before now, in the words of each database.
_HOUR_AGO = {
    "postgresql": "LOCALTIMESTAMP - interval '1 hour'",
    "mysql": "NOW() - INTERVAL 1 HOUR",
    "sqlite": "datetime('now', '-1 hour')",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A data source to add; no status: no status row. A path of None is SQL's NULL."""

    statuses: Sequence[str] = ("processing",)
    path: str | None = "/mnt/upload.csv"


@dataclass(slots=True)
class TimesketchDatabase:
    """An empty copy of Timesketch's database, written to as superuser through `engine`.

    The exporter gets the URLs of `roles`.
    """

    url: str
    has_tables: bool = False
    engine: Engine = field(init=False)
    roles: Roles = field(init=False)

    def __post_init__(self) -> None:
        """Create the tables unless it has them, and the users that `grants` describes.

        A file has but its owner.
        """
        # By itself MariaDB's driver loads the certificates of every authority, at each connection.
        plain = {"ssl_disabled": True} if self.url.startswith("mysql") else {}
        self.engine = create_engine(self.url, poolclass=NullPool, connect_args=plain)
        if not self.has_tables:
            tables.METADATA.create_all(self.engine)
        if self.engine.dialect.name == "sqlite":
            self.roles = Roles(self.url, self.url)
        else:
            self.roles = make_roles(self.engine, password=DATABASE_PASSWORD)

    def reader(self, *, timeout: float = 10.0) -> TimelinesReader:
        """Return a reader as the exporter makes it."""
        return TimelinesReader(reading_engine(self.roles.reader, timeout=timeout))

    def sketch(self, *statuses: str) -> int:
        """Add a sketch with a status row for each status, in this order."""
        with self.engine.begin() as connection:
            sketch_id = _insert(connection, tables.SKETCH, name="case")
            _statuses(connection, tables.SKETCH_STATUS, sketch_id, statuses)
        return sketch_id

    def search_index(self, name: str) -> int:
        """Add a search index."""
        with self.engine.begin() as connection:
            return _insert(connection, tables.SEARCHINDEX, name=name, index_name=name)

    def timeline(
        self,
        sketch_id: int | None,
        *statuses: str,
        sources: Sequence[Source] = (),
        index_id: int | None = None,
    ) -> int:
        """Add a timeline with its status rows and data sources."""
        columns = {"name": "evidence", "sketch_id": sketch_id, "searchindex_id": index_id}
        with self.engine.begin() as connection:
            timeline_id = _insert(connection, tables.TIMELINE, **columns)
            _statuses(connection, tables.TIMELINE_STATUS, timeline_id, statuses)
            for source in sources:
                columns = {"timeline_id": timeline_id, "file_on_disk": source.path}
                source_id = _insert(connection, tables.DATASOURCE, **columns)
                _statuses(connection, tables.DATASOURCE_STATUS, source_id, source.statuses)
        return timeline_id

    def analysis(self, sketch_id: int, *statuses: str, **values: object) -> int:
        """Add an analysis with its status rows."""
        columns = {"sketch_id": sketch_id, "analyzer_name": "sigma", **values}
        with self.engine.begin() as connection:
            analysis_id = _insert(connection, tables.ANALYSIS, **columns)
            _statuses(connection, tables.ANALYSIS_STATUS, analysis_id, statuses)
        return analysis_id

    def session(self, sketch_id: int) -> int:
        """Add an analysis session."""
        with self.engine.begin() as connection:
            return _insert(connection, tables.ANALYSISSESSION, sketch_id=sketch_id)

    def make_older(self, table: str) -> None:
        """Date every row of a table an hour back."""
        moment = _HOUR_AGO[self.engine.dialect.name]
        self.execute(f"UPDATE {table} SET created_at = {moment}")  # noqa: S608  names of ours

    def execute(self, *statements: str) -> None:
        """Execute statements as superuser, each in a transaction of its own."""
        for statement in statements:
            with self.engine.begin() as connection:
                connection.execute(text(statement))


def _statuses(
    connection: Connection, table: Table, parent_id: int, statuses: Sequence[str]
) -> None:
    for status in statuses:
        _insert(connection, table, parent_id=parent_id, status=status)


def _insert(connection: Connection, table: Table, **values: object) -> int:
    added = connection.execute(insert(table).values(**values))
    return int(added.inserted_primary_key[0])  # type: ignore[index]  # there is always one
