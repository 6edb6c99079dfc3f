"""Whether and with what a lost import is begun anew."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from exporter.repair.changes import NewStatus, Repair, Requeue, SetStatus, StatusTable
from exporter.repair.plan import plan_undo
from exporter.repair.records import Entry, Outcome
from exporter.repair.requeue.upload import FileFound, Requeueing
from tests.unit.repair.build import AT, REASONS, index, judged_timeline, row, source, timeline
from tests.unit.repair.engine_world import CLI, HERE
from tests.unit.repair.requeue.build import (
    ARGS,
    CHAIN,
    LOST,
    PATH,
    message,
    named,
    requeued,
    upload,
)

ASSUMED = Requeueing(assume_defaults=True)


def test_sent_as_it_was_seen() -> None:
    """Task, queue, arguments and chain are those that were seen, under an id of its own."""
    made = requeued(upload(PATH, message(), waiting=(9,)))
    assert isinstance(made, Repair)
    assert made.changes == (
        SetStatus(StatusTable.DATA_SOURCE, 1, (row(100, "processing"),), (NewStatus("queueing"),)),
        SetStatus(StatusTable.TIMELINE, 5, (row(50, "processing"),), (NewStatus("processing"),)),
    )
    assert made.requeue == Requeue(
        task_id="a8cc552b-369d-5eb0-9b8a-80319721edd8",
        task_name="timesketch.lib.tasks.run_csv_jsonl",
        queue="csv",
        arguments=json.dumps([ARGS, {}]),
        chain=CHAIN,
        index_name="abc",
        purge=False,
        events=0,
    )
    assert (made.evidence.judged_at, made.status_id, made.rows) == (AT, 50, LOST)
    *former, there, known = made.evidence.reasons
    assert (tuple(former), there) == (REASONS, f"{PATH} is still there")
    assert known.startswith("its arguments and chain are those of task t1, as it was seen")
    assert known.endswith("behind it wait the analyses 9")


def test_a_worker_tells_all_but_the_chain() -> None:
    """What only a worker told is sent if nothing can be behind it, and else refused."""
    told = message(chain=None)
    made = requeued(upload(PATH, told))
    assert isinstance(made, Repair)
    assert made.requeue is not None
    assert (made.requeue.arguments, made.requeue.chain) == (told.arguments, "[]")
    refused = requeued(upload(PATH, told, waiting=(9, 7)))
    assert isinstance(refused, str)
    assert refused.startswith("analyses wait that may be in the chain behind its import (7, 9)")


def test_the_message_that_tells_most_counts() -> None:
    """Of several messages of this file, one with its chain is taken, whatever the order."""
    made = requeued(upload(PATH, message(chain=None, task_id="t2"), message(), waiting=(9,)))
    assert isinstance(made, Repair)
    assert made.requeue is not None
    assert made.requeue.chain == CHAIN


@pytest.mark.parametrize(("position", "other"), [(0, "/uploads/other.csv"), (3, "xyz"), (5, 6)])
def test_another_import_is_not_taken(position: int, other: object) -> None:
    """A message about another file, index or timeline tells nothing of this one."""
    args = [*ARGS]
    args[position] = other
    assert "header mapping and delimiter" in str(requeued(upload(PATH, message(args=args))))


@pytest.mark.parametrize(
    ("kind", "task", "last"),
    [
        ("csv", "run_csv_jsonl", [None, ","]),
        ("jsonl", "run_csv_jsonl", [None, ","]),
        ("json", "run_csv_jsonl", [None, ","]),
        ("plaso", "run_plaso", [""]),
    ],
)
def test_rebuilt_on_somebodys_word(kind: str, task: str, last: list[object]) -> None:
    """What no table holds is assumed to have been Timesketch's default only if somebody says so."""
    rows = named(f"a.b.{kind}")
    made = requeued(upload(), rows=rows, how=ASSUMED)
    assert isinstance(made, Repair)
    assert made.requeue is not None
    args = [PATH, "", "disk", "abc", kind, 5, *last]
    assert made.requeue.task_name == f"timesketch.lib.tasks.{task}"
    assert json.loads(made.requeue.arguments) == [args, {}]
    assert (made.requeue.chain, made.requeue.queue) == ("[]", "celery")
    assert "are assumed, as asked for" in made.evidence.reasons[-1]
    assert "--assume-defaults says so" in str(requeued(upload(), rows=rows))


@pytest.mark.parametrize("name", ["", "a.xlsx", "a.CSV", "csv."])
def test_another_kind_of_file(name: str) -> None:
    """What Timesketch would not have taken, nobody can rebuild."""
    refused = requeued(upload(), rows=named(name), how=ASSUMED)
    assert refused == f"nobody saw its task, and {name!r} tells no kind of file"


def test_json_lines_speak_for_themselves() -> None:
    """JSON whose lines lack nothing cannot have been mapped; a CSV's delimiter stays unknown."""
    spoken = FileFound(speaks_for_itself=True)
    made = requeued(upload(file=spoken), rows=named("a.jsonl"))
    assert isinstance(made, Repair)
    assert made.evidence.reasons[-1].startswith(
        "its arguments are rebuilt from its rows: its first"
    )
    assert isinstance(requeued(upload(file=spoken), rows=named("a.csv")), str)


def test_events_in_the_index() -> None:
    """Events that are there are refused with their number, or deleted first where that is asked."""
    refused = requeued(upload(PATH, message(), events=7))
    assert str(refused).startswith("7 of its events are in the search index already")
    made = requeued(upload(PATH, message(), events=7), how=Requeueing(purge=True))
    assert isinstance(made, Repair)
    assert made.requeue is not None
    assert (made.requeue.purge, made.requeue.events) == (True, 7)
    assert requeued(upload(PATH, message(), events="away")) == "away"


def test_other_timelines_are_refused() -> None:
    """A stream, several data sources, none, one that is settled, or no index: each has its line."""
    two = timeline(source(1, "processing"), source(2, "fail"), index=index("ready"))
    settled = timeline(source(1, "ready"), index=index("ready"))
    known = upload(PATH, message())
    streamed = judged_timeline(LOST, streamed={1})
    assert "came as a stream" in str(requeued(known, judged=streamed))
    assert "it has 2 data sources" in str(requeued(known, rows=two))
    assert "it has 0 data sources" in str(requeued(known, rows=timeline(index=index("ready"))))
    assert "its only data source says ready" in str(requeued(known, rows=settled))
    assert "no search index" in str(requeued(known, rows=timeline(source(1, "processing"))))
    assert requeued(upload(PATH, message(), file="it is gone")) == "it is gone"
    assert "its file is not known" in str(requeued(replace(known, files={})))


def test_an_undo_keeps_the_task_to_be_revoked() -> None:
    """The undo of a requeue puts the rows back and names the task that was sent."""
    made = requeued(upload(PATH, message()))
    assert isinstance(made, Repair)
    left = replace(
        LOST,
        statuses=(row(51, "processing"),),
        data_sources=(replace(source(1), statuses=(row(101, "queueing"),)),),
    )
    entry = Entry(made, CLI, "0", HERE, AT, outcome=Outcome.APPLIED, after=left)
    undo = plan_undo(entry, repair_id="u1", now=AT)
    assert undo.requeue == made.requeue
    assert {change.after[0].status for change in undo.changes if isinstance(change, SetStatus)} == {
        "processing"
    }
