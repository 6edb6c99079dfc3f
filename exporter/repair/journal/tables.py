"""The journal's tables, as the newest version has them.

Columns hold what is searched for and counted. Everything else, free text above all, lies in
`document`, which is JSON in ASCII: so no text is too strange for a database (a NUL, half a
surrogate pair), and a field more needs no migration. Times are Unix seconds by the journal's
clock. Rows are only ever added; triggers refuse the rest (migrations/versions).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

#: The newest version. A version is a whole number as text, so that newer ones can be told.
VERSION = "2"
#: Alembic's table of the journal's version; by this name a journal is known.
VERSION_TABLE = "journal_version"
#: Stands for "no status row" in `orphan.status_id`, where a NULL would not be unique.
NO_STATUS = -1

METADATA = MetaData()

REPAIR = Table(
    "repair",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("repair_id", String(64), nullable=False, unique=True),
    Column("begun_at", Double, nullable=False),
    Column("target", String(16), nullable=False),
    Column("target_id", BigInteger, nullable=False),
    Column("timeline_id", BigInteger),
    Column("undoes", String(64)),
    Column("document", Text, nullable=False),
    Index("repair_begun_at", "begun_at"),
    Index("repair_timeline_id", "timeline_id"),
    Index("repair_undoes", "undoes"),
    sqlite_autoincrement=True,
)

OUTCOME = Table(
    "outcome",
    METADATA,
    # One outcome a repair: the second of two that race is refused by this key.
    Column("repair_id", String(64), ForeignKey("repair.repair_id"), primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("ended_at", Double, nullable=False),
    # The names of the guards that refused, with commas between.
    Column("guards", String(128), nullable=False),
    Column("document", Text, nullable=False),
    Index("outcome_outcome", "outcome", "ended_at"),
)

SUPERSEDED = Table(
    "superseded",
    METADATA,
    Column("repair_id", String(64), ForeignKey("repair.repair_id"), primary_key=True),
    Column("found_at", Double, nullable=False),
    Column("document", Text, nullable=False),
)

ORPHAN = Table(
    "orphan",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("target", String(16), nullable=False),
    Column("target_id", BigInteger, nullable=False),
    Column("status_id", BigInteger, nullable=False),
    Column("found_at", Double, nullable=False),
    Column("document", Text, nullable=False),
    UniqueConstraint("target", "target_id", "status_id", name="orphan_once"),
    Index("orphan_found_at", "found_at"),
    sqlite_autoincrement=True,
)

# Pause and brake: what was done about repairs as a whole.
CONTROL = Table(
    "control",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),
    Column("at", Double, nullable=False),
    Column("document", Text, nullable=False),
    Index("control_kind", "kind", "sequence"),
    sqlite_autoincrement=True,
)

# The inbox: what alerts asked for. The same request may be made again once it has ended.
REQUEST = Table(
    "request",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("request_id", String(64), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("target", String(16), nullable=False),
    # NULL asks for everything of that kind.
    Column("target_id", BigInteger),
    Column("document", Text, nullable=False),
    UniqueConstraint("request_id", "attempt", name="request_attempt"),
    sqlite_autoincrement=True,
)

CONCLUSION = Table(
    "conclusion",
    METADATA,
    # One conclusion an attempt, as with outcomes.
    Column("sequence", Integer, ForeignKey("request.sequence"), primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("concluded_at", Double, nullable=False),
    Column("document", Text, nullable=False),
)

#: Tables of which no row is ever changed or removed.
APPEND_ONLY = (REPAIR, OUTCOME, SUPERSEDED, ORPHAN, CONTROL, REQUEST, CONCLUSION)
