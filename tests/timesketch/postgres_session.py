"""A look into Timesketch's database from outside: rows, changes by hand, who waits for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import psycopg2
from sqlalchemy.engine import make_url

from tests.timesketch.patience import until

_STATUS_TABLES = ("timeline_status", "datasource_status", "searchindex_status", "analysis_status")
_TABLES = (*("sketch", "timeline", "datasource", "searchindex", "analysis"), *_STATUS_TABLES)
# A status row is always a new one, and when a text was last written is no secret.
_LEFT_OUT = {
    "datasource": "updated_at",
    "analysis": "updated_at",
    **dict.fromkeys(_STATUS_TABLES, "id"),
}
EXPORTER = "timesketch-exporter"
"""The name under which the exporter's sessions are known to PostgreSQL."""

Row = tuple[object, ...]
Tables = Mapping[str, Sequence[Mapping[str, object]]]
"""Rows by table, each by its columns' names."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A session that waits for locks: whose it is, and the pids of those it waits for."""

    pid: int
    application: str
    blockers: frozenset[int]


class PostgresSession:
    """Statements in Timesketch's database, each a transaction of its own."""

    def __init__(self, url: str) -> None:
        self.url = url

    def rows(self, statement: str, *parameters: object) -> list[Row]:
        """What a statement reads, or returns of what it changes."""
        url = make_url(self.url)
        with closing(
            psycopg2.connect(
                host=url.host,
                port=url.port,
                user=url.username,
                password=url.password,
                dbname=url.database,
            )
        ) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters or None)
                return list(cursor.fetchall()) if cursor.description else []

    def everything(self) -> Tables:
        """Every row of what a repair could touch, by values, without the ids of status rows.

        Left out as well is when the texts of a data source or analysis were last written.
        """
        return {table: self._table(table) for table in _TABLES}

    def waiting(self) -> list[Waiting]:
        """Every session that waits for a lock of others."""
        found = self.rows(
            "SELECT pid, application_name, pg_blocking_pids(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
        )
        return [Waiting(int(str(pid)), str(name), _pids(pids)) for pid, name, pids in found]

    def wait_until_it_waits_for(self, pid: int, *, application: str = EXPORTER) -> Waiting:
        """Wait until a session of this application waits for that one.

        That may take a command from its start, two scans apart included.
        """

        def found() -> list[Waiting]:
            waiting = self.waiting()
            return [w for w in waiting if w.application == application and pid in w.blockers]

        what = f"a session of {application or 'Timesketch'} waits for {pid}"
        return until(found, what, timeout=60)[0]

    def _table(self, table: str) -> Sequence[Mapping[str, object]]:
        row = f"to_jsonb({table}) - '{_LEFT_OUT.get(table, '')}'"
        found = self.rows(f"SELECT {row} FROM {table} ORDER BY {row}::text")  # noqa: S608  our own names
        return [dict(*columns) for columns in found]


def _pids(value: object) -> frozenset[int]:
    assert isinstance(value, list)
    return frozenset(value)
