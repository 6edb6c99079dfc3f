"""A real Celery worker of the demonstration: `python -m exporter.demo.worker CONNECTIONS NAME`.

Its options are those of Timesketch's own start script, but for a pool of a single process, so
that the story needs few timelines to fill a worker's hands. CONNECTIONS is a JSON file, since a
command line is there for everybody to read.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine

from exporter.demo.processes import Process, spawn
from exporter.demo.rows import Rows
from exporter.demo.tasks import add_tasks, celery_app


@dataclass(frozen=True, slots=True)
class Connections:
    """What a worker connects to."""

    broker_url: str
    database_url: str


def start_worker(name: str, connections: Connections, directory: Path) -> Process:
    """Start a worker whose node name is `name`; it is ready some seconds later."""
    file = directory / "connections.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(connections)), encoding="utf-8")
    argv = [sys.executable, "-m", "exporter.demo.worker", str(file), name]
    # Celery's pool keeps temporary directories, which a worker that is killed leaves behind.
    environment = {**os.environ, "TMPDIR": str(directory)}
    return spawn(argv, name=name.replace("@", "-"), directory=directory, env=environment)


@cache
def _rows(url: str, _pid: int) -> Rows:
    """Return the database as opened by this very process: connections must not cross a fork."""
    return Rows(create_engine(url))


def main() -> None:
    """Run until told to stop."""
    file, name = sys.argv[1:]
    connections = Connections(**json.loads(Path(file).read_text(encoding="utf-8")))
    app = celery_app(connections.broker_url)
    add_tasks(app, lambda: _rows(connections.database_url, os.getpid()))
    app.worker_main(["worker", "--concurrency=1", "--loglevel=INFO", f"--hostname={name}"])


if __name__ == "__main__":
    main()
