"""What workers answer when they are asked what they hold."""

from __future__ import annotations

import json

from exporter.observe import answers, pidbox
from exporter.observe.answers import PLACES, WrongShapeError
from exporter.observe.held import held_by_worker, reply_of
from exporter.observe.pidbox import Question
from exporter.observe.task_index import TaskIndex
from exporter.snapshot import Wanted
from tests.fuzz.target import Target
from tests.fuzz.wrapping import envelope

_QUESTIONS = tuple(Question(method, ticket="ticket") for method in PLACES)
_TASK = "timesketch.lib.tasks.run_csv_jsonl"
_WORKER = "celery@w1"
_WANTED = Wanted()


def one(data: bytes) -> None:
    """Read an answer: with a first byte that is odd, the rest is put into its envelope."""
    rest = data[1:]
    answers.looked_up_by_end(rest)
    raw = envelope(rest, ticket="ticket") if data[:1] and data[0] % 2 else rest
    reply = pidbox.decode(raw)
    if reply is None:
        return
    for method in PLACES:
        try:
            answers.tasks(method, reply.answer)
        except WrongShapeError:
            continue
    details = answers.details(reply.answer, tick=1.0)
    answers.queues(reply.answer)
    index = TaskIndex()
    for task_id, subject in answers.looked_up(reply.answer).items():
        index.note(task_id, subject)
    for question in _QUESTIONS:
        said = held_by_worker([question], [reply])
        for name, held in said.answered.items():
            for wanted in (None, _WANTED):
                reply_of(
                    name,
                    held,
                    index=index,
                    wanted=wanted,
                    details=details,
                    heard=None,
                    now=1e9,
                    tick=1.0,
                )


def seeds() -> list[bytes]:
    """Answers of a worker to each question."""
    args = ["/uploads/0a1b", "", "disk", "0a1b", "csv", 42, None, ","]
    task = {
        "id": "0123abcd-0000-4000-8000-000000000000",
        "name": _TASK,
        "type": _TASK,
        "args": args,
        "kwargs": {},
        "hostname": _WORKER,
        "time_start": 1795000000.5,
        "delivery_info": {"routing_key": "celery", "priority": 0, "redelivered": False},
        "worker_pid": 1,
    }
    shown = {**task, "args": repr(tuple(args)), "kwargs": "{}"}
    cut = {**task, "args": "('', '{\"message\": \"x\"}...', ...)", "kwargs": "{}"}
    pool = {"implementation": "celery.concurrency.prefork:TaskPool", "processes": [2, 3]}
    given: list[object] = [
        [task],
        [shown, cut],
        [{"eta": "2026-11-23T10:00:00", "priority": 6, "request": task}],
        {"pid": 1, "uptime": 60, "prefetch_count": 8, "pool": pool},
        [{"name": "celery", "routing_key": "celery"}],
        {task["id"]: ["active", task]},
        {"error": "KeyError('x')"},
    ]
    return [b"\x01" + json.dumps({_WORKER: answer}).encode() for answer in given]


TARGET = Target(
    name="answers",
    one=one,
    seeds=seeds,
    tokens=(b'"args"', b'"kwargs"', b'"name"', b'"request"', b'"uptime"', b'"timeline_id"'),
)
