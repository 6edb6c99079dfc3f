"""Timesketch's own `set_status` in a process of its own, held between its steps."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from tests.timesketch.patience import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.timesketch.installation import Installation


class StatusSetter:
    """Sets the status of a `Timeline`, `DataSource`, `SearchIndex` or `Analysis` when told to."""

    def __init__(
        self,
        timesketch: Installation,
        *,
        model: str,
        identifier: int,
        status: str,
        status_read: bool = False,
    ) -> None:
        """`status_read`: it has read the object's status before it sets it, as requests do."""
        name = f"set-status-{model}-{identifier}-{status}"
        self._steps: Path = timesketch.directory / name
        self._steps.mkdir()
        for gate in ("begin", "commit"):
            os.mkfifo(self._steps / gate)
        read = "status" if status_read else "object"
        arguments = (model, str(identifier), status, read, str(self._steps))
        self._process = timesketch.script("set_status.py", arguments, name=name)
        self._wait("loaded")
        self.pid = int((self._steps / "loaded").read_text())
        """The pid of its session with PostgreSQL."""

    def begin(self) -> None:
        """Let it call `set_status`; what it has read before is not read again."""
        self._open("begin")

    def write(self) -> None:
        """Let it lock and write, and return before it commits."""
        self.begin()
        self._wait("written")

    def commit(self) -> None:
        """Let it commit as soon as it has written, and return after that."""
        self._open("commit")
        self._wait("done")

    def _wait(self, step: str) -> None:
        def there() -> bool:
            assert (self._steps / step).exists() or self._process.alive(), (
                self._process.log.read_text()
            )
            return (self._steps / step).exists()

        until(there, f"set_status: {step} (see {self._process.log})")

    def _open(self, gate: str) -> None:
        def opened() -> bool:
            try:
                # Without waiting: a pipe that nobody reads yet refuses.
                os.close(os.open(self._steps / gate, os.O_WRONLY | os.O_NONBLOCK))
            except OSError:
                assert self._process.alive(), self._process.log.read_text()
                return False
            return True

        until(opened, f"set_status waits at its gate {gate} (see {self._process.log})")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End it, wherever it stands; PostgreSQL then rolls back what it has not committed."""
        self._process.send(9)
        self._process.wait(10)
