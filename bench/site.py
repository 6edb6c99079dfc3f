"""A made-up installation: database and broker from wheels, filled as told, and its workers."""

from __future__ import annotations

import json
import secrets
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import redis
from sqlalchemy import create_engine, text

from bench import waiting
from bench.messages import fill_queue
from exporter.demo import tables
from exporter.demo.processes import spawn
from exporter.demo.roles import Roles, make_roles
from exporter.demo.servers import Postgres, Valkey
from exporter.demo.worker import Connections, start_worker
from exporter.observe.index_proposal import proposal

if TYPE_CHECKING:
    from pathlib import Path

_NODES = "_kombu.binding.celery.pidbox"
_FILL = """
INSERT INTO sketch (id, name, created_at) SELECT n, 'case ' || n, now()
    FROM generate_series(1, :sketches) AS n;
INSERT INTO sketch_status (parent_id, status, created_at)
    SELECT n, CASE WHEN n > :sketches * 0.96 THEN 'archived' ELSE 'new' END, now()
    FROM generate_series(1, :sketches) AS n;
INSERT INTO searchindex (id, name, index_name, created_at)
    SELECT n, 'case ' || n, md5(n::text), now()
    FROM generate_series(1, :sketches) AS n;
INSERT INTO timeline (id, name, description, color, searchindex_id, sketch_id, created_at)
    SELECT n, 'timeline ' || n, 'timeline ' || n, '5E75C2', s, s, now()
    FROM generate_series(1, :timelines) AS n, LATERAL (SELECT 1 + n % :sketches AS s) AS of;
INSERT INTO timeline_status (parent_id, status, created_at)
    SELECT n, CASE WHEN n <= :processing THEN 'processing' ELSE 'ready' END, now()
    FROM generate_series(1, :timelines) AS n;
INSERT INTO datasource (timeline_id, provider, file_on_disk, original_filename, created_at)
    SELECT n, 'WebUpload', '/mnt/timesketch/' || md5(n::text), 'evidence' || n || '.csv', now()
    FROM generate_series(1, :timelines) AS n;
INSERT INTO datasource_status (parent_id, status, created_at)
    SELECT n, CASE WHEN n <= :processing THEN 'queueing' ELSE 'ready' END, now()
    FROM generate_series(1, :timelines) AS n;
"""


class Site:
    """A running installation whose first timelines are processing; use it in a `with` block.

    `database_url` is that of the owner; the exporter gets the users that `grants` describes.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._stack = ExitStack()
        self._postgres = Postgres(directory / "postgres")
        self._valkey = Valkey(directory / "valkey")
        self.database_url = ""
        self._roles = Roles("", "")

    @property
    def broker_url(self) -> str:
        """Return the broker's URL."""
        return self._valkey.url

    def fill(self, *, timelines: int, processing: int, sketches: int) -> None:
        """Add timelines, one data source each, and tell the planner, as autovacuum would."""
        engine = create_engine(self.database_url)
        numbers = {"timelines": timelines, "processing": processing, "sketches": sketches}
        with engine.begin() as connection:
            for statement in _FILL.split(";\n"):
                if statement.strip():
                    used = {
                        name: value for name, value in numbers.items() if f":{name}" in statement
                    }
                    connection.execute(text(statement), used)
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("VACUUM ANALYZE"))
            # Else the server writes all this out while it is being measured.
            connection.execute(text("CHECKPOINT"))
        engine.dispose()

    def create_database(self, name: str) -> str:
        """Create one more database on the same server, and return its URL."""
        return self._postgres.create_database(name)

    def add_indexes(self) -> None:
        """Make the optional indexes that `check` proposes."""
        engine = create_engine(self.database_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in proposal(engine):
                connection.execute(text(statement))
            connection.execute(text("VACUUM ANALYZE"))
        engine.dispose()

    def stand_ins(self, count: int) -> None:
        """Start so many light workers that answer remote control and hold tasks by their word."""
        process = spawn(
            [sys.executable, "-m", "bench.stand_ins", self.broker_url, str(count)],
            name="stand-ins",
            directory=self.directory,
            env=waiting.environment(),
        )
        self._stack.enter_context(process)
        with redis.Redis.from_url(self.broker_url) as client:
            waiting.until(
                lambda: sum(int(each["psub"]) for each in client.client_list()) == count,
                "stand-ins listen",
            )

    def fill_waiting(self, count: int) -> str:
        """Put messages of the first timelines into a queue; return the queues that are to be read.

        Nobody consumes this one: the messages stay, as behind busy workers.
        """
        fill_queue(
            self.broker_url,
            messages=count,
            timelines=range(1, count + 1),
            size=2_000,
            queue="waiting",
        )
        return "celery,waiting"

    def subscribers(self) -> int:
        """Return how many subscriptions to patterns of channels there are."""
        with redis.Redis.from_url(self.broker_url) as client:
            return sum(int(each["psub"]) for each in client.client_list(_type="pubsub"))

    def workers(self, count: int) -> None:
        """Start so many real workers, named w0 and on, and wait until they listen."""
        for number in range(count):
            workplace = self.directory / f"worker{number}"
            workplace.mkdir()
            connections = Connections(self.broker_url, self.database_url)
            self._stack.enter_context(start_worker(f"celery@w{number}", connections, workplace))
        # Not by a ping: who has asked once looks like a worker in shutdown from then on.
        with redis.Redis.from_url(self.broker_url) as client:
            waiting.until(lambda: client.scard(_NODES) == count, "workers listen")

    def scans(self, *, count: int, queues: str = "celery") -> dict[str, Any]:
        """Scan so many times in a fresh process; return its figures (see bench/scans.py)."""
        process = spawn(
            [sys.executable, "-m", "bench.scans", str(count)],
            name="scans",
            directory=self.directory,
            env={**self.environment(), "TIMESKETCH_EXPORTER_BROKER__QUEUES": queues},
        )
        if process.wait(600) != 0:
            raise RuntimeError(process.last_lines())
        figures: dict[str, Any] = json.loads(process.log.read_text().splitlines()[-1])
        return figures

    def environment(self) -> dict[str, str]:
        """Return the variables by which the exporter finds this installation."""
        return {
            **waiting.environment(),
            "TIMESKETCH_EXPORTER_DATABASE__URL": self._roles.reader,
            "TIMESKETCH_EXPORTER_REPAIR__DATABASE_URL": self._roles.repairer,
            "TIMESKETCH_EXPORTER_BROKER__URL": self.broker_url,
            "TIMESKETCH_EXPORTER_RESULTS__URL": self.broker_url,
            "TIMESKETCH_EXPORTER_JOURNAL__URL": f"sqlite:///{self.directory / 'journal.db'}",
            # All workers are there before anything is measured; the broker is younger than the
            # time that they are given by default, for which no scan would be complete.
            "TIMESKETCH_EXPORTER_WORKERS__RECONNECT_WITHIN": "1s",
        }

    def __enter__(self) -> Self:
        self._stack.enter_context(self._postgres)
        self._stack.enter_context(self._valkey)
        self.database_url = self._postgres.create_database("timesketch")
        engine = create_engine(self.database_url)
        tables.METADATA.create_all(engine)
        self._roles = make_roles(engine, password=secrets.token_urlsafe())
        engine.dispose()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
