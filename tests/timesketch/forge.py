"""The tests' end of the forge, which starts Timesketch's processes without their long imports."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil

from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.timesketch.environment import Environment

_FORGE = Path(__file__).parent / "inside" / "forge.py"


@dataclass(frozen=True, slots=True)
class Forged:
    """A process that the forge made. It is not our child; the kernel reaps it when it ends."""

    pid: int
    name: str
    log: Path

    def alive(self) -> bool:
        """Whether it still runs; a stopped (SIGSTOP) one does."""
        return psutil.pid_exists(self.pid)

    def send(self, signal_number: int) -> None:
        """Send a signal to this process alone; nothing if it has ended."""
        if self.alive():
            os.kill(self.pid, signal_number)

    def wait(self, timeout: float) -> None:
        """Wait for its end; raises AssertionError after `timeout` seconds."""
        until(lambda: not self.alive(), f"{self.name} (pid {self.pid}) has ended", timeout=timeout)


class Forge:
    """Starts copies of a process that has imported Timesketch already."""

    def __init__(self, environment: Environment, directory: Path) -> None:
        self.environment = environment
        self._directory = directory
        self._lock = threading.Lock()
        self._ready = False
        settings = {
            "PATH": os.environ.get("PATH", os.defpath),
            # Threads that numerical libraries start while they are imported do not survive a fork.
            "OPENBLAS_NUM_THREADS": "1",
        }
        with (directory / "forge.log").open("ab") as log:
            self._process = subprocess.Popen(
                [environment.python, str(_FORGE)],
                cwd=directory,
                env=settings,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def celery(self, argv: Sequence[str], *, name: str, env: Mapping[str, str]) -> Forged:
        """Start `celery ARGV`."""
        return self._fork("celery", argv, name=name, env=env)

    def script(
        self, script: str, argv: Sequence[str], *, name: str, env: Mapping[str, str]
    ) -> Forged:
        """Start a script of the folder `inside`."""
        return self._fork(script, argv, name=name, env=env)

    def close(self) -> None:
        """End the forge and, with it, everything that it made."""
        with self._process:  # closes its pipes
            self._process.kill()

    def _fork(self, run: str, argv: Sequence[str], *, name: str, env: Mapping[str, str]) -> Forged:
        log = self._directory / f"{name}.out"
        order = {"run": run, "argv": list(argv), "env": dict(env), "log": str(log)}
        with self._lock:
            if not self._ready:
                self._answer()
                self._ready = True
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return Forged(pid=int(self._answer()["pid"]), name=name, log=log)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the forge died; see {self._directory / 'forge.log'}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
