"""A real Celery worker with Timesketch's tasks: `python -m tests.chaos.worker FILE OPTION...`.

FILE is JSON, a `Job`. Imports last as long as the uploaded file says, in seconds.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine

from exporter.demo.rows import Rows
from exporter.demo.tasks import add_tasks, celery_app
from tests.chaos.recorder import Recorder
from tests.chaos.settings import TRANSPORT


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker connects to, and where it records."""

    broker_url: str
    database_url: str
    record: str


class UnhurriedRows(Rows):
    """Rows of tasks that take their time once they have said that they began."""

    def set_import_status(
        self, timeline_id: int, file_path: str, status: str, error_message: str = ""
    ) -> None:
        """Set it; an import that begins then works for as long as its file says."""
        super().set_import_status(timeline_id, file_path, status, error_message)
        if status == "processing":
            _work(float(Path(file_path).read_text(encoding="utf-8") or 0.5))

    def set_analysis_status(self, analysis_id: int, status: str) -> None:
        """Set it; an analysis that begins then works for a while."""
        super().set_analysis_status(analysis_id, status)
        if status == "STARTED":
            _work(0.2 + analysis_id % 5 / 2)


def _work(seconds: float) -> None:
    # Not time.sleep, which libfaketime 0.9 gets wrong.
    threading.Event().wait(seconds)


@cache
def _rows(url: str, _pid: int) -> Rows:
    """The database as opened by this very process: connections must not cross a fork."""
    return UnhurriedRows(create_engine(url, pool_size=1))


def main() -> None:
    """Run until told to stop."""
    file, *options = sys.argv[1:]
    job = Job(**json.loads(Path(file).read_text(encoding="utf-8")))
    app = celery_app(job.broker_url)
    app.conf.update(broker_transport_options=TRANSPORT)
    add_tasks(app, lambda: _rows(job.database_url, os.getpid()))
    Recorder(Path(job.record)).listen()
    app.worker_main(["worker", "--loglevel=INFO", *options])


if __name__ == "__main__":
    main()
