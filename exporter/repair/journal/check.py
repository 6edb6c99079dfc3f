"""What `check` says about the journal, a line for each thing that can be wrong."""

from __future__ import annotations

import shutil
import stat
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from exporter.errors import JournalError
from exporter.repair.journal.tables import CONTROL, OUTCOME, REPAIR, VERSION
from exporter.repair.journal.version import require_version
from exporter.snapshot import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from exporter.repair.journal.database import JournalDatabase

# Room for some hundred entries. SQLite finds a full disk only while it commits.
_LEAST_FREE = 1024 * 1024


def check(database: JournalDatabase) -> Iterator[Finding]:
    """Look at place, version, contents and whether it can be written to, until something fails."""
    place = database.address.place
    try:
        with database.reading() as connection:
            require_version(connection, place)
            begun = connection.execute(select(func.count()).select_from(REPAIR)).scalar_one()
            ended = connection.execute(select(func.count()).select_from(OUTCOME)).scalar_one()
    except JournalError as error:
        yield Finding("journal", "failure", str(error))
        return
    under_way = f", {begun - ended} of them without an outcome yet" if begun > ended else ""
    yield Finding("journal", "ok", f"{place}, version {VERSION}: {begun} entries{under_way}")
    try:
        _write_and_take_back(database)
    except JournalError as error:
        yield Finding("journal writing", "failure", str(error))
    else:
        yield Finding("journal writing", "ok", "can be appended to")
    if database.address.file is not None:
        yield from _look_at_file(database.address.file)


def _write_and_take_back(database: JournalDatabase) -> None:
    with database.writing() as connection, connection.begin_nested() as trial:
        connection.execute(insert(CONTROL).values(kind="check", at=0.0, document="{}"))
        trial.rollback()


def _look_at_file(path: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(path.parent).free
    if free < _LEAST_FREE:
        text = f"{free // 1024} KiB are free in {path.parent}: make room, or nothing is repaired"
        yield Finding("journal file", "warning", text)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        text = f"other users may open it (mode {mode:o}), and it tells of cases: chmod 600"
        yield Finding("journal file", "warning", text)
