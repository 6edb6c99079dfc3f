"""The witness outside: which processes live, what the workers recorded, what lies in the broker."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.chaos.record import Begun, Death, Ended, Held, InBroker
from tests.chaos.recorder import read
from tests.chaos.settings import QUEUES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PROCESSES_EVERY = 0.05
_BROKER_EVERY = 0.15
_PRIORITIES = ("", *(f"\x06\x16{number}" for number in (3, 6, 9)))
_STATE, _STARTED = 0, 19
"""Fields of /proc/PID/stat, counted behind the name."""


class Witness:
    """Looks many times a second, from threads of its own; may be asked at any time."""

    def __init__(self, record: Path, broker_port: int) -> None:
        self._file = record
        record.touch(mode=0o600)
        self._stream = record.open(encoding="utf-8")
        self._rest = ""
        # Names a port, not a proxy: what is true does not depend on the exporter's way.
        self._redis = redis.Redis(port=broker_port, socket_timeout=1.0, retry=Retry(NoBackoff(), 0))
        self._lock = threading.Lock()
        self._records: list[Begun | Ended | Held] = []
        self._running: dict[tuple[int, str], Begun] = {}
        self._watched: dict[int, tuple[str, float]] = {}
        self._deaths: dict[int, Death] = {}
        self._in_broker: dict[str, InBroker] = {}
        self._there: frozenset[str] = frozenset()
        self._looked_at = 0.0
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=(look, every), name=name, daemon=True)
            for name, look, every in (
                ("processes", self._look_at_processes, _PROCESSES_EVERY),
                ("broker", self._look_at_broker, _BROKER_EVERY),
            )
        ]

    def _repeat(self, look: Callable[[], None], every: float) -> None:
        while not self._stop.wait(every):
            look()

    def watch_process(self, pid: int) -> None:
        """Take note of its death, from now on."""
        started = _started(pid)
        with self._lock:
            if pid not in self._watched:
                self._watched[pid] = (started or "", time.monotonic())
                self._deaths.pop(pid, None)

    def _look_at_processes(self) -> None:
        self._read_on()
        with self._lock:
            watched = [(pid, *each) for pid, each in self._watched.items()]
        for pid, started, alive_at in watched:
            at = time.monotonic()
            alive = bool(started) and _started(pid) == started
            with self._lock:
                if alive:
                    self._watched[pid] = (started, at)
                else:
                    del self._watched[pid]
                    self._deaths[pid] = Death(pid, alive_at, at)
                    for key in [key for key in self._running if key[0] == pid]:
                        del self._running[key]

    def _read_on(self) -> None:
        """What was recorded since; a line that is not whole yet waits for the next look."""
        *lines, self._rest = (self._rest + self._stream.read()).split("\n")
        for record in read("\n".join(lines)):
            if isinstance(record, Begun):
                self.watch_process(record.pid)
            with self._lock:
                self._records.append(record)
                if isinstance(record, Begun):
                    self._running[record.pid, record.task_id] = record
                elif isinstance(record, Ended):
                    self._running.pop((record.pid, record.task_id), None)

    def _look_at_broker(self) -> None:
        asked = time.monotonic()
        try:
            found = self._messages()
        except redis.RedisError:
            return
        answered = time.monotonic()
        with self._lock:
            for task_id in self._there - found:
                seen = self._in_broker[task_id]
                self._in_broker[task_id] = InBroker(task_id, seen.alive_at, answered)
            for task_id in found:
                self._in_broker[task_id] = InBroker(task_id, asked, float("inf"))
            self._there, self._looked_at = found, answered

    def _messages(self) -> frozenset[str]:
        """The tasks whose messages lie in a queue or unacknowledged, all at one moment."""
        with self._redis.pipeline(transaction=True) as pipeline:
            for queue in QUEUES:
                for priority in _PRIORITIES:
                    pipeline.lrange(f"{queue}{priority}", 0, -1)
            pipeline.hvals("unacked")
            *queues, unacked = pipeline.execute()
        queued = [json.loads(raw) for messages in queues for raw in messages]
        handed_out = [json.loads(raw)[0] for raw in unacked]
        return frozenset(_task_id(message) for message in (*queued, *handed_out))

    def running(self) -> Sequence[Begun]:
        """What processes are at work on, in a fixed order."""
        with self._lock:
            return sorted(self._running.values(), key=lambda each: (each.at, each.pid))

    def is_quiet(self) -> bool:
        """Whether nothing runs, and nothing lies in the broker by a look of a moment ago."""
        with self._lock:
            fresh = time.monotonic() - self._looked_at < 2.0
            return fresh and not self._running and not self._there

    def in_broker_now(self) -> frozenset[str]:
        """The tasks whose messages were there at the last look."""
        with self._lock:
            return self._there

    def told(self) -> tuple[list[Begun | Ended | Held], list[Death], list[InBroker]]:
        """Everything that was seen so far."""
        with self._lock:
            return [*self._records], [*self._deaths.values()], [*self._in_broker.values()]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._redis.close()
        self._stream.close()


# What JSON says has no better type.
def _task_id(message: dict[str, Any]) -> str:
    return str(message["headers"]["id"])


def _started(pid: int) -> str | None:
    """When this process was started, as the kernel counts; None once it is dead, buried or not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[_STATE] in "ZX" else fields[_STARTED]
