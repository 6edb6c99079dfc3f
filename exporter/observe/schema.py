"""The part of Timesketch's schema that our statements name, and what a database lacks of it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import column, false, select, table
from sqlalchemy.exc import DBAPIError

from exporter.observe.driver_errors import is_denied, is_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection, Engine

_STATUS = frozenset({"id", "parent_id", "status"})
_DATED_STATUS = _STATUS | {"created_at"}

# Table -> columns, as in sql/ and nothing more (a unit test compares).
COLUMNS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "analysis": frozenset(
            {
                *("id", "created_at", "name", "analyzer_name", "analysissession_id"),
                *("sketch_id", "timeline_id", "searchindex_id"),
            }
        ),
        "analysis_status": _DATED_STATUS,
        "datasource": frozenset(
            {"id", "created_at", "timeline_id", "file_on_disk", "total_file_events"}
        ),
        "datasource_status": _DATED_STATUS,
        "searchindex": frozenset({"id", "index_name"}),
        "sketch": frozenset({"id"}),
        "sketch_status": _STATUS,
        "timeline": frozenset({"id", "name", "sketch_id", "searchindex_id"}),
        "timeline_status": _DATED_STATUS,
    }
)


@dataclass(frozen=True, slots=True)
class Defects:
    """What our statements need and cannot have: `table` or `table.column`, each in order."""

    missing: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()


def find_defects(engine: Engine, needs: Mapping[str, frozenset[str]] = COLUMNS) -> Defects:
    """Ask for no row of each table and see what the database refuses.

    Asking tells more than the catalogue, whose views hide what one may not read. Raises DBAPIError
    if the database goes away meanwhile.
    """
    missing: list[str] = []
    denied: list[str] = []
    with engine.connect() as connection:
        for name, columns in sorted(needs.items()):
            error = _refusal(connection, name, columns)
            if error is None:
                continue
            if not is_missing(error) and not is_denied(error):
                raise error
            # A refusal of the whole may be about single columns.
            refusals = {each: _refusal(connection, name, (each,)) for each in sorted(columns)}
            for kind, found in ((is_missing, missing), (is_denied, denied)):
                bad = [each for each, why in refusals.items() if why is not None and kind(why)]
                found.extend([name] if len(bad) == len(columns) else (f"{name}.{c}" for c in bad))
    return Defects(missing=tuple(missing), denied=tuple(denied))


def _refusal(connection: Connection, name: str, columns: Iterable[str]) -> DBAPIError | None:
    nothing = select(table(name, *(column(each) for each in columns))).where(false())
    try:
        connection.execute(nothing)
    except DBAPIError as error:
        return error
    finally:
        # PostgreSQL takes no more statements in a transaction after an error.
        connection.rollback()
    return None
