"""A container as far as stopping it goes: pid 1 of a namespace, stopped as `docker stop` does.

What counts is not imitated but the kernel's own. To pid 1 a signal that it has no handler for does
not come at all, other than SIGKILL and SIGSTOP (pid_namespaces(7)); and when pid 1 ends, everything
else in the namespace is killed.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import psutil

from exporter.demo.processes import spawn
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SHELL = '#!/bin/bash\n"$@"\n'
"""Upstream's way (docker/release/build/docker-entrypoint.sh): pid 1 is a script that has the worker
as its child and waits for it."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """How a stop went. `killed` says that the grace was over before pid 1 had ended."""

    seconds: float
    killed: bool


class Container:
    """A command in a namespace of its own; pid 1 there is the command, or a script that runs it."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        name: str,
        directory: Path,
        env: Mapping[str, str],
        script: str | None = None,
    ) -> None:
        first: list[str | Path] = []
        if script is not None:
            file = directory / f"{name}.sh"
            file.write_text(script)
            first = ["bash", file]
        self._unshare = spawn(
            [*_unshare(), *first, *command],
            name=name,
            directory=directory,
            env={**os.environ, **env},
        )
        self.log = self._unshare.log
        waiting = f"{name} has a first process (see {self.log})"
        self._first = until(self._children, waiting)[0]

    def stop(self, grace: float) -> Stopped:
        """SIGTERM to pid 1, and SIGKILL once the grace (seconds) is over."""
        began = time.monotonic()
        self._first.send_signal(signal.SIGTERM)
        try:
            self._unshare.wait(grace)
        except TimeoutError:
            self.kill()
            return Stopped(time.monotonic() - began, killed=True)
        return Stopped(time.monotonic() - began, killed=False)

    def kill(self) -> None:
        """SIGKILL to pid 1, and with it to everything in the namespace."""
        if self._unshare.alive():
            self._first.kill()
            self._unshare.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _children(self) -> list[psutil.Process]:
        return psutil.Process(self._unshare.pid).children()


def _unshare() -> list[str]:
    # Who is not root needs a namespace of users around that of processes.
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *as_root, "--pid", "--fork", "--kill-child"]
