"""Waiting for a condition with a deadline, the only way in which these tests wait."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Truthy = TypeVar("Truthy")

POLL_INTERVAL = 0.1


def until(
    condition: Callable[[], Truthy],
    what: str,
    *,
    timeout: float = 30.0,
    interval: float = POLL_INTERVAL,
) -> Truthy:
    """Return the condition's first true value; AssertionError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {timeout:g} s still not: {what}")
        time.sleep(interval)
