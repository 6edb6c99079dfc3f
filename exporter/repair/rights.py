"""What a database user must be allowed to: one declaration for `grants`, `check` and errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from exporter.observe.schema import COLUMNS as SCANNED
from exporter.repair.changes import StatusTable
from exporter.repair.schema import METADATA, STATUS_TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping


class Verb(StrEnum):
    """What a right lets its holder do; SQL's words."""

    SELECT = "SELECT"
    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Right:
    """A right on these columns of a table; on the whole table where SQL knows no other (DELETE)."""

    verb: Verb
    table: str
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Name it as an operator reads it."""
        columns = f" ({', '.join(self.columns)})" if self.columns else ""
        return f"{self.verb}{columns} on {self.table}"


# Table -> columns that are written but never read.
_STAMPS = {"analysis", "datasource", "searchindex", "timeline"}

# Table -> columns that a repair reads: RowsReader's, without the labels.
ROWS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        table.name: frozenset(column.name for column in table.columns)
        - ({"updated_at"} if table.name in _STAMPS else set())
        for table in METADATA.tables.values()
        if table.name != "sketch_label"
    }
)
LABELS: Mapping[str, frozenset[str]] = MappingProxyType(
    {"sketch_label": frozenset({"label", "parent_id"})}
)
# Of a requeue alone. The scan's statements need the same, so this is no further right.
FILES: Mapping[str, frozenset[str]] = MappingProxyType(
    {"datasource": frozenset({"file_on_disk", "id", "timeline_id"})}
)


def _select(*needs: Mapping[str, frozenset[str]]) -> tuple[Right, ...]:
    tables = sorted({table for need in needs for table in need})
    return tuple(
        Right(
            Verb.SELECT,
            table,
            tuple(sorted(frozenset[str]().union(*(need.get(table, ()) for need in needs)))),
        )
        for table in tables
    )


def _write() -> tuple[Right, ...]:
    status = tuple(
        right
        for table in StatusTable
        for right in (
            Right(Verb.DELETE, table.value),
            Right(
                Verb.INSERT,
                table.value,
                tuple(sorted({c.name for c in STATUS_TABLES[table].columns} - {"id"})),
            ),
        )
    )
    return (
        # PostgreSQL and MySQL lock a row (FOR UPDATE) only for whoever may change a column of it.
        Right(Verb.UPDATE, "timeline", ("updated_at",)),
        Right(Verb.UPDATE, "searchindex", ("updated_at",)),
        Right(Verb.UPDATE, "datasource", ("error_message", "updated_at")),
        Right(Verb.UPDATE, "analysis", ("result", "updated_at")),
        *status,
    )


READER = _select(SCANNED, ROWS, LABELS)
REPAIRER = (*_select(ROWS), *_write())
