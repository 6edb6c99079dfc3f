"""The tables of the history, as the newest version has them.

They lie in a file beside the journal's, or on PostgreSQL among the journal's tables. No repair
depends on them: they may be emptied, and rows are removed when they are old or too many. Free text
lies in `document`, which is JSON in ASCII. Moments are Unix seconds by the exporter's clock, but
for `stamp`, a worker's own.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Index, Integer, MetaData, String, Table, Text

#: A history of another version is not touched.
VERSION = 1

METADATA = MetaData()

VERSIONS = Table("history_version", METADATA, Column("version", Integer, primary_key=True))

# A number for each task, in the order in which tasks came: so the events of a task, and of tasks of
# the same time, lie beside each other, and a stream of events only ever touches the end of a table.
TASK = Table(
    "history_task",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("task_id", String(255), nullable=False, unique=True),
    Column("name", String(255)),
    Column("timeline_id", BigInteger),
    Column("analysis_id", BigInteger),
    Column("first_at", Double, nullable=False),
    Index("history_task_timeline", "timeline_id"),
    Index("history_task_first_at", "first_at"),
)

EVENT = Table(
    "history_event",
    METADATA,
    Column("task", BigInteger, primary_key=True, autoincrement=False),
    Column("stamp", Double, primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("worker", String(255), primary_key=True),
    Column("at", Double, nullable=False),
    Column("detail", Text),
    sqlite_with_rowid=False,
)

BEAT = Table(
    "history_beat",
    METADATA,
    Column("worker", String(255), primary_key=True),
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("beats", Integer, nullable=False),
    Column("last_at", Double, nullable=False),
    Index("history_beat_minute", "minute"),
    sqlite_with_rowid=False,
)

FINDING = Table(
    "history_finding",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Double, nullable=False),
    Column("target", String(16), nullable=False),
    Column("target_id", BigInteger, nullable=False),
    Column("timeline_id", BigInteger),
    Column("verdict", String(16)),
    Column("document", Text, nullable=False),
    Index("history_finding_timeline", "timeline_id", "id"),
    Index("history_finding_at", "at"),
)

WORKER = Table(
    "history_worker",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Double, nullable=False),
    Column("worker", String(255), nullable=False),
    Column("state", String(16), nullable=False),
    Column("document", Text, nullable=False),
    Index("history_worker_worker", "worker", "at"),
    Index("history_worker_at", "at"),
)

WATCH = Table(
    "history_watch",
    METADATA,
    Column("stream", String(16), primary_key=True),
    Column("instance", String(255), primary_key=True),
    Column("began_at", Double, primary_key=True),
    Column("until_at", Double, nullable=False),
    Column("because", Text),
    Index("history_watch_until", "until_at"),
)
