"""The way to the journal's database: a file of SQLite's, or a PostgreSQL for several replicas.

**Durable before anybody writes.** A commit returns only when it would survive a power cut, since a
repair follows an intent at once, and one without an entry could never be explained or undone. On
SQLite that is a rollback journal with `synchronous=EXTRA` (WAL could lose the last commits at its
usual setting, and cannot lie on a network volume); on PostgreSQL `synchronous_commit`, where
somebody switched it off.

**One writer at a time.** Every writing transaction begins with the one lock of the journal
(BEGIN IMMEDIATE; an advisory lock), so it sees all that was committed before it and nobody decides
on the same past twice. That needs READ COMMITTED on PostgreSQL: a snapshot from before the lock
would not hold what its former owner wrote.
"""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import NullPool, QueuePool, create_engine, event, text
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound
from sqlalchemy.exc import TimeoutError as NoConnectionFreeError

from exporter.errors import JournalBusyError, NotJournalError, let_go
from exporter.repair.journal.address import Address
from exporter.repair.journal.faults import damaged, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Engine

# Any number will do, as long as all versions of the exporter take the same.
_ADVISORY_LOCK = 0x7453_4578_4A6F_7572
# A process that stands still in the middle of a transaction stops the others for this long.
_IDLE_MS = 30_000
_WRITES = "journal_writes"


class JournalDatabase:
    """Transactions on the journal; every driver's error becomes a JournalError.

    `timeout` (seconds) bounds connecting, and the wait for the journal's lock. `clock` takes the
    place of the journal's own: PostgreSQL's, or for a file this host's. Connects lazily; raises
    SettingsError for a URL that cannot be a journal's.
    """

    def __init__(self, url: str, *, timeout: float, clock: Callable[[], float] | None) -> None:
        self.address = Address.parse(url)
        self._timeout = timeout
        self._clock = clock
        if self.address.file is not None:
            self._engine = _sqlite(self.address, timeout)
        else:
            self._engine = _postgresql(self.address, timeout)

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a transaction in which all statements see the same state."""
        return self._transaction(writes=False)

    def writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction that has the journal to itself; it commits at the end, durably."""
        return self._transaction(writes=True)

    def now(self, connection: Connection) -> float:
        """Return the time by the journal's clock, in Unix seconds."""
        if self._clock is not None:
            return self._clock()
        if self.address.file is not None:
            return time.time()
        # Not now(), which is when the transaction began: before it waited for the lock.
        asked = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())"))
        return float(asked.scalar_one())

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        engine = self._engine.execution_options(**{_WRITES: writes})
        try:
            with engine.begin() as connection:
                yield connection
        except NoConnectionFreeError as error:
            raise JournalBusyError(
                f"all connections to the journal {self.address.place} are in use"
            ) from error
        except DBAPIError as error:
            let_go(error)
            raise wrap(error, self.address, timeout=self._timeout) from error
        except (UnicodeDecodeError, NoResultFound, MultipleResultsFound) as error:
            # sqlite3 fails to tell what is wrong with a file whose very error is no text; and pages
            # in the wrong place hold rows that no key would have let in.
            let_go(error)
            raise NotJournalError(damaged(self.address)) from error


def _sqlite(address: Address, timeout: float) -> Engine:
    # A connection each time: one that is kept would go on writing to a file that was deleted.
    engine = create_engine(address.url, poolclass=NullPool, connect_args={"timeout": timeout})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:  # noqa: ANN401  sqlite3's, SQLAlchemy's
        connection.isolation_level = None  # sqlite3 would begin transactions of its own kind
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options()[_WRITES]
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(address: Address, timeout: float) -> Engine:
    whole = max(2, math.ceil(timeout))  # libpq takes 1 for 2
    arguments = {
        "application_name": "timesketch-exporter",
        "connect_timeout": whole,
        "keepalives_idle": whole,
        "keepalives_interval": whole,
        "keepalives_count": 3,
        "tcp_user_timeout": whole * 1000,
    }
    query = address.url.query
    engine = create_engine(
        address.url,
        poolclass=QueuePool,
        pool_size=2,
        pool_timeout=timeout,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        connect_args={name: value for name, value in arguments.items() if name not in query},
    )
    wait = math.ceil(timeout * 1000)
    # LOCAL, so that nothing sticks to a connection that a pooler hands to others.
    bounds = (
        f"SET LOCAL lock_timeout = {wait}; SET LOCAL statement_timeout = {2 * wait}; "
        f"SET LOCAL idle_in_transaction_session_timeout = {_IDLE_MS}"
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not connection.get_execution_options()[_WRITES]:
            connection.exec_driver_sql(
                f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; {bounds}"
            )
            return
        connection.exec_driver_sql(bounds)
        connection.exec_driver_sql(
            "SELECT set_config('synchronous_commit', 'on', true) "
            "WHERE current_setting('synchronous_commit') IN ('off', 'local')"
        )
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")

    return engine
