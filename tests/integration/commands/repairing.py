"""An installation with orphans, and the commands that repair beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy

from exporter.demo.roles import make_roles
from exporter.demo.rows import Rows
from tests.integration.commands.serving import run
from tests.planted import DATABASE_PASSWORD

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

# Nobody works here, so that one look is as good as any.
QUICK = {
    "scan.interval": "200ms",
    "judge.grace": "1ms",
    "judge.confirm-after": "1s",
    "workers.timeout": "100ms",
    "workers.reconnect-within": "1ms",
}


@dataclass
class Installation:
    """Timesketch's tables in a database of the test's own, an empty broker and a journal."""

    settings: dict[str, str]
    engine: sqlalchemy.Engine
    rows: Rows
    sketch_id: int

    @classmethod
    def make(cls, database_url: str, broker_url: str, directory: Path) -> Installation:
        """Create the tables and a sketch."""
        engine = sqlalchemy.create_engine(database_url, poolclass=sqlalchemy.NullPool)
        rows = Rows(engine)
        rows.create_tables()
        roles = make_roles(engine, password=DATABASE_PASSWORD)
        settings = {
            "database.url": roles.reader,
            "repair.database-url": roles.repairer,
            "broker.url": broker_url,
            "results.url": broker_url,
            "journal.url": f"sqlite:///{directory / 'journal.db'}",
            **QUICK,
        }
        return cls(settings, engine, rows, rows.add_sketch("case"))

    def orphan(self, name: str = "disk.csv", *, analyzers: tuple[str, ...] = ()) -> int:
        """Add a timeline whose message was never sent."""
        upload = self.rows.add_upload(self.sketch_id, name, f"/uploads/{name}", analyzers=analyzers)
        return upload.timeline_id

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run the command; settings by name, with `__` for the dot and `_` for the dash."""
        changed = {
            name.replace("__", ".").replace("_", "-"): value for name, value in settings.items()
        }
        return run(*arguments, settings={**self.settings, **changed})

    def status(self, timeline_id: int) -> str:
        """What Timesketch says of a timeline."""
        return self.rows.timeline_statuses()[timeline_id]

    def contents(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row that a repair may write, as it is."""
        statements = {
            table: f"SELECT * FROM {table} ORDER BY id"  # noqa: S608  names of ours
            for table in (
                *("timeline_status", "datasource", "datasource_status"),
                *("searchindex_status", "analysis", "analysis_status"),
            )
        }
        return {table: self.query(statement) for table, statement in statements.items()}

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """What a statement reads from Timesketch's database."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sqlalchemy.text(statement))]

    def journal(self, *arguments: str) -> list[dict[str, object]]:
        """The journal's entries, as the command tells them."""
        told = self.run("journal", "--output", "json", *arguments)
        assert told.returncode == 0, told.stderr
        return [json.loads(line) for line in told.stdout.splitlines()]
