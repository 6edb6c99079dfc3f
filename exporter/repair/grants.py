"""The SQL that gives two database users the least privileges: one that reads, one that repairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.errors import SettingsError
from exporter.repair.changes import StatusTable
from exporter.repair.rights import READER, REPAIRER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from exporter.repair.rights import Right

# PostgreSQL cuts longer names short, and so would grant to somebody else.
_POSTGRESQL_BYTES = 63


def grants(dialect: str, *, database: str, reader: str, repairer: str) -> str:
    """Return a script of GRANTs for PostgreSQL (`postgresql`) or MariaDB (`mysql`, `mariadb`).

    `reader` serves `database.url`, `repairer` serves `repair.database-url`. MariaDB's users may
    be given with their host as `name@host`; without one it is any host. Running the script twice
    does no harm. Raises SettingsError for another dialect, or a name that cannot be one.
    """
    for name in (database, reader, repairer):
        if not name or not name.isprintable():
            raise SettingsError(f"{name!r} cannot be the name of a database or user")
    match dialect:
        case "postgresql":
            lines = _postgresql(database, reader, repairer)
        case "mysql" | "mariadb":
            lines = _mysql(database, reader, repairer)
        case _:
            raise SettingsError(
                f"no grants for {dialect}: Timesketch runs on PostgreSQL or MariaDB"
            )
    return "\n".join(lines) + "\n"


def _postgresql(database: str, reader: str, repairer: str) -> Iterator[str]:
    base, one, two = (_double_quoted(name) for name in (database, reader, repairer))
    yield "-- Least privileges for timesketch-exporter in Timesketch's PostgreSQL database."
    yield "-- Run it in that database, as the owner of its tables. The roles come first:"
    yield f"--   CREATE ROLE {one} LOGIN PASSWORD '...';"
    yield f"--   CREATE ROLE {two} LOGIN PASSWORD '...';"
    yield ""
    yield f"GRANT CONNECT ON DATABASE {base} TO {one}, {two};"
    yield f"GRANT USAGE ON SCHEMA public TO {one}, {two};"
    yield from _sections(one, two, _double_quoted)
    yield ""
    yield "-- New status rows are numbered by these."
    for table in StatusTable:
        yield f"GRANT USAGE ON SEQUENCE {_double_quoted(f'{table.value}_id_seq')} TO {two};"


def _mysql(database: str, reader: str, repairer: str) -> Iterator[str]:
    one, two = _account(reader), _account(repairer)
    yield "-- Least privileges for timesketch-exporter in Timesketch's MariaDB or MySQL database."
    yield "-- Run it as an administrator. The users come first:"
    yield f"--   CREATE USER {one} IDENTIFIED BY '...';"
    yield f"--   CREATE USER {two} IDENTIFIED BY '...';"
    yield from _sections(one, two, lambda name: f"{_backquoted(database)}.{_backquoted(name)}")


def _sections(reader: str, repairer: str, quoted: Callable[[str], str]) -> Iterator[str]:
    yield ""
    yield "-- The reader (database.url) sees what scans and repairs are decided from. Names and"
    yield "-- descriptions of sketches, users and events stay hidden."
    yield from _grants(READER, reader, quoted)
    yield ""
    yield "-- The repairer (repair.database-url) reads the rows of a repair,"
    yield "-- replaces status rows, and writes the two texts that analysts read. It may set"
    yield "-- updated_at of timelines and search indexes because a row can be locked only by who"
    yield "-- may change it; repairs never do set it there."
    yield from _grants(REPAIRER, repairer, quoted)


def _grants(rights: Iterable[Right], user: str, quoted: Callable[[str], str]) -> Iterator[str]:
    for right in rights:
        columns = f" ({', '.join(right.columns)})" if right.columns else ""
        yield f"GRANT {right.verb}{columns} ON {quoted(right.table)} TO {user};"


def _account(user: str) -> str:
    name, at, host = user.rpartition("@")
    if not at:
        name, host = user, "%"
    if not name or not host:
        raise SettingsError(f"{user!r} cannot be a user: it is name or name@host")
    return f"{_backquoted(name)}@{_backquoted(host)}"


def _double_quoted(name: str) -> str:
    if len(name.encode()) > _POSTGRESQL_BYTES:
        raise SettingsError(f"{name!r} is too long for a name in PostgreSQL (63 bytes)")
    return '"' + name.replace('"', '""') + '"'


def _backquoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
