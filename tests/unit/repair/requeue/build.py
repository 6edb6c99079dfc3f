"""A lost upload of one file, to be varied."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.repair.plan import PlanRules, Requeues, plan
from exporter.repair.requeue.upload import FileFound, Requeueing, Upload
from exporter.repair.rows import Target
from exporter.snapshot import TaskMessage
from tests.unit.repair.build import AT, ids, index, judged_timeline, source, timeline

if TYPE_CHECKING:
    from collections.abc import Collection

    from exporter.repair.changes import Repair
    from exporter.repair.rows import TimelineRows
    from exporter.snapshot import JudgedTimeline

PATH = "/uploads/1f2e"
ARGS = [PATH, "", "disk", "abc", "csv", 5, [{"target": "message", "source": ["what"]}], ";"]
INIT = {"task": "timesketch.lib.tasks.run_sketch_init", "args": [], "kwargs": {}}
ANALYZER = {
    "task": "timesketch.lib.tasks.run_sketch_analyzer",
    "args": [1, 9, "domain"],
    "kwargs": {"timeline_id": None},
}
CHAIN = json.dumps([ANALYZER, INIT])
LOST = timeline(source(1, "processing"), index=index("ready"))


def named(name: str, *, rows: TimelineRows = LOST) -> TimelineRows:
    """The rows of a file that was uploaded under this name."""
    return replace(rows, data_sources=(replace(rows.data_sources[0], name=name),))


def message(
    *, args: list[object] | None = None, chain: str | None = CHAIN, task_id: str = "t1"
) -> TaskMessage:
    """The message of this upload's import."""
    arguments = json.dumps([args or ARGS, {}])
    return TaskMessage(task_id, "timesketch.lib.tasks.run_csv_jsonl", "csv", arguments, chain)


def upload(
    path: str = PATH,
    *messages: TaskMessage,
    file: FileFound | str | None = None,
    events: int | str = 0,
    waiting: Collection[int] = (),
) -> Upload:
    """What is known of an upload of data source 1."""
    return Upload(
        paths={1: path},
        files={1: file or FileFound()},
        messages=messages,
        events=events,
        waiting=frozenset(waiting),
    )


def requeued(
    known: Upload,
    *,
    rows: TimelineRows = LOST,
    judged: JudgedTimeline | None = None,
    how: Requeueing | None = None,
) -> Repair | str:
    """The plan of this timeline's requeue, or why there is none."""
    made = plan(
        [judged or judged_timeline(rows)],
        {(Target.TIMELINE, 5): rows},
        judged_at=AT,
        rules=PlanRules(),
        new_id=ids(),
        requeues=Requeues(how or Requeueing(), {5: known}),
    )
    if made.repairs:
        return made.repairs[0]
    return made.not_planned[0].reason
