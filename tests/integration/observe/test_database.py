"""The way to the database: it cannot write, it names what is wrong, it does not hang."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import psutil
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from exporter.demo.processes import free_port
from exporter.errors import (
    DatabasePrivilegeError,
    DatabaseUnreachableError,
    NotTimesketchDatabaseError,
)
from exporter.observe.database import reading, reading_engine
from exporter.observe.statements import statement as genuine
from exporter.observe.timelines import TimelinesReader

if TYPE_CHECKING:
    from exporter.demo.servers import Postgres
    from tests.integration.observe.timesketch_database import TimesketchDatabase
    from tests.servers.mariadb import MariaDB


def read(url: str, *, timeout: float = 10.0) -> None:
    """Read once from this database."""
    TimelinesReader(reading_engine(url, timeout=timeout)).read()


def changed(url: str, **parts: object) -> str:
    """Return the URL with other parts."""
    return make_url(url).set(**parts).render_as_string(hide_password=False)  # type: ignore[arg-type]


def add_user(database: TimesketchDatabase, name: str, *grants: str) -> str:
    """Add a user with these rights and return its URL; `{}` stands for the user."""
    mysql = database.engine.dialect.name == "mysql"
    user = f"{name}@'127.0.0.1'" if mysql else name
    create = "CREATE OR REPLACE USER" if mysql else "CREATE ROLE"
    how = "IDENTIFIED BY 'secret'" if mysql else "LOGIN PASSWORD 'secret'"
    database.execute(f"{create} {user} {how}", *(grant.format(user) for grant in grants))
    return changed(database.url, username=name, password="secret")


def grants(*tables: str) -> list[str]:
    """Return the statements that let a user read these tables."""
    return [f"GRANT SELECT ON {table} TO {{}}" for table in tables]


def backends(server: Postgres, database: TimesketchDatabase) -> list[psutil.Process]:
    """Return the server's processes that serve a connection to this database."""
    name = str(database.engine.url.database)
    children = psutil.Process(server.process.pid).children()
    return [child for child in children if name in " ".join(child.cmdline())]


READ_TABLES = [
    *("analysis", "analysis_status", "datasource", "datasource_status", "searchindex"),
    *("sketch", "sketch_status", "timeline", "timeline_status"),
]


def test_writing_is_impossible(database: TimesketchDatabase) -> None:
    """The reading engine cannot write, whatever its user may."""
    engine = reading_engine(database.roles.reader, timeout=10)

    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text("INSERT INTO sketch (name) VALUES ('x')"))


def test_a_reading_sees_one_state(database: TimesketchDatabase) -> None:
    """What others commit during a reading is not seen in it."""
    database.timeline(database.sketch("new"), "processing")

    with reading(reading_engine(database.roles.reader, timeout=10)) as transaction:
        before = transaction.rows("processing_timelines")
        if database.engine.dialect.name != "sqlite":  # its writers would wait for the reading
            database.execute("UPDATE timeline_status SET status = 'ready'")
        after = transaction.rows("processing_timelines")

    assert [row.timeline_id for row in before] == [row.timeline_id for row in after] == [1]


def test_unreachable(server: Postgres | MariaDB) -> None:
    """A server that is not there is named with its address and without the password."""
    url = changed(server.url, port=free_port())

    with pytest.raises(DatabaseUnreachableError, match=r"cannot read .*127\.0\.0\.1") as caught:
        read(url)

    assert str(make_url(url).password) not in str(caught.value)


def test_wrong_password(server: Postgres | MariaDB) -> None:
    """A refused login is told in the server's words, in one line."""
    with pytest.raises(DatabaseUnreachableError, match=r"(?i)password") as caught:
        read(changed(server.url, password="wrong"))

    assert "\n" not in str(caught.value)


def test_no_such_database(server: Postgres | MariaDB) -> None:
    """A database that does not exist is named."""
    with pytest.raises(DatabaseUnreachableError, match="nowhere"):
        read(changed(server.url, database="nowhere"))


def test_no_such_file(on_sqlite: TimesketchDatabase) -> None:
    """A wrong path of a SQLite file is an error and makes no file."""
    missing = f"{on_sqlite.engine.url.database}.missing"

    with pytest.raises(DatabaseUnreachableError, match="unable to open"):
        read(f"sqlite:///{missing}")

    assert not os.path.lexists(missing)


def test_not_timesketch(database: TimesketchDatabase) -> None:
    """A database without Timesketch's tables is told, with the tables that are missing."""
    database.execute("DROP TABLE datasource_status", "ALTER TABLE timeline DROP COLUMN name")

    with pytest.raises(
        NotTimesketchDatabaseError, match=r"missing: datasource_status, timeline\.name$"
    ):
        read(database.roles.reader)


@pytest.mark.parametrize("kind", ["on_postgres", "on_mariadb"])
def test_missing_rights(request: pytest.FixtureRequest, kind: str) -> None:
    """Each table that the user may not read is named."""
    database: TimesketchDatabase = request.getfixturevalue(kind)
    allowed = [name for name in READ_TABLES if name not in {"datasource", "sketch_status"}]
    url = add_user(database, "half_blind", *grants(*allowed))

    with pytest.raises(DatabasePrivilegeError, match="may not read datasource, sketch_status:"):
        read(url)


@pytest.mark.parametrize("kind", ["on_postgres", "on_mariadb"])
def test_select_is_right_enough(request: pytest.FixtureRequest, kind: str) -> None:
    """A user with nothing but SELECT on the tables that are named reads everything."""
    database: TimesketchDatabase = request.getfixturevalue(kind)
    database.timeline(database.sketch("new"), "processing")
    url = add_user(database, "just_reading", *grants(*READ_TABLES))

    found = TimelinesReader(reading_engine(url, timeout=10)).read()

    assert len(found.timelines) == 1


def test_too_slow_on_postgres(on_postgres: TimesketchDatabase) -> None:
    """A statement that takes longer than the time-out is given up, with the setting's name."""
    with on_postgres.engine.begin() as other:
        other.execute(text("LOCK TABLE timeline_status IN ACCESS EXCLUSIVE MODE"))

        with pytest.raises(DatabaseUnreachableError, match=r"raise database\.timeout"):
            read(on_postgres.roles.reader, timeout=0.2)


def test_too_slow_on_mariadb(on_mariadb: TimesketchDatabase) -> None:
    """A statement that takes longer than the time-out is given up, with the setting's name."""
    with on_mariadb.engine.connect() as other:
        other.execute(text("LOCK TABLES timeline_status WRITE"))

        try:
            with pytest.raises(DatabaseUnreachableError, match=r"raise database\.timeout"):
                read(on_mariadb.roles.reader, timeout=0.2)
        finally:
            # The connection goes back to a pool, and would hold the lock there.
            other.execute(text("UNLOCK TABLES"))


def test_slow_counts_cost_no_evidence(
    on_postgres: TimesketchDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where counting takes too long, timelines are read all the same and not counted."""
    on_postgres.timeline(on_postgres.sketch("new"), "processing")
    slow = text("SELECT pg_sleep(60)")
    monkeypatch.setattr(
        "exporter.observe.database.statement",
        lambda name, dialect: slow if name == "timeline_statuses" else genuine(name, dialect),
    )

    # Long enough for the other statements on a busy machine.
    found = on_postgres.reader(timeout=1.0).read()

    assert len(found.timelines) == 1
    assert found.statuses is None


def test_frozen_server(on_postgres: TimesketchDatabase, postgres: Postgres) -> None:
    """A server that keeps the connection but says nothing does not hold the reading for ever."""
    # Long enough for the first statement on a busy machine.
    engine = reading_engine(on_postgres.roles.reader, timeout=0.5)
    frozen: list[psutil.Process] = []

    def read_with_frozen_backends() -> None:
        with reading(engine) as transaction:
            transaction.rows("unfinished_analyses")
            frozen.extend(backends(postgres, on_postgres))
            for backend in frozen:
                backend.send_signal(signal.SIGSTOP)
            transaction.rows("processing_timelines")

    try:
        with pytest.raises(DatabaseUnreachableError, match="does not answer"):
            read_with_frozen_backends()
    finally:
        for backend in frozen:
            backend.send_signal(signal.SIGCONT)
    assert frozen


def test_recovers_after_a_restart(on_postgres: TimesketchDatabase, postgres: Postgres) -> None:
    """The same reader fails while the database is down and reads again once it is back."""
    reader = on_postgres.reader()
    reader.read()

    postgres.kill()
    try:
        with pytest.raises(DatabaseUnreachableError):
            reader.read()
    finally:
        postgres.start()

    assert reader.read().timelines == ()


@pytest.mark.parametrize("kind", ["on_postgres", "on_mariadb"])
def test_unknown_option_in_the_url(request: pytest.FixtureRequest, kind: str) -> None:
    """An option that the driver does not know is told in one line."""
    database: TimesketchDatabase = request.getfixturevalue(kind)

    with pytest.raises(DatabaseUnreachableError, match="colour"):
        read(f"{database.roles.reader}?colour=red")
