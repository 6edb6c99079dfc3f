"""The inbox: requests for repairs, and what became of each; rows can be added only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"
branch_labels = None
depends_on = None

_TABLES = ("request", "conclusion")
_REFUSAL = "the journal is append-only"


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "request",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("received_at", sa.Double, nullable=False),
        sa.Column("target", sa.String(16), nullable=False),
        sa.Column("target_id", sa.BigInteger),
        sa.Column("document", sa.Text, nullable=False),
        sa.UniqueConstraint("request_id", "attempt", name="request_attempt"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "conclusion",
        sa.Column("sequence", sa.Integer, sa.ForeignKey("request.sequence"), primary_key=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("concluded_at", sa.Double, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    for table in _TABLES:
        if op.get_bind().dialect.name == "sqlite":
            for event in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
                )
        else:
            # The function is that of revision 1.
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
                f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()"
            )
