"""The workers: who there is, and what is done to them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from exporter.demo.processes import Process, spawn
from tests.chaos.clocks import ROOT, Clock
from tests.chaos.settings import QUEUES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chaos.witness import Witness
    from tests.chaos.worker import Job


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


class Crew:
    """Starts workers, and starts them anew under their name when they are gone."""

    def __init__(self, job: Job, directory: Path, witness: Witness) -> None:
        self._directory = directory
        self._witness = witness
        self._file = directory / "job.json"
        self._file.touch(mode=0o600)
        self._file.write_text(json.dumps(asdict(job)), encoding="utf-8")
        self.clock = Clock.make(directory / "worker.clock")
        self._workers: dict[str, Process] = {}
        self.started = 0

    def start(self, role: Role) -> None:
        """Start the worker of this role, if it does not run."""
        running = self._workers.get(role.name)
        if running is not None and running.alive():
            return
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

    def start_all(self) -> None:
        """Start everybody who does not run, and wake who is stopped."""
        for role in ROLES:
            self.send(role, signal.SIGCONT)
            self.start(role)

    def send(self, role: Role, signal_number: int) -> None:
        """Send a signal to the worker alone."""
        if role.name in self._workers:
            self._workers[role.name].send(signal_number)

    def kill_group(self, role: Role) -> None:
        """SIGKILL the worker and its children: each worker has a process group of its own."""
        process = self._workers.get(role.name)
        if process is not None and process.alive():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def alive(self, role: Role) -> bool:
        """Whether this worker runs."""
        return role.name in self._workers and self._workers[role.name].alive()

    def close(self) -> None:
        """End everybody, children included."""
        for process in self._workers.values():
            # Children of a worker that is gone are still in its group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
