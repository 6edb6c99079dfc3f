"""The same load through a peer's eyes: what google/timesketch#3302's design says of it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from bench.peer_3302 import stuck
from exporter.demo.tasks import celery_app

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from celery.app.control import Inspect

    from tests.chaos.truth import Truth
    from tests.chaos.uploads import Uploads

_EVERY = 15.0


@dataclass(frozen=True, slots=True)
class Check:
    """One check, from `at` to `until`: what it found processing, and what it calls stuck."""

    at: float
    until: float
    processing: frozenset[int]
    stuck: frozenset[int]


@dataclass(frozen=True, slots=True)
class Score:
    """How often it spoke, of how many, and how many of those were alive."""

    checks: int
    called_stuck: int
    alive: int


class Peer:
    """Checks every now and then, from a thread of its own, and leaves no connection behind."""

    def __init__(self, uploads: Uploads, broker_url: str) -> None:
        self._uploads = uploads
        self._app = celery_app(broker_url)
        self._checks: list[Check] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="peer", daemon=True)

    def start(self) -> None:
        """Begin to check."""
        self._thread.start()

    def checks(self) -> Sequence[Check]:
        """Every check so far."""
        return tuple(self._checks)

    def _run(self) -> None:
        while not self._stop.wait(_EVERY):
            try:
                self._check()
            except (BrokerError, RedisError, SQLAlchemyError, OSError):
                continue  # it cannot ask now, and says nothing

    def _check(self) -> None:
        at = time.monotonic()
        rows = frozenset(self._uploads.processing())
        with self._app.connection_for_write() as connection:
            inspect: Inspect = self._app.control.inspect(timeout=1.0, connection=connection)
            replies = inspect.active() or {}
        self._checks.append(Check(at, time.monotonic(), rows, stuck(rows, replies)))

    def close(self) -> None:
        """Stop checking."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._app.close()


def score(checks: Iterable[Check], truth: Truth) -> Score:
    """How many of those that it calls stuck were alive when the check was over. Pure."""
    called = [(check, number) for check in checks for number in check.stuck]
    alive = [
        number
        for check, number in called
        if truth.outlived(("timeline", number), check.until, by=check.at)
    ]
    return Score(checks=len(list(checks)), called_stuck=len(called), alive=len(alive))
