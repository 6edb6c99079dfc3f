"""Polling with a deadline, for servers that need a moment to come up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.demo.processes import Process


def wait_until_up(process: Process, answers: Callable[[], bool], *, timeout: float) -> None:
    """Poll until the server answers; raises RuntimeError with the end of its log otherwise."""
    deadline = time.monotonic() + timeout
    while not answers():
        if not process.alive() or time.monotonic() > deadline:
            process.stop()
            msg = f"{process.name} did not come up within {timeout:g} s: {process.last_lines()}"
            raise RuntimeError(msg)
        time.sleep(0.05)
