"""The two users that `grants` describes, made in a database of our own, for demo and tests.

So that nothing is shown, or found to work, with rights that an operator does not give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.repair.grants import grants

if TYPE_CHECKING:
    from sqlalchemy import Engine

_CREATE = {
    "postgresql": "CREATE USER {user} PASSWORD '{password}'",
    "mysql": "CREATE USER {user} IDENTIFIED BY '{password}'",
}


@dataclass(frozen=True, slots=True)
class Roles:
    """Their URLs: `reader` for database.url, `repairer` for repair.database-url."""

    reader: str
    repairer: str


def make_roles(engine: Engine, *, password: str, names: tuple[str, str] | None = None) -> Roles:
    """Make both in the database, whose tables are there, by one who may; neither may be there yet.

    Unless they have names, they are named after the database: users are those of a whole server.
    """
    database = str(engine.url.database)
    names = names or (f"{database}_reader", f"{database}_repairer")
    script = grants(engine.dialect.name, database=database, reader=names[0], repairer=names[1])
    with engine.begin() as connection:
        for name in names:
            user = engine.dialect.identifier_preparer.quote_identifier(name)
            create = _CREATE[engine.dialect.name].format(user=user, password=password)
            connection.exec_driver_sql(create)
        for line in script.splitlines():
            if line and not line.startswith("--"):
                connection.exec_driver_sql(line.replace("%", "%%"))
    return Roles(*(_url(engine, user=name, password=password) for name in names))


def _url(engine: Engine, *, user: str, password: str) -> str:
    return engine.url.set(username=user, password=password).render_as_string(hide_password=False)
