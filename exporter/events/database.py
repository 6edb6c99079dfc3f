"""The way to the history's database: a file beside the journal's, or the journal's own PostgreSQL.

A file of its own, since the journal has other needs: there each repair waits until its intent is on
the disk, here ten thousand events a second may be written, and removed again.
"""

from __future__ import annotations

import math
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import NullPool, QueuePool, create_engine, event, func, inspect, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFreeError

from exporter.errors import HistoryError, HistoryMissingError, let_go
from exporter.events.tables import METADATA, VERSION, VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import URL, Connection, Engine

TIMEOUT = 10.0
"""Seconds for connecting, and for waiting until others are done with the tables."""

_FILE_MODE = 0o600
_FILE_SUFFIX = "-history"
_WRITES = "history_writes"
_BACKENDS = frozenset({"sqlite", "postgresql", "postgres"})


def history_file(journal_url: str) -> Path | None:
    """The file of the history beside a journal in a file; None where the journal is no file."""
    url = _url(journal_url)
    if url.get_backend_name() != "sqlite":
        return None
    journal = Path(url.database or "")
    return journal.with_name(f"{journal.stem}{_FILE_SUFFIX}{journal.suffix}")


class HistoryDatabase:
    """Transactions on the history; every driver's error becomes a HistoryError.

    `journal_url` is where the journal is, and open already: the history never comes first.
    """

    def __init__(self, journal_url: str, *, timeout: float = TIMEOUT) -> None:
        self.file = history_file(journal_url)
        if self.file is not None:
            self.place = str(self.file)
            self._engine = _sqlite(self.file, timeout)
        else:
            url = _url(journal_url).set(drivername="postgresql+psycopg2")
            self.place = f"{url.host or 'localhost'}/{url.database}"
            self._engine = _postgresql(str(url.render_as_string(hide_password=False)), timeout)

    def make(self) -> None:
        """Make the tables where there are none; raises HistoryError for another version's."""
        if self.file is not None:
            try:
                # Empty is a valid SQLite database; what it tells is for nobody else's eyes.
                os.close(os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE))
            except OSError as error:
                why = (error.strerror or str(error)).lower()
                raise HistoryError(f"cannot make the history {self.place}: {why}") from error
        with self.writing() as connection:
            if not inspect(connection).has_table(VERSIONS.name):
                METADATA.create_all(connection)
                # Of several that start at once, one has made them by now.
                connection.execute(
                    self.insert(VERSIONS).on_conflict_do_nothing(), {"version": VERSION}
                )
            self._require_version(connection)

    def require(self) -> None:
        """Raise HistoryMissingError where there is none yet, HistoryError where it is no use."""
        missing = f"no history is kept at {self.place} so far: serve keeps one (events.keep)"
        if self.file is not None and not self.file.exists():
            raise HistoryMissingError(missing)
        with self.reading() as connection:
            if not inspect(connection).has_table(VERSIONS.name):
                raise HistoryMissingError(missing)
            self._require_version(connection)

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a transaction that only reads."""
        return self._transaction(writes=False)

    def writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction that writes; it commits at the end."""
        return self._transaction(writes=True)

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        engine = self._engine.execution_options(**{_WRITES: writes})
        try:
            with engine.begin() as connection:
                yield connection
        except (DBAPIError, NoConnectionFreeError) as error:
            cause = getattr(error, "orig", None) or error
            let_go(error)
            line = " ".join(str(cause).split())
            raise HistoryError(f"cannot use the history {self.place}: {line}") from error
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # What is stored is read within; sqlite3 raises some of these itself over a bad file.
            let_go(error)
            line = " ".join(str(error).split())
            raise HistoryError(
                f"the history {self.place} is damaged ({type(error).__name__}: {line}); move it "
                "away, and serve keeps a new one"
            ) from error

    def insert(self, table: Any) -> Any:  # noqa: ANN401  each dialect has an Insert of its own
        """An INSERT that knows ON CONFLICT."""
        return sqlite.insert(table) if self.file is not None else postgresql.insert(table)

    def greatest(self, one: Any, other: Any) -> Any:  # noqa: ANN401  columns of any type
        """The greater of two values of a row."""
        return func.max(one, other) if self.file is not None else func.greatest(one, other)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _require_version(self, connection: Connection) -> None:
        found = connection.execute(select(func.max(VERSIONS.c.version))).scalar_one()
        if found != VERSION:
            raise HistoryError(
                f"the history {self.place} is of version {found}, and this exporter knows "
                f"{VERSION}: run the exporter that made it, or move it away"
            )


def _url(journal_url: str) -> URL:
    try:
        url = make_url(journal_url)
    except (ArgumentError, ValueError):
        # Their texts quote what may be part of a password.
        raise HistoryError(
            "the history lies beside the journal, and journal.url is no URL"
        ) from None
    if url.get_backend_name() not in _BACKENDS:
        raise HistoryError("the history lies beside a journal, and journal.url is of none")
    return url


def _sqlite(file: Path, timeout: float) -> Engine:
    engine = create_engine(
        # rw and not rwc: a file that has gone is an error.
        f"sqlite:///file:{quote(str(file))}?mode=rw&uri=true",
        poolclass=NullPool,
        connect_args={"timeout": timeout},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:  # noqa: ANN401  sqlite3's, SQLAlchemy's
        connection.isolation_level = None  # sqlite3 would begin transactions of its own kind

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options()[_WRITES]
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: str, timeout: float) -> Engine:
    whole = max(2, math.ceil(timeout))  # libpq takes 1 for 2
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=2,
        pool_timeout=timeout,
        pool_pre_ping=True,
        connect_args={
            "application_name": "timesketch-exporter",
            "connect_timeout": whole,
            "tcp_user_timeout": whole * 1000,
        },
    )
    bounds = f"SET LOCAL lock_timeout = '{whole}s'; SET LOCAL statement_timeout = '{6 * whole}s'"

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(bounds)

    return engine
