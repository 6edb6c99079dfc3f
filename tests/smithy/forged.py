"""A process that a smithy made; it is not our child, so the smithy tells us how it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path


class Forged:
    """A process with the manners of `exporter.demo.processes.Process`. `log` is its output."""

    def __init__(self, pid: int, *, name: str, log: Path) -> None:
        self.pid = pid
        self.name = name
        self.log = log
        self._ended = threading.Event()
        self._status = 0

    def end(self, status: int) -> None:
        """Take note of its end; `status` as os.waitpid has it. For the smithy."""
        self._status = status
        self._ended.set()

    def alive(self) -> bool:
        """Whether it still runs; a stopped (SIGSTOP) one does."""
        return not self._ended.is_set()

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the number of the signal that ended it."""
        return None if self.alive() else os.waitstatus_to_exitcode(self._status)

    def send(self, signal_number: int) -> None:
        """Send a signal to this process alone; nothing if it has ended."""
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal_number)

    def wait(self, timeout: float) -> int:
        """Wait for the end and return the exit code; raises TimeoutError after `timeout` s."""
        if not self._ended.wait(timeout):
            msg = f"{self.name} (pid {self.pid}) still runs after {timeout:g} s (see {self.log})"
            raise TimeoutError(msg)
        return os.waitstatus_to_exitcode(self._status)

    def stop(self, timeout: float = 10.0) -> None:
        """Ask it to end, and kill it if it has not within `timeout` seconds."""
        self.send(signal.SIGTERM)
        try:
            self.wait(timeout)
        except TimeoutError:
            self.kill()

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.send(signal.SIGKILL)
        self.wait(10.0)

    def last_lines(self, count: int = 5) -> str:
        """Return the end of its log in one line, for messages."""
        return " | ".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
