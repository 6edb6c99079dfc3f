"""Real Celery workers for tests, and imports that last as long as a test wants."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celery import Celery

from exporter.demo.processes import spawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from exporter.demo.processes import Process

DEADLINE = 30.0


def until(condition: Callable[[], object], *, timeout: float = DEADLINE) -> Any:  # noqa: ANN401
    """Poll until the condition holds and return its value; fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)
    return value


def start_worker(
    name: str,
    broker_url: str,
    directory: Path,
    *options: str,
    transport_options: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    opensearch_url: str = "",
) -> Process:
    """Start a worker of this node name; it is ready some seconds later."""
    app = Path(__file__).parent
    return spawn(
        [sys.executable, "-m", "celery", "-A", "worker_app", "worker", "-n", name, *options],
        name=name.replace("@", "-"),
        directory=directory,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(app),
            "BROKER_URL": broker_url,
            "OPENSEARCH_URL": opensearch_url,
            "TRANSPORT_OPTIONS": json.dumps(dict(transport_options or {})),
            "C_FORCE_ROOT": "1",
            **(env or {}),
        },
    )


class Imports:
    """Sends imports; each runs until it is let go."""

    def __init__(self, broker_url: str, directory: Path) -> None:
        self._app = Celery(broker=broker_url, set_as_current=False)
        self._directory = directory
        self._files: list[Path] = []

    def send(
        self,
        timeline_id: int,
        *,
        events: str = "",
        name: str = "timesketch.lib.tasks.run_csv_jsonl",
        queue: str = "celery",
        index: str = "index",
        task_id: str | None = None,
    ) -> str:
        """Send one import and return its task id."""
        file = self._directory / uuid.uuid4().hex
        file.touch()
        self._files.append(file)
        args: tuple[object, ...] = (str(file),)
        if name.startswith("timesketch"):
            args = (str(file), events, "a name", index, "csv", timeline_id, None, ",")
        return str(self._app.send_task(name, args=args, queue=queue, task_id=task_id).id)

    def let_go(self) -> None:
        """Let all of them end."""
        for file in self._files:
            file.unlink(missing_ok=True)
        self._files.clear()


@contextlib.contextmanager
def imports(broker_url: str, directory: Path) -> Iterator[Imports]:
    """Yield a sender of imports; at the end they are let go."""
    sender = Imports(broker_url, directory)
    try:
        yield sender
    finally:
        sender.let_go()
