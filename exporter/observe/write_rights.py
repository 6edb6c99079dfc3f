"""Which tables a database user could write, for the warning that it need not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Engine

_WRITING = re.compile(r"\b(?:ALL PRIVILEGES|INSERT|UPDATE|DELETE)\b")
_GRANT = re.compile(r"GRANT (?P<rights>.+) ON (?P<object>\S+) TO ", re.DOTALL)


def writable_tables(engine: Engine, tables: Sequence[str]) -> list[str]:
    """Return those of `tables` that exist and that this user may write to.

    Empty for SQLite, which has no users. Raises DBAPIError.
    """
    with engine.connect() as connection:
        match engine.dialect.name:
            case "postgresql":
                return _postgresql(connection, tables)
            case "mysql":
                return _mysql(connection, tables)
    return []


def _postgresql(connection: Connection, tables: Iterable[str]) -> list[str]:
    may = text(
        "SELECT to_regclass(:name) IS NOT NULL"
        " AND has_table_privilege(to_regclass(:name), 'INSERT, UPDATE, DELETE')"
    )
    return [name for name in tables if connection.execute(may, {"name": name}).scalar()]


def _mysql(connection: Connection, tables: Iterable[str]) -> list[str]:
    database = connection.engine.url.database or ""
    objects: set[str] = set()
    for (line,) in connection.execute(text("SHOW GRANTS")):
        grant = _GRANT.match(line)
        if grant is not None and _WRITING.search(grant["rights"]):
            objects.add(grant["object"].replace("`", ""))
    whole = {"*.*", f"{database}.*"} & objects
    return [name for name in tables if whole or f"{database}.{name}" in objects]
