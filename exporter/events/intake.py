"""What waits to be stored: bounded, so that a slow database costs events and never memory."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from exporter.events.beating import Beating
from exporter.events.records import Stream, Watch
from exporter.events.taking_in import each_event, task_event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from exporter.events.records import Beats, Finding, TaskEvent, Tie, WorkerChange
    from exporter.events.taking_in import Reader

CAPACITY = 10_000
"""Records that may wait: a second of 10,000 events, and about five megabytes."""

PATIENCE = 10.0
"""How long (seconds) who brings events of tasks waits for room, while the broker keeps the rest.

A busy machine may take seconds to store a batch; what takes longer than this is stuck."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be stored at once, in the order in which it came."""

    events: Sequence[TaskEvent] = ()
    ties: Sequence[Tie] = ()
    findings: Sequence[Finding] = ()
    workers: Sequence[WorkerChange] = ()
    beats: Sequence[Beats] = ()
    watches: Sequence[Watch] = ()


class Intake:
    """Takes records from the threads that listen and scan; one thread drains it.

    What finds no room is dropped and counted, and ends the watch of its stream: the history then
    tells of a gap and not of a time in which nothing happened. Events of tasks are waited with for
    a while (`patience`), and after one wait in vain no more until there is room: a subscriber that
    reads nothing for long is cut off.
    """

    def __init__(
        self,
        *,
        instance: str,
        reader: Reader,
        capacity: int = CAPACITY,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.instance = instance
        self._reader = reader
        self._capacity = capacity
        self._patience = patience
        self._clock = clock
        self._lock = threading.Condition()
        self._waits = True
        self._events: list[TaskEvent] = []
        self._ties: list[Tie] = []
        self._findings: list[Finding] = []
        self._workers: list[WorkerChange] = []
        self._beating = Beating()
        self._open: dict[Stream, Watch] = {}
        self._closed: list[Watch] = []
        self._received: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()

    def task_events(self, heard: object) -> None:
        """Take the events of a message that just came."""
        arrived = self._clock()
        records = [
            record
            for event in each_event(heard)
            if (
                record := task_event(
                    event, arrived=arrived, offsets=self._beating.offsets, reader=self._reader
                )
            )
        ]
        with self._lock:
            self._received[Stream.TASKS] += len(records)
            if self._waits:
                self._waits = self._lock.wait_for(
                    lambda: len(self._events) + len(records) <= self._capacity, self._patience
                )
            if self._has_room(Stream.TASKS, len(self._events), len(records), arrived):
                self._events += records

    def worker_event(self, heard: object) -> None:
        """Take the heartbeat that just came; other events of workers tell nothing to be kept."""
        with self._lock:
            for event in each_event(heard):
                self._received[Stream.WORKERS] += self._beating.note(event, at=self._clock())

    def scanned(
        self,
        at: float,
        *,
        ties: Sequence[Tie] = (),
        findings: Sequence[Finding] = (),
        workers: Sequence[WorkerChange] = (),
    ) -> None:
        """Take what is new in a scan."""
        with self._lock:
            self._watched(Stream.SCANS, at)
            new = len(ties) + len(findings) + len(workers)
            self._received[Stream.SCANS] += new
            held = len(self._ties) + len(self._findings) + len(self._workers)
            if self._has_room(Stream.SCANS, held, new, at):
                self._ties += ties
                self._findings += findings
                self._workers += workers

    def watched(self, stream: Stream) -> None:
        """From now on nothing of this stream is missed."""
        with self._lock:
            self._watched(stream, self._clock())

    def lost(self, stream: Stream, because: str) -> None:
        """From now on nothing of this stream is heard."""
        with self._lock:
            self._end(stream, self._clock(), because)

    def drain(self) -> Batch:
        """Hand out everything that waits, and how long which stream was watched until now."""
        with self._lock:
            now = self._clock()
            for stream in (Stream.WORKERS, Stream.TASKS):
                if stream in self._open:
                    self._open[stream] = replace(self._open[stream], until_at=now)
            batch = Batch(
                events=self._events,
                ties=self._ties,
                findings=self._findings,
                workers=self._workers,
                beats=self._beating.drain(at=now),
                watches=(*self._closed, *self._open.values()),
            )
            self._events, self._ties, self._findings, self._workers = [], [], [], []
            self._closed = []
            self._waits = True
            self._lock.notify_all()
            return batch

    @property
    def is_waiting(self) -> bool:
        """Whether more waits than that time has passed."""
        return bool(self._events or self._ties or self._findings or self._workers)

    @property
    def watching(self) -> frozenset[Stream]:
        """Which streams are being watched."""
        with self._lock:
            return frozenset(self._open)

    @property
    def received(self) -> Mapping[str, int]:
        """How many records of each stream came since the start."""
        with self._lock:
            return dict(self._received)

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many records of each stream found no room since the start."""
        with self._lock:
            return dict(self._dropped)

    def _has_room(self, stream: Stream, held: int, new: int, at: float) -> bool:
        if held + new <= self._capacity:
            if new:
                self._watched(stream, at)
            return True
        self._dropped[stream] += new
        self._end(stream, at, "more came than could be stored")
        return False

    def _watched(self, stream: Stream, at: float) -> None:
        watch = self._open.get(stream)
        self._open[stream] = (
            Watch(stream, self.instance, at, at) if watch is None else replace(watch, until_at=at)
        )

    def _end(self, stream: Stream, at: float, because: str) -> None:
        watch = self._open.pop(stream, None)
        if watch is not None:
            self._closed.append(replace(watch, until_at=at, because=because))
