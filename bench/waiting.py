"""Polling, and the environment of child processes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_DEADLINE = 120.0


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds; raises TimeoutError with `what` after two minutes."""
    deadline = time.monotonic() + _DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited in vain until {what}")
        time.sleep(0.05)


def environment() -> dict[str, str]:
    """Return the environment in which a child finds the package `bench`."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
