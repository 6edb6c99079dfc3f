"""The journal's version: told, refused or migrated when it is opened."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, String, column, inspect, select, table

from exporter.errors import JournalNewerError, NotJournalError
from exporter.repair.journal.tables import VERSION, VERSION_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from exporter.repair.journal.database import JournalDatabase

_SHOWN_TABLES = 3
_VERSION: Select[Any] = select(column("version_num", String)).select_from(table(VERSION_TABLE))

_OLDER = frozenset(str(each) for each in range(1, int(VERSION)))

_log = logging.getLogger(__name__)


def migrate(database: JournalDatabase) -> None:
    """Bring the journal to the newest version, or make its tables where there are none.

    Raises JournalNewerError or NotJournalError, having changed nothing. Of several processes that
    open it at once, one migrates and the others wait.
    """
    with database.reading() as connection:
        if read_version(connection) == VERSION:
            return
    with database.writing() as connection:
        found = read_version(connection)
        if found == VERSION:
            return
        _refuse_what_is_none(connection, found, database.address.place)
        _upgrade(connection)
    _log.info(
        "journal migrated",
        extra={"journal": database.address.place, "from": found, "to": VERSION},
    )


@contextmanager
def appending(database: JournalDatabase) -> Iterator[tuple[Connection, float]]:
    """Open a writing transaction on a journal of our version, with the time by its clock.

    Raises JournalError.
    """
    with database.writing() as connection:
        require_version(connection, database.address.place)
        yield connection, database.now(connection)


def require_version(connection: Connection, place: str) -> None:
    """Raise JournalNewerError if another process migrated the journal while we had it open."""
    found: str | None = connection.execute(_VERSION).scalar_one_or_none()
    if found != VERSION:
        raise _newer(found, place)


def read_version(connection: Connection) -> str | None:
    """Return the journal's version; None where there is no journal yet."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.execute(_VERSION).scalar_one_or_none()
    return version


def _refuse_what_is_none(connection: Connection, found: str | None, place: str) -> None:
    if found is not None and found not in _OLDER:
        raise _newer(found, place)
    if found is None and (others := inspect(connection).get_table_names()):
        shown = ", ".join(sorted(others)[:_SHOWN_TABLES])
        more = f" and {len(others) - _SHOWN_TABLES} more" if len(others) > _SHOWN_TABLES else ""
        raise NotJournalError(
            f"{place} is not a journal: it holds other tables ({shown}{more}); "
            "set journal.url to a file or a database of the journal's own"
        )


def _newer(found: str | None, place: str) -> JournalNewerError:
    return JournalNewerError(
        f"the journal {place} is of version {found}, and this exporter knows {VERSION} at most: "
        "run the newer exporter that migrated it"
    )


def _upgrade(connection: Connection) -> None:
    # Imported late: it takes half a second, and is needed once in the life of a version.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", f"{__package__}:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, VERSION)
