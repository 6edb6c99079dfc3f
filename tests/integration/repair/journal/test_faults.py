"""Every situation an operator can act on: one clear line, nothing changed, no password shown."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from exporter.demo.processes import free_port
from exporter.errors import (
    JournalBusyError,
    JournalFullError,
    JournalPrivilegeError,
    JournalUnreachableError,
    JournalUnwritableError,
    NotJournalError,
    SettingsError,
)
from exporter.repair.guards import Decision
from exporter.repair.journal import Journal, open_journal
from exporter.repair.journal.database import JournalDatabase
from exporter.repair.journal.tables import VERSION_TABLE
from tests.integration.repair.journal.samples import ORIGIN, WINDOW, execute, granting, repair

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.repair.records import Entry, History


def opened(url: str, timeout: float = 10.0) -> Journal:
    """Open the journal."""
    return open_journal(url, instance="i", version="1", timeout=timeout)


def claim(journal: Journal, repair_id: str = "a1b2c3d4") -> Entry:
    """Claim a repair."""
    return journal.claim(repair(repair_id), ORIGIN, granting, orphan_window=WINDOW)


def changed(url: str, **parts: object) -> str:
    """Return the URL with other parts."""
    return make_url(url).set(**parts).render_as_string(hide_password=False)  # type: ignore[arg-type]


def test_full_server(database_url: str) -> None:
    """PostgreSQL's own word for a full disk is understood."""
    journal = opened(database_url)
    execute(
        database_url,
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$",
        "CREATE TRIGGER full_disk BEFORE INSERT ON repair EXECUTE FUNCTION full_disk()",
    )

    with pytest.raises(JournalFullError, match="no room is left for the journal postgresql://"):
        claim(journal)


def test_kept_locked(url: str) -> None:
    """A journal that somebody keeps locked is given up after the time-out."""
    journal = opened(url, timeout=1.0)
    lock = "LOCK TABLE repair" if url.startswith("postgresql") else "BEGIN IMMEDIATE"
    with create_engine(url, poolclass=NullPool).connect() as other:
        other.execute(text(lock))

        with pytest.raises(JournalBusyError, match=r"more than 1 s"):
            claim(journal)
        other.rollback()

    assert claim(journal).outcome is None


def test_standing_still(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that stands still in its claim loses it, and nobody else waits any longer."""
    other = opened(database_url)
    # Long enough for a busy machine between two statements; no limit on the other at all.
    monkeypatch.setattr("exporter.repair.journal.database._IDLE_MS", 2_000)
    frozen = opened(database_url)

    def decide(_: History) -> Decision:
        claim(other, "the-other")  # waits until the frozen one has lost the lock
        return Decision()

    with pytest.raises(JournalUnreachableError, match="cannot use the journal"):
        frozen.claim(repair("the-frozen"), ORIGIN, decide, orphan_window=WINDOW)

    assert [entry.repair.repair_id for entry in other.entries()] == ["the-other"]
    assert claim(frozen, "moving-again").outcome is None


def test_no_connection_free(database_url: str) -> None:
    """With more threads than connections, the last one gives up after the time-out."""
    database = JournalDatabase(database_url, timeout=0.1, clock=None)
    with ExitStack() as stack:

        def take_all() -> None:
            for _ in range(100):
                stack.enter_context(database.reading())

        with pytest.raises(JournalBusyError, match=r"connections .* are in use"):
            take_all()
    database.close()


def test_unreachable(database_url: str) -> None:
    """A server that is not there is named with its address and without the password."""
    with pytest.raises(JournalUnreachableError, match=r"cannot use .*127\.0\.0\.1") as caught:
        opened(changed(database_url, port=free_port()))

    assert str(make_url(database_url).password) not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_restarted_server(database_url: str) -> None:
    """A connection that the server ended is replaced before it is used again."""
    journal = opened(database_url)
    claim(journal, "the-first")
    execute(
        database_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )

    assert claim(journal, "the-second").outcome is None


def test_tables_that_have_gone(url: str) -> None:
    """A database that was made anew while it was open is told to be no journal."""
    journal = opened(url)
    execute(url, f"DROP TABLE {VERSION_TABLE}")

    with pytest.raises(NotJournalError, match="not a journal any more"):
        claim(journal)


@pytest.fixture
def as_role(database_url: str) -> Callable[..., str]:
    """Return what makes a role with these rights and returns its URL."""

    def make(*grants: str) -> str:
        role = f"journal_{uuid.uuid4().hex[:8]}"
        execute(
            database_url,
            f"CREATE ROLE {role} LOGIN PASSWORD 'secret'",
            *(f"GRANT {grant} TO {role}" for grant in grants),
        )
        return changed(database_url, username=role, password="secret")

    return make


def test_no_right_to_make(as_role: Callable[..., str]) -> None:
    """A user who may not make the tables is told which right it takes."""
    with pytest.raises(JournalPrivilegeError, match=r"user journal_.* lacks a right.*CREATE on"):
        opened(as_role())


def test_least_rights(database_url: str, as_role: Callable[..., str]) -> None:
    """SELECT and INSERT suffice for a journal that was made by another user."""
    opened(database_url)
    url = as_role(
        "SELECT, INSERT ON ALL TABLES IN SCHEMA public",
        "USAGE ON ALL SEQUENCES IN SCHEMA public",
    )

    assert claim(opened(url)).outcome is None


def test_no_right_to_append(database_url: str, as_role: Callable[..., str]) -> None:
    """A user who may only read is told so, by check as well."""
    opened(database_url)
    reader = opened(as_role("SELECT ON ALL TABLES IN SCHEMA public"))

    with pytest.raises(JournalPrivilegeError, match=r"permission denied for .*SELECT and INSERT"):
        claim(reader)

    assert [finding.level for finding in reader.check()] == ["ok", "failure"]


def test_read_only_server(database_url: str) -> None:
    """A server that takes no writes, as a standby, is told."""
    opened(database_url)
    name = make_url(database_url).database
    execute(database_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    with pytest.raises(JournalUnwritableError, match="can only be read"):
        claim(opened(database_url))


@pytest.mark.parametrize(
    ("url", "said"),
    [("mysql://u:p@h/d", "mysql cannot hold"), ("journal.db", "not a URL"), ("x://", "x cannot")],
)
def test_wrong_url(url: str, said: str) -> None:
    """A URL that cannot be a journal's is a mistake in the settings."""
    with pytest.raises(SettingsError, match=said):
        opened(url)
