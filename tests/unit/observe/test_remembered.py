"""What is remembered of messages, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.observe import remembered
from exporter.observe.messages import Foreign, Task
from exporter.observe.remembered import Remembered
from exporter.observe.timesketch_tasks import Subject
from exporter.snapshot import TaskMessage

if TYPE_CHECKING:
    import pytest


def task(tag: str, *, arguments: str | None = None) -> Task:
    """Return an import of timeline 7."""
    name = "timesketch.lib.tasks.run_csv_jsonl"
    sent = None if arguments is None else TaskMessage("id", name, "celery", arguments, None)
    return Task(
        tag, "celery", f"id of {tag}", name, Subject(7), (), redelivered=False, message=sent
    )


def test_a_message_is_known_in_the_next_pass_and_as_long_as_it_is_seen() -> None:
    """Whatever a pass did not come across is forgotten with the next one."""
    memory = Remembered()
    memory.turn()
    memory.keep(10, task("a"))
    memory.keep(10, task("b"))
    memory.turn()
    assert memory.find("a", 10) == task("a")
    memory.turn()
    assert memory.find("a", 10) == task("a")
    assert memory.find("b", 10) is None


def test_a_message_of_another_length_is_another_one() -> None:
    """One that was handed out again says so, and is read anew."""
    memory = Remembered()
    memory.keep(10, task("a"))
    memory.turn()
    assert memory.find("a", 31) is None


def test_what_shows_no_tag_is_not_remembered() -> None:
    """It could not be told from others."""
    memory = Remembered()
    memory.keep(10, Foreign("", "celery", "tasks.add"))
    memory.turn()
    assert not memory


def test_only_so_many_are_remembered() -> None:
    """The others are read each time, which costs time and no memory."""
    memory = Remembered(most=2)
    for tag in "abc":
        memory.keep(10, task(tag))
    memory.turn()
    assert [memory.find(tag, 10) is not None for tag in "abc"] == [True, True, False]


def test_only_so_much_of_what_imports_were_sent_with_is_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Arguments take more room than all else."""
    monkeypatch.setattr(remembered, "MOST_CHARACTERS", 10)
    memory = Remembered()
    for tag in "ab":
        memory.keep(10, task(tag, arguments="eight ch"))
    for _ in range(2):
        memory.turn()
        assert memory.find("a", 10) == task("a", arguments="eight ch")
        assert memory.find("b", 10) is None
