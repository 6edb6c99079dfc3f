"""Opening: made where there is none, migrated where it is older, left alone where it is newer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from exporter.errors import JournalNewerError, NotJournalError, SettingsError
from exporter.repair.journal import Journal, open_journal
from exporter.repair.journal.database import JournalDatabase
from exporter.repair.journal.entries import append_intent
from exporter.repair.journal.file import make_file
from exporter.repair.journal.tables import APPEND_ONLY, METADATA, VERSION, VERSION_TABLE
from exporter.repair.records import Outcome
from exporter.repair.requests import Asked, Conclusion, RequestOutcome
from exporter.repair.rows import Target
from tests.integration.repair.journal.samples import (
    NOW,
    ORIGIN,
    WINDOW,
    execute,
    granting,
    refusing,
    repair,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_PROCESSES = 4
_OPEN = """
import sys
from exporter.repair.journal import open_journal
sys.stdin.readline()
open_journal(sys.argv[1], instance="i", version="1").close()
print("alembic" if "alembic" in sys.modules else "plain")
"""


def opening(url: str) -> subprocess.Popen[str]:
    """Start a process that opens the journal once it gets a line; it tells if it had to migrate."""
    command = [sys.executable, "-c", _OPEN, url]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_empty_database(url: str, opened: Callable[..., Journal]) -> None:
    """An empty database becomes a journal of the newest version, as the tables say."""
    opened()

    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert context.get_current_revision() == VERSION
        assert compare_metadata(context, METADATA) == []


def test_newest_version() -> None:
    """The version that is expected is the one to which the migrations lead."""
    config = Config()
    config.set_main_option("script_location", "exporter.repair.journal:migrations")

    assert ScriptDirectory.from_config(config).get_heads() == [VERSION]


def test_open_again(url: str, opened: Callable[..., Journal]) -> None:
    """What was journalled is there when the journal is opened again, without alembic's help."""
    entry = opened().claim(repair(), ORIGIN, granting, orphan_window=WINDOW)

    with opening(url) as process:
        told, _ = process.communicate("go\n", timeout=60)

    assert told == "plain\n"
    assert list(opened().entries()) == [entry]


def test_older(url: str, opened: Callable[..., Journal]) -> None:
    """A journal of the first version is migrated in place, and tells what it told before."""
    database = JournalDatabase(url, timeout=10, clock=None)
    if database.address.file is not None:
        make_file(database.address.file)
    config = Config()
    config.set_main_option("script_location", "exporter.repair.journal:migrations")
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "1")
        append_intent(connection, repair(), ORIGIN, at=NOW, instance="i", version="0.1")
    database.close()

    journal = opened()

    (entry,) = journal.entries()
    assert (entry.repair, entry.origin, entry.begun_at) == (repair(), ORIGIN, NOW)
    assert journal.inbox.tally().open == 0


def test_open_at_once(url: str, opened: Callable[..., Journal]) -> None:
    """Of several processes that open a journal at once each succeeds, and it is made once."""
    processes = [opening(url) for _ in range(_PROCESSES)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    told = [process.communicate(timeout=60)[0] for process in processes]

    assert [process.returncode for process in processes] == [0] * _PROCESSES
    assert "alembic\n" in told
    assert list(opened().entries()) == []


@pytest.mark.parametrize("version", ["3", "10", "unheard-of"])
def test_newer(url: str, opened: Callable[..., Journal], version: str) -> None:
    """A journal of a version that is not known yet is refused, and stays as it is."""
    opened().claim(repair(), ORIGIN, refusing(), orphan_window=WINDOW)
    execute(url, f"UPDATE {VERSION_TABLE} SET version_num = '{version}'")  # noqa: S608  ours
    before = execute(url, "SELECT * FROM repair")

    with pytest.raises(JournalNewerError, match=f"is of version {version}, and this exporter"):
        opened()

    assert execute(url, "SELECT * FROM repair") == before
    assert execute(url, f"SELECT * FROM {VERSION_TABLE}") == [(version,)]  # noqa: S608  ours


def test_migrated_by_another(url: str, journal: Journal) -> None:
    """A process that had the journal open appends nothing once a newer one has migrated it.

    Nor does it count what is in it any more: metrics would say that the journal can be used.
    """
    execute(url, f"UPDATE {VERSION_TABLE} SET version_num = '3'")  # noqa: S608  ours

    with pytest.raises(JournalNewerError, match="run the newer exporter"):
        journal.claim(repair(), ORIGIN, granting, orphan_window=WINDOW)
    with pytest.raises(JournalNewerError, match="run the newer exporter"):
        journal.tally()

    assert execute(url, "SELECT * FROM repair") == []


def test_something_else(file_url: str, database_url: str) -> None:
    """A database with other tables in it is no journal, and gets none of its tables."""
    Path(file_url.removeprefix("sqlite:///")).parent.mkdir()
    execute(f"{file_url}", *(f"CREATE TABLE {name} (x INTEGER)" for name in "abcde"))
    execute(database_url, "CREATE TABLE sketch (id INTEGER)")

    with pytest.raises(NotJournalError, match=r"holds other tables \(a, b, c and 2 more\)"):
        open_journal(file_url, instance="i", version="1")
    with pytest.raises(NotJournalError, match=r"holds other tables \(sketch\)") as caught:
        open_journal(database_url, instance="i", version="1")

    assert "timesketch:" not in str(caught.value)
    assert len(execute(file_url, "SELECT * FROM sqlite_master")) == 5


def test_no_database_at_all(tmp_path: Path) -> None:
    """A file that is no database is told so and stays as it is."""
    path = tmp_path / "notes.txt"
    path.write_text("call the bank " * 100)

    with pytest.raises(NotJournalError, match="is not a journal, or damaged"):
        open_journal(f"sqlite:///{path}", instance="i", version="1")

    assert path.read_text() == "call the bank " * 100


def test_modes(tmp_path: Path) -> None:
    """The file and its directories are made for their owner alone; what is there stays."""
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    file = shared / "state" / "journal" / "of a case #1.db"

    open_journal(f"sqlite:///{file}", instance="i", version="1")

    modes = [path.stat().st_mode & 0o777 for path in (shared, *file.parents[1::-1], file)]
    assert modes == [0o755, 0o700, 0o700, 0o600]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_in_memory(url: str) -> None:
    """A journal that would not outlive the process is refused."""
    with pytest.raises(SettingsError, match="would be lost"):
        open_journal(url, instance="i", version="1")


@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_append_only(url: str, opened: Callable[..., Journal], statement: str) -> None:
    """No row is changed or removed, even by who goes round the exporter."""
    if statement.startswith("TRUNCATE") and url.startswith("sqlite"):
        statement = "DELETE FROM {} WHERE true"  # SQLite has no other
    fill(opened())
    for table in (table.name for table in APPEND_ONLY):
        column = "repair_id" if table in {"outcome", "superseded"} else "sequence"
        before = execute(url, f"SELECT * FROM {table}")  # noqa: S608  ours

        with pytest.raises(DBAPIError, match=r"append-only|foreign key constraint"):
            execute(url, statement.format(table, column, column))

        assert before == execute(url, f"SELECT * FROM {table}") != []  # noqa: S608  ours


def fill(journal: Journal) -> None:
    """Append a row to every table."""
    journal.claim(repair(), ORIGIN, granting, orphan_window=WINDOW)
    journal.finish("a1b2c3d4", Outcome.APPLIED)
    journal.supersede("a1b2c3d4", "somebody")
    journal.observe([(Target.TIMELINE, 5, 7)])
    journal.pause("because", ORIGIN)
    asked = Asked("abc", Target.TIMELINE, 5, "f00d", "Orphaned", {})
    journal.inbox.take_in([asked], quiet=60, capacity=1)
    _, (request,) = journal.inbox.open_requests()
    journal.inbox.conclude({request.sequence: Conclusion(RequestOutcome.NEEDLESS, "why")})
