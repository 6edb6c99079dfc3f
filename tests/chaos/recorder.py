"""The witness inside every worker: what it has in hand, and what its processes begin and end.

Each line is one write to a file that is opened for appending: what was written before a SIGKILL is
kept by the kernel, and lines of two processes do not mix.
"""

from __future__ import annotations

import json
import os
import threading
import time
from typing import TYPE_CHECKING

from celery import signals
from celery.worker import state

from tests.chaos.record import Begun, Ended, Held

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOOK_EVERY = 0.1


class Recorder:
    """Writes to a file, from the worker and from the processes that it forks."""

    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._main = os.getpid()

    def listen(self) -> None:
        """Record from now on; called in the worker before it starts."""
        signals.task_prerun.connect(self._begun, weak=False)
        signals.task_postrun.connect(self._ended, weak=False)
        signals.worker_ready.connect(self._watch_hands, weak=False)

    def _write(self, kind: str, **values: object) -> None:
        line = json.dumps({"kind": kind, "pid": os.getpid(), **values})
        os.write(self._descriptor, f"{line}\n".encode())

    def _begun(self, task_id: str, **_: object) -> None:
        self._write("begun", at=time.monotonic(), worker=self._main, task_id=task_id)

    def _ended(self, task_id: str, **_: object) -> None:
        self._write("ended", at=time.monotonic(), task_id=task_id)

    def _watch_hands(self, **_: object) -> None:
        threading.Thread(target=self._look, name="recorder", daemon=True).start()

    def _look(self) -> None:
        """Record what is in hand whenever that changes; the list is Celery's own."""
        before, had = time.monotonic(), frozenset[str]()
        pause = threading.Event()
        while True:
            at, has = time.monotonic(), frozenset(list(state.requests))
            if has != had:
                self._write("held", at=at, before=before, task_ids=sorted(has))
            before, had = at, has
            pause.wait(_LOOK_EVERY)


def read(text: str) -> Iterator[Begun | Ended | Held]:
    """What the whole lines of such a file tell."""
    for line in text.splitlines():
        told = json.loads(line)
        match told.pop("kind"):
            case "begun":
                yield Begun(**told)
            case "ended":
                yield Ended(**told)
            case "held":
                yield Held(**{**told, "task_ids": frozenset(told["task_ids"])})
