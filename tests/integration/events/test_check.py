"""What `check` tells of the history."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url, text

from exporter.commands.history_check import check_history
from exporter.errors import HistoryError
from exporter.events.check import check
from exporter.events.database import HistoryDatabase
from exporter.events.intake import Batch
from exporter.events.records import Kind
from exporter.events.tables import VERSION
from exporter.settings import load
from tests.unit.events.samples import happened

if TYPE_CHECKING:
    from pathlib import Path

    from exporter.events.history import History
    from exporter.snapshot import Finding


def checked(journal_url: str, **settings: str) -> list[Finding]:
    """What the command tells of it."""
    given = {f"events.{name.replace('_', '-')}": value for name, value in settings.items()}
    return list(check_history(load({"journal.url": journal_url, **given}, {})))


def rows(journal_url: str) -> list[str]:
    """What is noted of streams that were watched."""
    with closing(HistoryDatabase(journal_url)) as database, database.reading() as connection:
        return list(connection.execute(text("SELECT stream FROM history_watch")).scalars())


def test_check(history: History, journal_url: str) -> None:
    """One line tells place, version and size; what was written to try is gone."""
    history.write(Batch(events=[happened(6, Kind.STARTED)]))

    (found,) = checked(journal_url, max_rows="7")

    assert (found.name, found.level) == ("history", "ok")
    told = f"version {VERSION}: 1 of at most 7 events of tasks, can be written"
    assert found.text.endswith(told)
    assert str(make_url(journal_url).password) not in found.text
    assert rows(journal_url) == []


def test_full(history: History, journal_url: str) -> None:
    """Where events go before their time, a line says so."""
    history.write(Batch(events=[happened(6, Kind.STARTED), happened(7, Kind.SUCCEEDED)]))

    _, found = checked(journal_url, max_rows="2")

    assert found.level == "warning"
    assert found.text.startswith("it is full")


def test_none_yet(journal_url: str) -> None:
    """Before the first serve there is none, which is well, and none is made."""
    for _ in range(2):
        (found,) = checked(journal_url)
        assert (found.level, found.text[:22]) == ("ok", "no history is kept at ")


def test_none_wanted(journal_url: str) -> None:
    """Where none is to be kept nobody looks for one."""
    (found,) = checked(journal_url, keep="false")

    assert (found.level, found.text) == ("ok", "none is kept (events.keep)")


@pytest.mark.usefixtures("history")
def test_another_version(journal_url: str) -> None:
    """A history of another version is a warning, since nothing but stories needs it."""
    with closing(HistoryDatabase(journal_url)) as database, database.writing() as connection:
        connection.execute(text("UPDATE history_version SET version = 99"))

    (found,) = checked(journal_url)

    assert found.level == "warning"
    assert "is of version 99" in found.text


def test_damaged(tmp_path: Path) -> None:
    """A file that is no history is a warning that names it."""
    (tmp_path / "journal-history.db").write_text("no database, but longer than a header of one")

    (found,) = checked(f"sqlite:///{tmp_path / 'journal.db'}")

    assert found.level == "warning"
    assert found.text.endswith("journal-history.db: file is not a database")


@pytest.mark.parametrize("journal_url", ["postgres"], indirect=True)
@pytest.mark.usefixtures("history")
def test_not_to_be_written(journal_url: str) -> None:
    """What can be read and not be written is told."""
    with create_engine(journal_url).connect() as connection:
        name = make_url(journal_url).database
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        connection.commit()

    with (
        closing(HistoryDatabase(journal_url)) as database,
        pytest.raises(HistoryError, match="read-only transaction"),
    ):
        list(check(database, max_rows=7))
