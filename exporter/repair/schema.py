"""The part of Timesketch's schema that repairs read and write, as SQLAlchemy tables.

Names and types as in Timesketch 20261014 (`timesketch/models/sketch.py`, `annotations.py`); an
acceptance test compares them with the models of the installed Timesketch.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import Column, DateTime, Integer, MetaData, Table, UnicodeText

from exporter.repair.changes import StatusTable, TextColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

METADATA = MetaData()


def _table(name: str, *columns: Column[object]) -> Table:
    return Table(name, METADATA, Column("id", Integer, primary_key=True), *columns)


def _status(name: str) -> Table:
    return _table(
        name,
        Column("created_at", DateTime),
        Column("updated_at", DateTime),
        Column("user_id", Integer),
        Column("status", UnicodeText),
        Column("parent_id", Integer),
    )


TIMELINE = _table(
    "timeline",
    Column("updated_at", DateTime),
    Column("name", UnicodeText),
    Column("sketch_id", Integer),
    Column("searchindex_id", Integer),
)
DATASOURCE = _table(
    "datasource",
    Column("updated_at", DateTime),
    Column("timeline_id", Integer),
    Column("original_filename", UnicodeText),
    Column("error_message", UnicodeText),
)
SEARCHINDEX = _table(
    "searchindex",
    Column("updated_at", DateTime),
    Column("index_name", UnicodeText),
)
ANALYSIS = _table(
    "analysis",
    Column("updated_at", DateTime),
    Column("sketch_id", Integer),
    Column("timeline_id", Integer),
    Column("name", UnicodeText),
    Column("analyzer_name", UnicodeText),
    Column("result", UnicodeText),
)
SKETCH = _table("sketch")
SKETCH_STATUS = _table("sketch_status", Column("parent_id", Integer), Column("status", UnicodeText))
SKETCH_LABEL = Table(
    "sketch_label", METADATA, Column("parent_id", Integer), Column("label", UnicodeText)
)

STATUS_TABLES: Mapping[StatusTable, Table] = MappingProxyType(
    {kind: _status(kind.value) for kind in StatusTable}
)
TEXT_COLUMNS: Mapping[TextColumn, Column[str]] = MappingProxyType(
    {
        TextColumn.ERROR_MESSAGE: DATASOURCE.c.error_message,
        TextColumn.RESULT: ANALYSIS.c.result,
    }
)

# Table -> every column that a repair reads or writes.
COLUMNS: Mapping[str, frozenset[str]] = MappingProxyType(
    {table.name: frozenset(table.columns.keys()) for table in METADATA.tables.values()}
)
