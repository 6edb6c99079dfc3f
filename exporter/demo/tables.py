"""Timesketch's tables, as many as the exporter reads and an import writes.

Names, types and defaults as in Timesketch 20261014 (`timesketch/models/sketch.py`,
`annotations.py`, `user.py`): timestamps are without time zone and by the database's clock, and
nothing in them names a Celery task.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Unicode,
    UnicodeText,
    func,
)

METADATA = MetaData()


def _table(name: str, *columns: Column[object]) -> Table:
    """Return a table with the three columns that every model of Timesketch has."""
    return Table(
        name,
        METADATA,
        Column("id", Integer, primary_key=True),
        Column("created_at", DateTime(), default=func.now()),
        Column("updated_at", DateTime(), default=func.now(), onupdate=func.now()),
        *columns,
    )


def _reference(name: str, table: str) -> Column[object]:
    return Column(name, Integer, ForeignKey(f"{table}.id"))


def _status(table: str) -> Table:
    """Return the status table of `table`: a row an object, replaced at every change."""
    return _table(
        f"{table}_status",
        _reference("user_id", "user"),
        Column("status", Unicode(255)),
        _reference("parent_id", table),
    )


USER = _table(
    "user",
    Column("username", Unicode(255), unique=True),
    Column("name", Unicode(255)),
    Column("active", Boolean(), default=True),
    Column("admin", Boolean(), default=False),
)

SKETCH = _table(
    "sketch",
    Column("name", Unicode(255)),
    Column("description", UnicodeText()),
    _reference("user_id", "user"),
)

SEARCHINDEX = _table(
    "searchindex",
    Column("name", Unicode(255)),
    Column("description", UnicodeText()),
    Column("index_name", Unicode(255)),
    _reference("user_id", "user"),
)

TIMELINE = _table(
    "timeline",
    Column("name", Unicode(255)),
    Column("description", UnicodeText()),
    Column("color", Unicode(6)),
    _reference("user_id", "user"),
    _reference("searchindex_id", "searchindex"),
    _reference("sketch_id", "sketch"),
)

DATASOURCE = _table(
    "datasource",
    _reference("timeline_id", "timeline"),
    _reference("user_id", "user"),
    Column("provider", UnicodeText()),
    Column("context", UnicodeText()),
    Column("file_on_disk", UnicodeText()),
    Column("file_size", BigInteger()),
    Column("original_filename", UnicodeText()),
    Column("data_label", UnicodeText()),
    Column("error_message", UnicodeText(), default=""),
    Column("total_file_events", BigInteger(), default=0),
)

ANALYSISSESSION = _table(
    "analysissession",
    _reference("user_id", "user"),
    _reference("sketch_id", "sketch"),
)

ANALYSIS = _table(
    "analysis",
    Column("name", Unicode(255)),
    Column("description", UnicodeText()),
    Column("analyzer_name", Unicode(255)),
    Column("parameters", UnicodeText()),
    Column("result", UnicodeText()),
    Column("log", UnicodeText()),
    _reference("analysissession_id", "analysissession"),
    _reference("user_id", "user"),
    _reference("sketch_id", "sketch"),
    _reference("timeline_id", "timeline"),
    _reference("searchindex_id", "searchindex"),
)

SKETCH_LABEL = _table(
    "sketch_label",
    _reference("user_id", "user"),
    Column("label", Unicode(255)),
    _reference("parent_id", "sketch"),
)

SKETCH_STATUS = _status("sketch")
SEARCHINDEX_STATUS = _status("searchindex")
TIMELINE_STATUS = _status("timeline")
DATASOURCE_STATUS = _status("datasource")
ANALYSIS_STATUS = _status("analysis")
