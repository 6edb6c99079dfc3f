"""The way to write to Timesketch's database: an engine for short transactions that give way.

READ COMMITTED, so that what is read after a lock was waited for is what its former holder left;
BEGIN IMMEDIATE on SQLite. Each transaction has a connection of its own. Time-outs bound the
connection attempt, the wait for a lock, each statement, the idle time inside a transaction (by the
server, which ends one whose exporter froze or whose connection was lost) and, where a frozen host
answers nothing at all, the whole use of the connection (by cutting it).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from exporter.observe.connecting import new_engine
from exporter.observe.guillotine import limit_use

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

# Connecting, the wait for the first lock, and a few statements that take milliseconds.
_STEPS = 4
_MARGIN = 1.0
# A lock that is not to be waited for. PostgreSQL knows no zero: long enough for its own short
# locks, and far below the second after which it looks for deadlocks.
_AT_ONCE_MS = 50


def writing_engine(url: str, *, timeout: float) -> Engine:
    """Return an engine that connects lazily, for repairs only.

    `timeout` (seconds) bounds a connection attempt and the wait for a row that somebody else has
    locked; a statement may take twice as long. Raises SettingsError for a URL of another kind, or
    if the driver is not installed.
    """
    lifetime = timeout * _STEPS + _MARGIN
    engine = new_engine(
        url,
        setting="repair.database-url",
        sqlite_mode="rw",
        timeout=timeout,
        lifetime=lifetime,
        kept=False,
    )
    _SET_UP[engine.dialect.name](engine, timeout, lifetime)
    return engine


def give_way(connection: Connection) -> None:
    """From here to the transaction's end, wait for no lock: fail at once.

    Called once the first lock is held. Who waits for nothing while holding a lock can be part of
    no deadlock.
    """
    match connection.dialect.name:
        case "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_AT_ONCE_MS}")
        case "mysql":
            # MySQL takes 1 second for the least. The session ends with the transaction.
            connection.exec_driver_sql("SET SESSION innodb_lock_wait_timeout = 0")


def _set_up_postgresql(engine: Engine, timeout: float, lifetime: float) -> None:
    limit_use(engine, lifetime)

    @event.listens_for(engine, "connect", insert=True)
    def isolate(connection: Any, _: Any) -> None:  # noqa: ANN401  psycopg2's, SQLAlchemy's
        connection.set_session(isolation_level="READ COMMITTED")

    @event.listens_for(engine, "begin")
    def bound(connection: Connection) -> None:
        # LOCAL, so that nothing sticks to a connection that a pooler hands to others.
        connection.exec_driver_sql(
            f"SET LOCAL lock_timeout = {int(timeout * 1000)};"
            f" SET LOCAL statement_timeout = {int(timeout * 2000)};"
            f" SET LOCAL idle_in_transaction_session_timeout = {int(lifetime * 1000)};"
            " SET LOCAL jit = off"
        )


def _set_up_mysql(engine: Engine, timeout: float, lifetime: float) -> None:
    whole = max(1, math.ceil(timeout))

    @event.listens_for(engine, "connect", insert=True)
    def isolate(connection: Any, _: Any) -> None:  # noqa: ANN401  PyMySQL's, SQLAlchemy's
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {whole}")
            if "MariaDB" in connection.get_server_info():
                cursor.execute(f"SET SESSION max_statement_time = {whole + timeout:f}")
                cursor.execute(f"SET SESSION idle_transaction_timeout = {math.ceil(lifetime)}")


def _set_up_sqlite(engine: Engine, _timeout: float, _lifetime: float) -> None:
    @event.listens_for(engine, "connect", insert=True)
    def by_hand(connection: Any, _: Any) -> None:  # noqa: ANN401  sqlite3's, SQLAlchemy's
        connection.isolation_level = None  # else sqlite3 begins transactions as it likes

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


_SET_UP = {
    "postgresql": _set_up_postgresql,
    "mysql": _set_up_mysql,
    "sqlite": _set_up_sqlite,
}
