"""The first journal: its tables, and triggers that let rows be added only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = ("repair", "outcome", "superseded", "orphan", "control")
_REFUSAL = "the journal is append-only"


def upgrade() -> None:
    """Make everything."""
    op.create_table(
        "repair",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("repair_id", sa.String(64), nullable=False, unique=True),
        sa.Column("begun_at", sa.Double, nullable=False),
        sa.Column("target", sa.String(16), nullable=False),
        sa.Column("target_id", sa.BigInteger, nullable=False),
        sa.Column("timeline_id", sa.BigInteger),
        sa.Column("undoes", sa.String(64)),
        sa.Column("document", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("repair_begun_at", "repair", ["begun_at"])
    op.create_index("repair_timeline_id", "repair", ["timeline_id"])
    op.create_index("repair_undoes", "repair", ["undoes"])
    op.create_table(
        "outcome",
        sa.Column("repair_id", sa.String(64), sa.ForeignKey("repair.repair_id"), primary_key=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("ended_at", sa.Double, nullable=False),
        sa.Column("guards", sa.String(128), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("outcome_outcome", "outcome", ["outcome", "ended_at"])
    op.create_table(
        "superseded",
        sa.Column("repair_id", sa.String(64), sa.ForeignKey("repair.repair_id"), primary_key=True),
        sa.Column("found_at", sa.Double, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "orphan",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("target", sa.String(16), nullable=False),
        sa.Column("target_id", sa.BigInteger, nullable=False),
        sa.Column("status_id", sa.BigInteger, nullable=False),
        sa.Column("found_at", sa.Double, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.UniqueConstraint("target", "target_id", "status_id", name="orphan_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("orphan_found_at", "orphan", ["found_at"])
    op.create_table(
        "control",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("control_kind", "control", ["kind", "sequence"])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _guard_sqlite() -> None:
    for table in _TABLES:
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION journal_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()"
        )
