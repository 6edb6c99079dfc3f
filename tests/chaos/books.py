"""What the databases know afterwards: every change of a row, the journal, the alerts' requests."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, make_url, select, text

from exporter.demo.roles import make_roles
from exporter.repair.journal.tables import CONCLUSION, NO_STATUS, ORPHAN, OUTCOME, REPAIR, REQUEST
from tests.chaos.record import Author, Claim, Repair, Request, RowChange

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.demo.roles import Roles

_FOUND_WITHIN = 10.0
"""A journal may be away, so an orphan may be noted some time (seconds) after it was found."""


def as_author(url: str, author: Author) -> str:
    """The database's address for somebody else."""
    return make_url(url).set(username=author).render_as_string(hide_password=False)


def open_books(database_url: str) -> Roles:
    """Have the database note every change of a status, and let everybody be somebody.

    Returns the exporters' users, who may do what `grants` says.
    """
    password = str(make_url(database_url).password)
    statements = Path(__file__).with_name("audit.sql").read_text(encoding="utf-8")
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statements.format(password=password))
    roles = make_roles(engine, password=password, names=("chaos_reader", Author.REPAIRER))
    engine.dispose()
    return roles


class Books:
    """Reads the books; their clock is the machine's."""

    def __init__(self, database_url: str, journal_url: str) -> None:
        self._database = create_engine(database_url, pool_pre_ping=True)
        self._journal = create_engine(journal_url, pool_pre_ping=True)
        self._ahead = time.time() - time.monotonic()

    def changes(self) -> Sequence[RowChange]:
        """Every change of a status row, in the order of time."""
        statement = text(
            "SELECT at, author, transaction, changed_table, operation, parent_id, status_id, status"
            " FROM chaos_audit ORDER BY at"
        )
        with self._database.connect() as connection:
            return [
                RowChange(at - self._ahead, *rest) for at, *rest in connection.execute(statement)
            ]

    def repairs(self) -> Sequence[Repair]:
        """Every entry of the journal."""
        statement = select(
            REPAIR.c.repair_id,
            REPAIR.c.target,
            REPAIR.c.target_id,
            text("(repair.document::json -> 'repair' ->> 'status_id')::bigint AS status_id"),
            OUTCOME.c.outcome,
        ).outerjoin(OUTCOME, OUTCOME.c.repair_id == REPAIR.c.repair_id)
        with self._journal.connect() as connection:
            return [
                Repair(repair_id, (target, target_id), outcome, status_id)
                for repair_id, target, target_id, status_id, outcome in connection.execute(
                    statement
                )
            ]

    def requests(self) -> Sequence[Request]:
        """Every request of an alert."""
        statement = select(
            REQUEST.c.request_id, REQUEST.c.target, REQUEST.c.target_id, CONCLUSION.c.outcome
        ).outerjoin(CONCLUSION, CONCLUSION.c.sequence == REQUEST.c.sequence)
        with self._journal.connect() as connection:
            return [
                Request(request_id, f"{target} {target_id}", outcome)
                for request_id, target, target_id, outcome in connection.execute(statement)
            ]

    def claims(self) -> Sequence[Claim]:
        """Every orphan that an exporter noted, also those of scans that nobody saw."""
        statement = select(ORPHAN.c.target, ORPHAN.c.target_id, ORPHAN.c.found_at).where(
            ORPHAN.c.status_id != NO_STATUS
        )
        with self._journal.connect() as connection:
            return [
                Claim(
                    "journal",
                    (target, target_id),
                    at - self._ahead - _FOUND_WITHIN,
                    at - self._ahead,
                )
                for target, target_id, at in connection.execute(statement)
            ]

    def close(self) -> None:
        """Close the books."""
        self._database.dispose()
        self._journal.dispose()
