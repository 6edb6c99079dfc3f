"""The way to Timesketch's database: an engine that can only read, and readings in a deadline.

Each reading is one read-only transaction in which all statements see the same state (REPEATABLE
READ). One connection is kept between readings, since a new one costs more than the statements do;
it is tried before use and replaced if the database was restarted. Time-outs bound the connection
attempt, each statement (by the server) and, since a frozen host answers nothing at all, the whole
reading (by cutting the connection).
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError

from exporter.errors import DatabaseUnreachableError
from exporter.observe.connecting import new_engine
from exporter.observe.database_errors import wrap
from exporter.observe.driver_errors import place
from exporter.observe.guillotine import limit_use
from exporter.observe.schema import COLUMNS
from exporter.observe.statements import statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine, Row

# A scan's reading has three statements at most; the connection is the fourth thing that may
# take long.
_STEPS = 5
_MARGIN = 1.0
_NAMES = {"postgresql": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite"}


class Reading:
    """One read-only transaction; every statement in it sees the same state."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, name: str) -> Sequence[Row[Any]]:  # the columns are known to the .sql file only
        """Execute a statement of `sql/` and return all its rows."""
        return self._connection.execute(statement(name, self._connection.dialect.name)).all()

    @property
    def connection(self) -> Connection:
        """For statements that are composed, not read from a file; they can only read, too."""
        return self._connection

    def server(self) -> str:
        """Name the server and its version."""
        dialect = self._connection.dialect
        name = "MariaDB" if getattr(dialect, "is_mariadb", False) else _NAMES[dialect.name]
        version = ".".join(str(part) for part in dialect.server_version_info or ())
        return f"{name} {version}"

    def time_zone(self) -> tuple[str, str] | None:
        """Return PostgreSQL's time zone of this session and what set it, else None."""
        if self._connection.dialect.name != "postgresql":
            return None
        row = self._connection.execute(
            text("SELECT setting, source FROM pg_settings WHERE name = 'TimeZone'")
        ).one()
        return row.setting, row.source


def reading_engine(url: str, *, timeout: float) -> Engine:
    """Return an engine that connects lazily and cannot write.

    `timeout` (seconds) bounds a connection attempt and each statement. SQLite is for small tests.
    Raises SettingsError for a URL of another kind, or if the driver is not installed.
    """
    lifetime = timeout * _STEPS + _MARGIN
    engine = new_engine(
        url,
        setting="database.url",
        sqlite_mode="ro",
        timeout=timeout,
        lifetime=lifetime,
        kept=True,
    )
    if engine.dialect.name != "sqlite":
        _try_before_use(engine)
    _SET_UP[engine.dialect.name](engine, timeout, lifetime)
    return engine


@contextmanager
def reading(engine: Engine, *, needs: Mapping[str, frozenset[str]] = COLUMNS) -> Iterator[Reading]:
    """Open a transaction for reading; raises the subclasses of SourceError for databases.

    `needs` are the tables and columns that will be read; an error names those that are lacking.
    """
    options = engine.get_execution_options()
    began = time.monotonic()
    try:
        with engine.connect() as connection:
            yield Reading(connection)
    except DBAPIError as error:
        raise wrap(
            error,
            engine,
            needs=needs,
            timeout=float(options["timeout"]),
            cut=time.monotonic() - began >= float(options["lifetime"]),
        ) from error
    except TypeError as error:  # how PyMySQL refuses a URL's unknown option
        raise DatabaseUnreachableError(
            f"cannot connect to {place(engine.url)}: the URL has a wrong option: {error}"
        ) from error


def _try_before_use(engine: Engine) -> None:
    """Replace a kept connection that broke; unlike SQLAlchemy's pre-ping, after `limit_use`."""

    # Appended, hence called last.
    @event.listens_for(engine, "checkout")
    def ping(connection: Any, *_: Any) -> None:  # noqa: ANN401  the driver's, SQLAlchemy's
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


def _set_up_postgresql(engine: Engine, timeout: float, lifetime: float) -> None:
    limit_use(engine, lifetime)

    @event.listens_for(engine, "connect", insert=True)
    def read_only(connection: Any, _: Any) -> None:  # noqa: ANN401  psycopg2's, SQLAlchemy's
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)

    @event.listens_for(engine, "begin")
    def bound(connection: Connection) -> None:
        # LOCAL, so that nothing sticks to a connection that a pooler hands to others. Compiling
        # a plan just in time takes longer than these statements do.
        connection.exec_driver_sql(
            f"SET LOCAL statement_timeout = {int(timeout * 1000)}; SET LOCAL jit = off"
        )


def _set_up_mysql(engine: Engine, timeout: float, _: float) -> None:
    @event.listens_for(engine, "connect", insert=True)
    def read_only(connection: Any, _: Any) -> None:  # noqa: ANN401  PyMySQL's, SQLAlchemy's
        with connection.cursor() as cursor:
            cursor.execute(
                "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            )
            if "MariaDB" in connection.get_server_info():
                cursor.execute(f"SET SESSION max_statement_time = {timeout:f}")
            else:
                cursor.execute(f"SET SESSION max_execution_time = {int(timeout * 1000)}")


def _set_up_sqlite(engine: Engine, _timeout: float, _lifetime: float) -> None:
    @event.listens_for(engine, "connect", insert=True)
    def by_hand(connection: Any, _: Any) -> None:  # noqa: ANN401  sqlite3's, SQLAlchemy's
        connection.isolation_level = None  # else sqlite3 begins no transaction for a SELECT
        connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")


_SET_UP = {
    "postgresql": _set_up_postgresql,
    "mysql": _set_up_mysql,
    "sqlite": _set_up_sqlite,
}
