"""Events of workers and tasks, as they come and as they are stored."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from exporter.events.history import History
from exporter.events.intake import Intake
from exporter.observe.arguments import is_timesketch, short
from exporter.observe.listeners import event
from exporter.observe.roll import Roll
from tests.fuzz.scratch import place
from tests.fuzz.target import Target
from tests.fuzz.wrapping import envelope

if TYPE_CHECKING:
    from exporter.observe.timesketch_tasks import Subject

_AT = 1_795_000_000.0
_TASK = "timesketch.lib.tasks.run_csv_jsonl"


def one(data: bytes) -> None:
    """Hear a message: with a first byte that is odd, the rest is put into its envelope."""
    rest = data[1:]
    heard = event(envelope(rest) if data[:1] and data[0] % 2 else rest)
    roll = Roll()
    for moment in (0.0, 7.0):
        roll.note(heard, at=_AT + moment, tick=moment)
        roll.workers(tick=moment)
    intake = Intake(instance="host:1", reader=_reader, patience=0.0, clock=lambda: _AT)
    intake.worker_event(heard)
    intake.task_events(heard)
    batch = intake.drain()
    if batch.events or batch.beats:
        # What one event could keep from being stored, it would keep for all others too.
        _history().write(batch)


def _reader(task_name: str, args: str, kwargs: str) -> Subject | None:
    return short(task_name, args, kwargs) if is_timesketch(task_name) else None


@cache
def _history() -> History:
    return History.kept(f"sqlite:///{place('events-journal.db')}")


def seeds() -> list[bytes]:
    """Heartbeats, and what a pool's process sends of a task, singly and in a list."""
    common = {"hostname": "celery@w1", "utcoffset": 0, "pid": 7, "clock": 3, "timestamp": _AT - 0.5}
    beat = {**common, "freq": 2.0, "active": 1, "processed": 9, "loadavg": [0.5, 1.0, 1.5]}
    task = {**common, "uuid": "0123abcd-0000-4000-8000-000000000000"}
    args = "('/uploads/0a1b', '', 'disk', '0a1b', 'csv', 42, None, ',')"
    given: list[object] = [
        {**beat, "type": "worker-heartbeat"},
        {**beat, "type": "worker-online"},
        {**beat, "type": "worker-offline"},
        [
            {**task, "type": "task-received", "name": _TASK, "args": args, "kwargs": "{}"},
            {**task, "type": "task-started"},
            {**task, "type": "task-succeeded", "result": "None", "runtime": 1.5},
        ],
        {**task, "type": "task-failed", "exception": "WorkerLostError('signal 9')"},
        {**task, "type": "task-received", "name": _TASK, "args": "('', '...', ...)"},
    ]
    return [b"\x01" + json.dumps(each).encode() for each in given]


TARGET = Target(
    name="events",
    one=one,
    seeds=seeds,
    tokens=(b'"task-retried"', b'"task-revoked"', b'"task-rejected"', b'"freq"', b'"timestamp"'),
)
