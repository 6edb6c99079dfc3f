"""Who waits for whose lock, by what the database server itself says."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from tests.integration.observe.timesketch_database import TimesketchDatabase

# Long, since it may have to wait for a process to start on a busy machine.
_DEADLINE = 120.0

# MariaDB shows what it showed before to whoever asks again within a tenth of a second.
_POLL_EVERY = 0.15

_WAITS = {
    "postgresql": """
        SELECT pid, unnest(pg_blocking_pids(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
    """,
    "mysql": """
        SELECT waiter.trx_mysql_thread_id, blocker.trx_mysql_thread_id
        FROM information_schema.innodb_lock_waits AS waits
        JOIN information_schema.innodb_trx AS waiter ON waiter.trx_id = waits.requesting_trx_id
        JOIN information_schema.innodb_trx AS blocker ON blocker.trx_id = waits.blocking_trx_id
        JOIN information_schema.processlist AS process ON process.id = waiter.trx_mysql_thread_id
        WHERE process.db = DATABASE()
    """,
}
_OWN = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()"}
_OTHERS = {
    "postgresql": """
        SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND application_name = 'timesketch-exporter'
    """,
    "mysql": """
        SELECT id FROM information_schema.processlist
        WHERE db = DATABASE() AND id <> CONNECTION_ID()
    """,
}
_END = {"postgresql": "SELECT pg_terminate_backend({})", "mysql": "KILL {}"}


@dataclass(frozen=True, slots=True)
class Session:
    """A transaction of somebody else; `session_id` is the server's number for it."""

    connection: Connection
    session_id: int

    def execute(self, statement: str) -> None:
        """Execute a statement."""
        self.connection.execute(text(statement))

    def commit(self) -> None:
        """Commit, and begin anew."""
        self.connection.commit()


@contextmanager
def session(database: TimesketchDatabase) -> Iterator[Session]:
    """Open a transaction as superuser; what is not committed is rolled back."""
    with database.engine.connect() as connection:
        own = connection.execute(text(_OWN[connection.dialect.name])).scalar_one()
        connection.commit()
        yield Session(connection, own)


def waits(database: TimesketchDatabase) -> set[tuple[int, int]]:
    """Return who waits for whom: pairs of session ids."""
    with database.engine.connect() as connection:
        rows = connection.execute(text(_WAITS[connection.dialect.name])).all()
    return {(int(waiter), int(blocker)) for waiter, blocker in rows}


def until_waiting(
    database: TimesketchDatabase,
    *,
    waiter: int | None = None,
    blocker: int | None = None,
    waiters: int = 1,
) -> None:
    """Poll until so many sessions (or this very one) wait for a lock (of this very one)."""
    deadline = time.monotonic() + _DEADLINE
    while True:
        found = waits(database)
        blocked = {
            one
            for one, other in found
            if waiter in {None, one} and (blocker in {None, other} or waiters > 1)
        }
        if len(blocked) >= waiters:
            return
        if time.monotonic() > deadline:
            message = f"nobody waits: {found}"
            raise AssertionError(message)
        time.sleep(_POLL_EVERY)


def end_others(database: TimesketchDatabase) -> int:
    """End every session of the exporter's in this database; return how many there were."""
    with database.engine.connect() as connection:
        dialect = connection.dialect.name
        others = connection.execute(text(_OTHERS[dialect])).scalars().all()
        for other in others:
            connection.execute(text(_END[dialect].format(other)))
    return len(others)
