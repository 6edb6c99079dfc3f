"""The workers: who there is, and what is done to them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from dataclasses import asdict, dataclass
from enum import Enum, auto
from math import inf
from typing import TYPE_CHECKING

from exporter.demo.processes import Process, spawn
from tests.chaos.clocks import ROOT, Clock
from tests.chaos.settings import QUEUES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chaos.witness import Witness
    from tests.chaos.worker import Job


class Ending(Enum):
    """How a worker is ended."""

    KILL = auto()
    KILL_GROUP = auto()
    TERMINATE = auto()


@dataclass(frozen=True, slots=True)
class Role:
    """How a worker is started. `fake_clock`: whether its clock may jump."""

    name: str
    options: tuple[str, ...]
    fake_clock: bool = False


_BOTH = f"--queues={','.join(QUEUES)}"
ROLES = (
    Role("one", ("--concurrency=2", "--prefetch-multiplier=1", _BOTH)),
    Role("eight", ("--concurrency=1", "--prefetch-multiplier=8", _BOTH)),
    Role("alone", ("--pool=solo", "--prefetch-multiplier=1", "--queues=celery")),
    Role("askew", ("--concurrency=1", "--prefetch-multiplier=8", "--queues=celery"), True),  # noqa: FBT003
)


_CRASHED_FOR = 1.0
"""Seconds after which a worker that ended by itself is started anew, as a container is."""
_SUPERVISED_EVERY = 0.2
_TERMINATES_WITHIN = 45.0


class Crew:
    """Starts workers, and starts them anew under their name when they are gone.

    Whoever was told to end and is still there after a while is killed, as a container is.
    """

    def __init__(self, job: Job, directory: Path, witness: Witness) -> None:
        self._directory = directory
        self._witness = witness
        self._file = directory / "job.json"
        self._file.touch(mode=0o600)
        self._file.write_text(json.dumps(asdict(job)), encoding="utf-8")
        self.clock = Clock.make(directory / "worker.clock")
        self._workers: dict[str, Process] = {}
        self._back_at: dict[str, float] = {}
        self._killed_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="crew", daemon=True)
        self.started = 0

    def start(self) -> None:
        """Start everybody, and go on doing so."""
        self._supervisor.start()

    def _supervise(self) -> None:
        while not self._stop.wait(_SUPERVISED_EVERY):
            for role in ROLES:
                with self._lock:
                    self._look_after(role)

    def _look_after(self, role: Role) -> None:
        running, now = self._workers.get(role.name), time.monotonic()
        if running is None:
            self._start(role)
        elif running.alive():
            if now > self._killed_at.get(role.name, inf):
                self._end_group(running)
        elif now > self._back_at.setdefault(role.name, now + _CRASHED_FOR):
            self._end_group(running)
            self._start(role)

    def _start(self, role: Role) -> None:
        self._back_at.pop(role.name, None)
        self._killed_at.pop(role.name, None)
        self.started += 1
        process = spawn(
            [
                *(sys.executable, "-m", "tests.chaos.worker", str(self._file), *role.options),
                f"--hostname={role.name}@chaos",
            ],
            name=f"worker-{role.name}",
            directory=self._directory,
            env={
                **{key: value for key, value in os.environ.items() if "TIMESKETCH" not in key},
                "PYTHONPATH": str(ROOT),
                # Celery's pool keeps temporary directories, which a killed worker leaves behind.
                "TMPDIR": str(self._directory),
                "C_FORCE_ROOT": "1",
                **(self.clock.environment() if role.fake_clock else {}),
            },
        )
        self._workers[role.name] = process
        self._witness.watch_process(process.pid)

    def end(self, role: Role, how: Ending, *, away_for: float) -> bool:
        """End a worker, to be started anew no sooner than so many seconds later.

        False if it does not run.
        """
        with self._lock:
            if not self.alive(role):
                return False
            process, now = self._workers[role.name], time.monotonic()
            self._back_at[role.name] = now + away_for
            match how:
                case Ending.KILL:
                    process.send(signal.SIGKILL)
                case Ending.KILL_GROUP:
                    self._end_group(process)
                case Ending.TERMINATE:
                    self._killed_at[role.name] = now + _TERMINATES_WITHIN
                    process.send(signal.SIGTERM)
            return True

    def send(self, role: Role, signal_number: int) -> None:
        """Send a signal to the worker alone."""
        if role.name in self._workers:
            self._workers[role.name].send(signal_number)

    def alive(self, role: Role) -> bool:
        """Whether this worker runs."""
        return role.name in self._workers and self._workers[role.name].alive()

    @staticmethod
    def _end_group(process: Process) -> None:
        """SIGKILL a worker and its children: each worker has a process group of its own."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End everybody, children included."""
        self._stop.set()
        if self._supervisor.is_alive():
            self._supervisor.join()
        for process in self._workers.values():
            self._end_group(process)
            process.kill()
