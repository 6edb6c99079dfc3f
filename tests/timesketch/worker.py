"""A real Celery worker of Timesketch, started with the options of upstream's entrypoint."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from exporter.demo.processes import Process
    from tests.smithy.forged import Forged

HOST = "importer"
"""Every worker here says it lives on this host, as workers in one container host do."""


def worker_arguments(
    *, node: str, log: Path, pool: str, processes: int, prefetch: int
) -> Sequence[str]:
    """Return upstream's arguments (docker/release/build/docker-entrypoint.sh), and our own."""
    upstream = ("-A", "timesketch.lib.tasks", "worker", f"--logfile={log}", "--loglevel=info")
    size = (f"--pool={pool}", f"--concurrency={processes}", f"--prefetch-multiplier={prefetch}")
    return (*upstream, f"--hostname={node}", *size)


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker: the process that speaks with the broker; its pool's processes import."""

    node: str
    process: Process | Forged
    log: Path

    @property
    def pid(self) -> int:
        """The pid of the process that speaks with the broker."""
        return self.process.pid

    def wait_ready(self) -> None:
        """Wait until it consumes."""
        until(
            lambda: self.log.exists() and f"{self.node} ready." in self.log.read_text(),
            f"{self.node} is ready (see {self.log})",
            timeout=60,
        )

    def pool(self) -> list[psutil.Process]:
        """The processes of its pool."""
        return psutil.Process(self.pid).children()

    def terminate(self) -> None:
        """SIGTERM: finish what is active, take nothing more (warm shutdown)."""
        self.process.send(signal.SIGTERM)

    def freeze(self) -> None:
        """SIGSTOP."""
        self.process.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self.process.send(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL the worker and its pool, as the end of its container does."""
        pool = self.pool()
        self.process.send(signal.SIGKILL)
        for process in pool:
            kill(process.pid)
        self.process.wait(10)

    def wait_gone(self, timeout: float = 30.0) -> None:
        """Wait until it has ended by itself."""
        self.process.wait(timeout)


def kill(pid: int) -> None:
    """SIGKILL one process; nothing if it has ended."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
