"""The story of one timeline, out of a history of ten million events."""

from __future__ import annotations

import sqlite3
import statistics
import time
from typing import TYPE_CHECKING

from exporter.events.history import History
from exporter.events.intake import Batch
from exporter.events.records import Finding, Kind, Stream, TaskEvent, Watch, WorkerChange
from exporter.events.story import story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVENTS = 10_000_000
QUICK = {"events": 30_000}
_KINDS = (Kind.RECEIVED, Kind.STARTED, Kind.SUCCEEDED)
_TIMELINE = 4711
_ROUNDS = 50
_MONTH = 30 * 86_400.0


def measure(directory: Path, events: int = EVENTS) -> dict[str, object]:
    """Return how long the story takes to be read and told."""
    url = f"sqlite:///{directory / 'journal.db'}"
    history = History.kept(url)
    began_at = time.time() - _MONTH
    with sqlite3.connect(directory / "journal-history.db") as connection:
        connection.executemany(
            "INSERT INTO history_task (id, task_id, name, timeline_id, first_at)"
            " VALUES (?, ?, 'timesketch.lib.tasks.run_csv_jsonl', ?, ?)",
            _tasks(events // len(_KINDS), began_at),
        )
        connection.executemany(
            "INSERT INTO history_event (task, stamp, kind, worker, at) VALUES (?, ?, ?, ?, ?)",
            _events(events // len(_KINDS), began_at),
        )
    connection.close()
    history.write(_story_of(_TIMELINE, began_at + _MONTH / 2))
    seconds = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        told = story(history.material(_TIMELINE))
        seconds.append(time.perf_counter() - began)
    counted = history.count_events()
    history.close()
    return {
        "target": {"longest_seconds": 0.05},
        "events": counted,
        "file_mib": round((directory / "journal-history.db").stat().st_size / 1024 / 1024),
        "chapters": len(told.chapters),
        "median_seconds": round(statistics.median(seconds), 4),
        "longest_seconds": round(max(seconds), 4),
    }


def _tasks(count: int, began_at: float) -> Iterator[tuple[object, ...]]:
    for number in range(1, count + 1):
        yield number, f"{number:032x}", 10_000 + number % 100_000, began_at + number * 0.5


def _events(count: int, began_at: float) -> Iterator[tuple[object, ...]]:
    for number in range(1, count + 1):
        for step, kind in enumerate(_KINDS):
            at = began_at + number * 0.5 + step
            yield number, at, kind.value, f"celery@worker-{number % 20}", at


def _story_of(timeline_id: int, at: float) -> Batch:
    """Return a day of one timeline: a thousand streamed chunks, and a worker that died."""
    worker = "celery@worker-1"
    return Batch(
        events=[
            TaskEvent(
                f"chunk-{number}", kind, worker, at + number, at + number, None, None, timeline_id
            )
            for number in range(300)
            for kind in _KINDS
        ],
        findings=[
            Finding(
                at=at + number * 60,
                instance="host:1",
                target="timeline",
                target_id=timeline_id,
                timeline_id=timeline_id,
                verdict="running" if number % 2 else "unknown",
                worker=worker,
                reasons=("one of several reasons, in words",) * 4,
            )
            for number in range(100)
        ],
        workers=[WorkerChange(at + 1000, "host:1", worker, "dead", at + 998)],
        watches=[Watch(stream, "host:1", at - 10, at + 86_400) for stream in Stream],
    )
