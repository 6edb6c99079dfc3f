"""Real workers with their hands full, and uploads that wait for the next one."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Self

import redis
from sqlalchemy import create_engine

from exporter.demo.rows import Rows
from exporter.demo.tasks import HOLD, celery_app, import_pipeline
from exporter.demo.worker import Connections, start_worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.site import Site
    from exporter.demo.processes import Process

HANDFUL = 5
"""How many uploads a worker takes: one that it imports, and four in advance."""

_RESULT = "celery-task-meta-"


@dataclass
class Importer:
    """A worker. `timeline_id` is what it imports, `since` (monotonic) when that was first seen."""

    name: str
    process: Process
    timeline_id: int | None = None
    since: float = 0.0

    def kill(self) -> None:
        """SIGKILL, together with the process that imports."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()


class Importers:
    """Uploads whose imports never end by themselves, and the workers that import them."""

    def __init__(self, site: Site) -> None:
        self._connections = Connections(site.broker_url, site.database_url)
        self._directory = site.directory
        self.engine = create_engine(site.database_url)
        self.rows = Rows(self.engine)
        self._app = celery_app(site.broker_url)
        self._client = redis.Redis.from_url(site.broker_url)
        self._numbers = count()
        self._waiting: dict[str, int] = {}
        self._begun: list[Importer] = []
        self._sketch = self.rows.add_sketch("case")

    def upload(self) -> int:
        """Upload a file as Timesketch's web server does; return its timeline."""
        file = self._directory / f"{next(self._numbers)}.csv"
        file.touch()
        file.with_name(file.name + HOLD).touch()
        rows = self.rows.add_upload(self._sketch, file.name, str(file))
        sent = import_pipeline(
            self._app,
            file_path=file,
            timeline_name=file.name,
            rows=rows,
            sketch_id=self._sketch,
            analyzers=(),
        ).apply_async()
        self._waiting[str(sent.id)] = rows.timeline_id
        return rows.timeline_id

    def start(self) -> Importer:
        """Start one more worker."""
        name = f"celery@import-{len(self._begun):02}"
        workplace = self._directory / f"importer-{len(self._begun):02}"
        workplace.mkdir()
        importer = Importer(name, start_worker(name, self._connections, workplace))
        self._begun.append(importer)
        return importer

    def look(self) -> None:
        """Find out who has begun to import what.

        Of the result backend: a client that asks workers looks like a worker in shutdown.
        """
        idle = {each.name: each for each in self._begun if each.timeline_id is None}
        if not idle:
            return
        for task_id, result in self._results():
            if result["status"] == "STARTED" and result["result"]["hostname"] in idle:
                importer = idle.pop(result["result"]["hostname"])
                importer.timeline_id = self._waiting.pop(task_id)
                importer.since = time.monotonic()

    def _results(self) -> Iterator[tuple[str, dict[str, Any]]]:  # JSON
        tasks = list(self._waiting)
        found = self._client.mget([f"{_RESULT}{each}" for each in tasks])
        for task_id, text in zip(tasks, found, strict=True):
            if text is not None:
                yield task_id, json.loads(text)

    def lose(self, timeline_id: int) -> None:
        """Take the message of an upload out of the queue."""
        (task_id,) = (task for task, each in self._waiting.items() if each == timeline_id)
        for message in self._client.lrange("celery", 0, -1):
            if json.loads(message)["headers"]["id"] == task_id:
                self._client.lrem("celery", 1, message)  # type: ignore[arg-type]  # takes bytes
                return
        raise LookupError(timeline_id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for importer in self._begun:
            if importer.process.alive():
                importer.kill()
        self._client.close()
        self._app.close()
        self.engine.dispose()
