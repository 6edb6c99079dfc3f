"""Which rights the database's user lacks for repairs, by asking for each; nothing is changed.

Each statement is one that a repair sends, about no row, and is rolled back: the answer counts
column rights, roles and read-only modes as the catalogue's views do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import column, delete, false, insert, null, select, table, text, update
from sqlalchemy.exc import DBAPIError

from exporter.observe.driver_errors import is_denied
from exporter.repair.changes import StatusTable
from exporter.repair.rights import REPAIRER, Verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine, Executable

    from exporter.repair.rights import Right

_SEQUENCE = text("SELECT pg_get_serial_sequence(:name, 'id')")
_MAY_USE = text("SELECT has_sequence_privilege(:sequence, 'USAGE')")


def lacking_rights(engine: Engine) -> tuple[str, ...]:
    """Name the rights that are lacking, each with its table.

    Raises DBAPIError if the database refuses for another reason: it is read-only, or a table is
    missing.
    """
    with engine.connect() as connection:
        lacking = [str(right) for right in REPAIRER if _is_refused(connection, _question(right))]
        if connection.dialect.name == "postgresql":
            lacking.extend(_sequences(connection))
    return tuple(lacking)


def _question(right: Right) -> Executable:
    target = table(right.table, *(column(name) for name in right.columns))
    nulls: dict[Any, Any] = {name: null() for name in right.columns}  # SQLAlchemy's own type
    match right.verb:
        case Verb.SELECT:
            return select(target).where(false())
        case Verb.UPDATE:
            return update(target).values(nulls).where(false())
        case Verb.DELETE:
            return delete(target).where(false())
        case Verb.INSERT:
            nothing = select(*nulls.values()).where(false())
            return insert(target).from_select(list(right.columns), nothing)


def _is_refused(connection: Connection, question: Executable) -> bool:
    try:
        connection.execute(question)
    except DBAPIError as error:
        if not is_denied(error):
            raise
        return True
    finally:
        # PostgreSQL takes no more statements in a transaction after an error.
        connection.rollback()
    return False


def _sequences(connection: Connection) -> Iterator[str]:
    """Yield the sequences that number new status rows and may not be used."""
    for name in StatusTable:
        sequence = connection.execute(_SEQUENCE, {"name": name.value}).scalar()
        if sequence and not connection.execute(_MAY_USE, {"sequence": sequence}).scalar():
            yield f"USAGE on sequence {sequence}"
    connection.rollback()
