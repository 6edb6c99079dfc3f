"""A journal in a file: what can be wrong with the file, its directory and the disk."""

from __future__ import annotations

import importlib
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event

from exporter.errors import (
    JournalError,
    JournalFullError,
    JournalNewerError,
    JournalUnreachableError,
    JournalUnwritableError,
    NotJournalError,
)
from exporter.repair.journal import Journal, open_journal
from exporter.repair.journal.export import csv_row, json_line
from exporter.repair.records import Outcome
from tests.integration.repair.journal.samples import (
    ORIGIN,
    WINDOW,
    execute,
    granting,
    repair,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.repair.records import Entry

_NOBODY = 65534


def opened(url: str) -> Journal:
    """Open the journal."""
    return open_journal(url, instance="i", version="1")


def claim(journal: Journal, repair_id: str = "a1b2c3d4") -> Entry:
    """Claim a repair."""
    return journal.claim(repair(repair_id), ORIGIN, granting, orphan_window=WINDOW)


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """Return a directory that every user reaches, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up root's right to write everywhere, for a moment."""
    importlib.import_module("sqlite3")  # late, it might lie where only root may read
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def file_that_cannot_grow() -> Iterator[None]:
    """Let SQLite find the disk full as soon as a file needs another page."""

    def limit(connection: Any, _: Any) -> None:  # noqa: ANN401  sqlite3's, SQLAlchemy's
        connection.execute("PRAGMA max_page_count = 1")  # taken for the number that it has

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


def test_directory_that_cannot_be_made(open_directory: Path) -> None:
    """A directory that may not be made is named, with the setting to change."""
    url = f"sqlite:///{open_directory / 'state' / 'journal.db'}"
    open_directory.chmod(0o555)

    with (
        as_nobody(),
        pytest.raises(
            JournalUnwritableError,
            match=r"cannot make the journal's directory .*/state: permission denied; set journal\.",
        ),
    ):
        opened(url)


def test_file_in_the_way(tmp_path: Path) -> None:
    """A path that leads through a file is told as it is."""
    (tmp_path / "file").touch()

    with pytest.raises(JournalUnwritableError, match=r"directory .*/file"):
        opened(f"sqlite:///{tmp_path / 'file' / 'journal.db'}")


def test_file_that_cannot_be_made(open_directory: Path) -> None:
    """A file that may not be made is named."""
    open_directory.chmod(0o555)

    with (
        as_nobody(),
        pytest.raises(JournalUnwritableError, match=r"cannot make the journal .*\.db"),
    ):
        opened(f"sqlite:///{open_directory / 'journal.db'}")


@pytest.mark.parametrize(
    ("directory_mode", "file_mode", "named"),
    [(0o777, 0o444, "journal.db$"), (0o555, 0o666, "/[^/]*$"), (0o555, 0o444, "db and /[^/]*/")],
)
def test_file_that_cannot_be_written(
    open_directory: Path, directory_mode: int, file_mode: int, named: str
) -> None:
    """A journal that may only be read can be read; a claim names what lacks the right."""
    file = open_directory / "journal.db"
    first = claim(opened(f"sqlite:///{file}"))
    file.chmod(file_mode)
    open_directory.chmod(directory_mode)

    with as_nobody():
        reader = opened(f"sqlite:///{file}")
        assert list(reader.entries()) == [first]
        levels = [finding.level for finding in reader.check()]
        with pytest.raises(JournalUnwritableError, match=f"may not write to .*{named}"):
            claim(reader, "the-second")

    assert levels[:2] == ["ok", "failure"]
    assert list(opened(f"sqlite:///{file}").entries()) == [first]


def test_file_that_cannot_be_read(open_directory: Path) -> None:
    """A journal of another user is named, with who asks."""
    file = open_directory / "journal.db"
    opened(f"sqlite:///{file}")

    with as_nobody(), pytest.raises(JournalError, match=r"journal\.db .*user id \d+ may not"):
        opened(f"sqlite:///{file}")


def test_file_that_has_gone(file_url: str) -> None:
    """A journal that was deleted while it was open is missed, not silently begun anew."""
    journal = opened(file_url)
    path = Path(file_url.removeprefix("sqlite:///"))
    path.unlink()

    with pytest.raises(JournalUnreachableError, match="not there any more"):
        claim(journal)
    (finding,) = journal.check()

    assert finding.level == "failure"
    assert not path.exists()


def test_damaged_file(file_url: str) -> None:
    """A journal whose pages were overwritten is told to be damaged."""
    journal = opened(file_url)
    path = Path(file_url.removeprefix("sqlite:///"))
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 50_000)

    with pytest.raises(NotJournalError, match="or damaged"):
        claim(journal)


def test_full_disk(file_url: str) -> None:
    """Without room there is no claim and nothing is changed; with room it goes on."""
    journal = opened(file_url)
    claimed = [claim(journal, f"repair-{number}") for number in range(3)]

    def fill() -> None:
        for number in range(3, 1000):
            claimed.append(claim(journal, f"repair-{number}"))  # noqa: PERF401  it ends early

    with file_that_cannot_grow(), pytest.raises(JournalFullError, match="no room is left"):
        fill()

    assert list(journal.entries()) == claimed
    assert claim(journal, "there is room").outcome is None


def test_a_damaged_entry_is_told(tmp_path: Path) -> None:
    """An entry that is not what was written is an error that can be acted on."""
    url = f"sqlite:///{tmp_path / 'journal.db'}"
    journal = opened(url)
    claim(journal)
    execute(url, "DROP TRIGGER repair_no_update")
    execute(url, "UPDATE repair SET document = replace(document, 'verdict', 'VERDICT')")
    with pytest.raises(NotJournalError, match="entry 1 of the journal is damaged"):
        list(journal.entries())
    journal.close()


DAMAGES = (
    "UPDATE control SET document = '7'",
    "UPDATE control SET at = 'never'",
    "UPDATE outcome SET outcome = 'null'",
    "UPDATE outcome SET guards = '[]'",
    "UPDATE outcome SET ended_at = 'FAILED'",
    "UPDATE outcome SET ended_at = 9e999",
    "UPDATE repair SET target = 'Infinity'",
    "UPDATE repair SET begun_at = 9e15",
    """UPDATE repair SET document = json_set(document, '$.repair.evidence.since', 'x')""",
    """UPDATE repair SET document = json_set(document, '$.repair.evidence.reasons', 7)""",
    """UPDATE repair SET document = json_set(document, '$.actor', json('{}'))""",
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_value_is_told(file_url: str, damage: str) -> None:
    """A value that nobody can have written is an error that can be acted on, whoever asks."""
    journal = opened(file_url)
    claim(journal)
    journal.finish("a1b2c3d4", Outcome.APPLIED)
    journal.pause("maintenance", ORIGIN)
    for table in ("repair", "outcome", "control"):
        execute(file_url, f"DROP TRIGGER {table}_no_update")
    execute(file_url, damage)
    told = []
    for ask in (
        lambda: [(json_line(each), csv_row(each)) for each in journal.entries()],
        journal.tally,
        lambda: journal.history(orphan_window=WINDOW),
        lambda: claim(journal, "e5f6"),
    ):
        try:
            ask()
        except NotJournalError as error:
            told.append(str(error))
    assert told
    assert all("damaged" in line and "put a copy of the journal back" in line for line in told)
    journal.close()


@pytest.mark.parametrize("version", ["0", "9" * 5_000])
def test_a_version_that_never_was_is_refused(file_url: str, version: str) -> None:
    """It is not taken for an older one."""
    opened(file_url).close()
    execute(file_url, f"UPDATE journal_version SET version_num = '{version}'")  # noqa: S608  ours
    with pytest.raises(JournalNewerError):
        opened(file_url)


def test_two_versions_are_damage(file_url: str) -> None:
    """Pages in the wrong place hold rows that the key would not have let in."""
    opened(file_url).close()
    execute(file_url, "DROP TABLE journal_version")
    execute(file_url, "CREATE TABLE journal_version (version_num text)")
    execute(file_url, "INSERT INTO journal_version VALUES ('1'), ('2')")
    with pytest.raises(NotJournalError, match="or damaged"):
        opened(file_url)
