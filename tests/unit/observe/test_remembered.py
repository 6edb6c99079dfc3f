"""What is remembered of messages, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.observe import remembered
from exporter.observe.messages import Foreign, Task
from exporter.observe.remembered import Remembered
from exporter.observe.timesketch_tasks import Subject
from exporter.snapshot import Place, TaskMessage

if TYPE_CHECKING:
    import pytest

    from exporter.observe.messages import Parsed
    from exporter.observe.remembered import Content
    from exporter.snapshot import Sighting


def task(tag: str, *, arguments: str | None = None) -> Task:
    """Return an import of timeline 7."""
    name = "timesketch.lib.tasks.run_csv_jsonl"
    sent = None if arguments is None else TaskMessage("id", name, "celery", arguments, None)
    return Task(
        tag, "celery", f"id of {tag}", name, Subject(7), (), redelivered=False, message=sent
    )


def waiting(tag: str, *, arguments: str | None = None) -> Sighting:
    """Return the same as it is seen in queue celery."""
    return task(tag, arguments=arguments).seen(Place.QUEUE, "celery")


def keep(memory: Remembered, message: Parsed) -> None:
    """Remember a message of ten bytes in queue celery."""
    memory.keep(10, message, "celery")


def find(memory: Remembered, tag: str, length: int = 10, queue: str = "celery") -> Content | None:
    """Return what a message carries, if it is known."""
    known = memory.find(tag, length, queue)
    return None if known is None else known.content


def test_a_message_is_known_in_the_next_pass_and_as_long_as_it_is_seen() -> None:
    """Whatever a pass did not come across is forgotten with the next one."""
    memory = Remembered()
    memory.turn()
    keep(memory, task("a"))
    keep(memory, task("b"))
    memory.turn()
    assert find(memory, "a") == waiting("a")
    memory.turn()
    assert find(memory, "a") == waiting("a")
    assert find(memory, "b") is None


def test_a_message_of_another_length_is_another_one() -> None:
    """One that was handed out again says so, and is read anew."""
    memory = Remembered()
    keep(memory, task("a"))
    memory.turn()
    assert find(memory, "a", 31) is None


def test_a_message_in_another_queue_is_read_anew() -> None:
    """Where a task waits is told with it."""
    memory = Remembered()
    keep(memory, task("a"))
    memory.turn()
    assert find(memory, "a", queue="other") is None


def test_those_that_stand_as_before_are_all_remembered_or_read_anew() -> None:
    """One that there was no room for may be another one by now."""
    memory = Remembered(most=1)
    known, unknown = (memory.keep(10, task(tag), "celery") for tag in "ab")
    memory.turn()
    assert not memory.recall([known, unknown])
    assert memory.recall([known])
    memory.turn()
    assert find(memory, "a") == waiting("a")


def test_what_shows_no_tag_is_not_remembered() -> None:
    """It could not be told from others."""
    memory = Remembered()
    keep(memory, Foreign("", "celery", "tasks.add"))
    memory.turn()
    assert not memory


def test_only_so_many_are_remembered() -> None:
    """The others are read each time, which costs time and no memory."""
    memory = Remembered(most=2)
    for tag in "abc":
        keep(memory, task(tag))
    memory.turn()
    assert [find(memory, tag) is not None for tag in "abc"] == [True, True, False]


def test_only_so_much_of_what_imports_were_sent_with_is_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Arguments take more room than all else."""
    monkeypatch.setattr(remembered, "MOST_CHARACTERS", 10)
    memory = Remembered()
    for tag in "ab":
        keep(memory, task(tag, arguments="eight ch"))
    for _ in range(2):
        memory.turn()
        assert find(memory, "a") == waiting("a", arguments="eight ch")
        assert find(memory, "b") is None
