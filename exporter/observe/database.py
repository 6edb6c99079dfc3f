"""The way to Timesketch's database: an engine that can only read, and readings in a deadline.

Each reading is one read-only transaction in which all statements see the same state (REPEATABLE
READ). One connection is kept between readings, since a new one costs more than the statements do;
it is tried before use and replaced if the database was restarted. Time-outs bound the connection
attempt, each statement (by the server) and, since a frozen host answers nothing at all, the whole
reading (by cutting the connection).
"""

from __future__ import annotations

import math
import os
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import URL, NullPool, QueuePool, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError

from exporter.errors import DatabaseUnreachableError, SettingsError
from exporter.observe.database_errors import wrap
from exporter.observe.driver_errors import place
from exporter.observe.statements import statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine, Row

# A reading has three statements at most; the connection is the fourth thing that may take long.
_STEPS = 4
_MARGIN = 1.0
_NAMES = {"postgresql": "PostgreSQL", "mysql": "MySQL", "sqlite": "SQLite"}


class Reading:
    """One read-only transaction; every statement in it sees the same state."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, name: str) -> Sequence[Row[Any]]:  # the columns are known to the .sql file only
        """Execute a statement of `sql/` and return all its rows."""
        return self._connection.execute(statement(name, self._connection.dialect.name)).all()

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

    `timeout` (seconds) bounds a connection attempt and each statement. The driver is ours to
    choose, so `postgresql://`, `postgresql+asyncpg://` and so on mean the same. SQLite is for small
    tests. Raises SettingsError for a URL of another kind, or if the driver is not installed.
    """
    parsed = _with_our_driver(url)
    lifetime = timeout * _STEPS + _MARGIN
    try:
        engine = create_engine(
            parsed,
            poolclass=NullPool if parsed.get_backend_name() == "sqlite" else QueuePool,
            connect_args=_connect_arguments(parsed, timeout),
            execution_options={"lifetime": lifetime, "timeout": timeout},
        )
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"database.url: {place(parsed)} needs the driver {error.name}: "
            "install timesketch-exporter[mariadb]"
        ) from error
    if engine.dialect.name != "sqlite":
        _try_before_use(engine)
    _SET_UP[engine.dialect.name](engine, timeout, lifetime)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Reading]:
    """Open a transaction for reading; raises the subclasses of SourceError for databases."""
    options = engine.get_execution_options()
    began = time.monotonic()
    try:
        with engine.connect() as connection:
            yield Reading(connection)
    except DBAPIError as error:
        raise wrap(
            error,
            engine,
            timeout=float(options["timeout"]),
            cut=time.monotonic() - began >= float(options["lifetime"]),
        ) from error
    except TypeError as error:  # how PyMySQL refuses a URL's unknown option
        raise DatabaseUnreachableError(
            f"cannot connect to {place(engine.url)}: the URL has a wrong option: {error}"
        ) from error


def _with_our_driver(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingsError(
            "database.url is not a URL like postgresql://user:password@host:5432/timesketch"
        ) from None
    match parsed.get_backend_name():
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg2")
        case "mysql" | "mariadb":
            return parsed.set(drivername="mysql+pymysql")
        case "sqlite" if parsed.database:
            # Read-only, also so that a wrong path does not make an empty file.
            return parsed.set(
                drivername="sqlite",
                database=f"file:{quote(parsed.database)}",
                query={"mode": "ro", "uri": "true"},
            )
    raise SettingsError(
        f"database.url: {parsed.drivername} is no database that Timesketch runs on; "
        "it starts with postgresql:// or mysql://"
    )


def _connect_arguments(url: URL, timeout: float) -> dict[str, Any]:
    """Return the driver's own options (hence Any), except those that the URL sets itself."""
    whole = max(1, math.ceil(timeout))
    arguments: Mapping[str, Any]
    match url.get_backend_name():
        case "postgresql":
            arguments = {
                "application_name": "timesketch-exporter",
                "connect_timeout": max(2, whole),  # libpq takes 1 for 2
                "keepalives_idle": whole,
                "keepalives_interval": whole,
                "keepalives_count": 3,
                "tcp_user_timeout": int(timeout * 1000 * _STEPS),
            }
        case "mysql":
            lifetime = math.ceil(timeout * _STEPS + _MARGIN)
            arguments = {
                "connect_timeout": whole,
                "read_timeout": lifetime,
                "write_timeout": lifetime,
            }
        case _:
            arguments = {"timeout": timeout}
    return {name: value for name, value in arguments.items() if name not in url.query}


def _try_before_use(engine: Engine) -> None:
    """Replace a kept connection that broke; unlike SQLAlchemy's pre-ping, after `_arm`."""

    # Appended, hence called last.
    @event.listens_for(engine, "checkout")
    def ping(connection: Any, *_: Any) -> None:  # noqa: ANN401  the driver's, SQLAlchemy's
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


def _set_up_postgresql(engine: Engine, timeout: float, lifetime: float) -> None:
    @event.listens_for(engine, "connect", insert=True)
    def read_only(connection: Any, record: Any) -> None:  # noqa: ANN401  psycopg2's, SQLAlchemy's
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        arm(connection, record)

    @event.listens_for(engine, "checkout", insert=True)
    def arm(connection: Any, record: Any, _: Any = None) -> None:  # noqa: ANN401
        if "guillotine" not in record.info:
            record.info["guillotine"] = _Guillotine(connection.fileno(), lifetime)

    @event.listens_for(engine, "checkin")
    @event.listens_for(engine, "close")
    @event.listens_for(engine, "invalidate")
    def spare(_connection: Any, record: Any, _: Any = None) -> None:  # noqa: ANN401
        guillotine = record.info.pop("guillotine", None)
        if guillotine is not None:
            guillotine.spare()

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


class _Guillotine:
    """Cuts a connection that is in use for too long, by shutting its socket down under the driver.

    libpq waits without end for a server that keeps the connection but says nothing (stopped, or
    its host frozen), and psycopg2 has no time-out for that.
    """

    def __init__(self, descriptor: int, lifetime: float) -> None:
        self._socket = socket.socket(fileno=os.dup(descriptor))
        self._timer = threading.Timer(lifetime, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # gone already

    def spare(self) -> None:
        """Call it off: the reading has ended."""
        self._timer.cancel()
        self._timer.join()
        self._socket.close()
