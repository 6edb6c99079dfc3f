"""What is kept of an import's message."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exporter.observe.task_message import LONGEST, from_queue, from_worker
from exporter.snapshot import TaskMessage

CSV = "timesketch.lib.tasks.run_csv_jsonl"
PLASO = "timesketch.lib.tasks.run_plaso"
ARGS: list[Any] = ["/uploads/a.csv", "", "disk", "abc", "csv", 5, [{"target": "message"}], ";"]
SIGNATURE = {"task": "timesketch.lib.tasks.run_sketch_init", "args": [], "kwargs": {}}


def test_keeps_arguments_and_chain() -> None:
    """A message in a queue is kept with everything that it takes to send it once more."""
    kept = from_queue(
        CSV,
        "t1",
        queue="celery",
        args=ARGS,
        kwargs={},
        embed={"callbacks": None, "chain": [SIGNATURE]},
    )
    assert kept == TaskMessage("t1", CSV, "celery", json.dumps([ARGS, {}]), json.dumps([SIGNATURE]))


def test_a_plaso_file_as_well() -> None:
    """The import of a Plaso file is kept with its filter."""
    args = ["/uploads/a.plaso", "", "disk", "abc", "plaso", 5, "tag is 'x'"]
    kept = from_queue(PLASO, "t1", queue="celery", args=args, kwargs={}, embed={"chain": None})
    assert kept is not None
    assert (json.loads(kept.arguments), kept.chain) == ([args, {}], "[]")


def test_a_worker_does_not_show_the_chain() -> None:
    """What a worker tells is kept as well; whether a chain is behind it stays open."""
    kept = from_worker(CSV, "t1", queue="celery", args=tuple(ARGS), kwargs={})
    assert kept is not None
    assert (json.loads(kept.arguments), kept.chain) == ([ARGS, {}], None)


@pytest.mark.parametrize(
    "args",
    [
        ["", "an event", *ARGS[2:]],
        ["/uploads/a.csv", "an event", *ARGS[2:]],
        ["/uploads/a.csv", None, *ARGS[2:]],
        ARGS[:7],
        ["/uploads/a.csv", "", "n" * LONGEST, *ARGS[3:]],
    ],
)
def test_leaves_the_rest(args: list[Any]) -> None:
    """Streams, calls of another shape and what is too long are not kept."""
    assert from_queue(CSV, "t1", queue="celery", args=args, kwargs={}, embed={}) is None


def test_leaves_other_tasks_and_links() -> None:
    """Neither another task nor one with links that Timesketch never makes is kept."""
    assert from_queue("other.task", "t1", queue="celery", args=ARGS, kwargs={}, embed={}) is None
    assert (
        from_queue(
            CSV, "t1", queue="celery", args=ARGS, kwargs={}, embed={"callbacks": [SIGNATURE]}
        )
        is None
    )


@pytest.mark.parametrize(
    "args",
    [
        ["/uploads/a...", *ARGS[1:]],
        [*ARGS[:6], [...], ","],
        [*ARGS[:6], {...}, ","],
        [*ARGS[:6], [{"target": "mess..."}], ","],
        None,
        "cut",
    ],
)
def test_what_a_worker_cut_is_not_kept(args: object) -> None:
    """A short form that leaves anything out is no message to be sent."""
    assert from_worker(CSV, "t1", queue="celery", args=args, kwargs={}) is None
