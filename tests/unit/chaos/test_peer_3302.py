"""The peer's rule: stuck is what says processing and is named by no active task."""

from __future__ import annotations

from bench.peer_3302 import stuck

IMPORT = "timesketch.lib.tasks.run_csv_jsonl"


def _task(name: str, *args: object) -> dict[str, object]:
    return {"name": name, "args": [*args]}


def test_what_an_active_import_names_is_not_stuck() -> None:
    """The sixth argument of an import is its timeline."""
    active = {"w1": [_task(IMPORT, "/file", "", "name", "index", "csv", 3, None, ",")], "w2": []}
    assert stuck([3, 4], active) == {4}


def test_other_tasks_name_nothing() -> None:
    """An analyzer's arguments are no timelines."""
    analyzer = _task("timesketch.lib.tasks.run_sketch_analyzer", "i", 1, 2, "domain", 0, 3)
    assert stuck([3], {"w1": [analyzer]}) == {3}


def test_without_an_answer_everything_is_stuck() -> None:
    """It does not ask whether anybody could answer."""
    assert stuck([3, 4], {}) == {3, 4}
