"""The truth about tasks, from what processes recorded, how they died and what the broker held."""

from __future__ import annotations

from math import inf

from tests.chaos.record import Begun, Death, Ended, Held, InBroker, Work
from tests.chaos.truth import NEVER, Span, Truth, find_out

WORKER, CHILD = 10, 11


def _truth(
    *records: Begun | Ended | Held,
    deaths: tuple[Death, ...] = (),
    in_broker: tuple[InBroker, ...] = (),
    works: tuple[Work, ...] = (),
) -> Truth:
    return find_out(records, deaths, in_broker, works, now=100.0)


def _held(at: float, *task_ids: str) -> Held:
    return Held(at, at - 0.1, WORKER, frozenset(task_ids))


def test_a_run_lasts_until_it_ended() -> None:
    """A task that came to its end was alive until then, and gone from then on."""
    truth = _truth(Begun(5.0, CHILD, WORKER, "t"), Ended(8.0, CHILD, "t"))
    assert truth.tasks["t"] == Span(8.0, 8.0)
    assert truth.runs["t"] == [(5.0, 8.0)]


def test_a_run_whose_process_is_killed_ends_with_it() -> None:
    """What a killed process ran was alive when that was last seen, and gone once it was missed."""
    truth = _truth(Begun(5.0, CHILD, WORKER, "t"), deaths=(Death(CHILD, 6.9, 7.0),))
    assert truth.tasks["t"] == Span(6.9, 7.0)


def test_a_run_that_goes_on_has_no_end() -> None:
    """A process that still lives is still at work."""
    assert _truth(Begun(5.0, CHILD, WORKER, "t")).tasks["t"] == Span(100.0, inf)


def test_a_task_that_a_killed_worker_had_begun_dies_with_its_child() -> None:
    """A worker that still lists a task whose process is dead does not keep it alive.

    But as long as it does, nobody can know.
    """
    truth = _truth(
        _held(4.0, "t"),
        Begun(5.0, CHILD, WORKER, "t"),
        _held(9.0),
        deaths=(Death(CHILD, 6.9, 7.0),),
    )
    assert truth.tasks["t"] == Span(6.9, 9.0)


def test_a_task_begun_before_the_worker_was_looked_at_is_not_in_its_hands() -> None:
    """The look that first finds a task that runs already adds nothing to its life."""
    truth = _truth(
        Begun(5.0, CHILD, WORKER, "t"),
        _held(5.05, "t"),
        _held(7.5),
        deaths=(Death(CHILD, 6.9, 7.0),),
    )
    assert truth.tasks["t"] == Span(6.9, 7.5)


def test_what_is_prefetched_lives_until_it_is_dropped() -> None:
    """A message in a worker's hands was there until the last look that found it."""
    truth = _truth(_held(4.0, "t"), Held(9.0, 8.9, WORKER, frozenset()))
    assert truth.tasks["t"] == Span(8.9, 9.0)


def test_what_is_prefetched_dies_with_its_worker() -> None:
    """A message in a worker's hands is lost with the worker."""
    truth = _truth(_held(4.0, "t"), deaths=(Death(WORKER, 6.9, 7.0),))
    assert truth.tasks["t"] == Span(6.9, 7.0)


def test_a_message_that_is_handed_out_again_lives_on() -> None:
    """A task lives as long as any copy of it does."""
    truth = _truth(
        Begun(5.0, CHILD, WORKER, "t"),
        deaths=(Death(CHILD, 6.9, 7.0),),
        in_broker=(InBroker("t", 30.0, 30.2),),
    )
    assert truth.tasks["t"] == Span(30.0, 30.2)


def test_a_task_waits_with_what_is_before_it() -> None:
    """An analysis lives as long as anything of its chain up to it."""
    work = Work(("analysis", 7), 1.0, 1.5, ("import", "init", "analyzer"))
    truth = _truth(in_broker=(InBroker("import", 20.0, 20.2),), works=(work,))
    assert truth.span(("analysis", 7), 30.0) == Span(20.0, 20.2)
    assert truth.outlived(("analysis", 7), 15.0, by=15.0) == 5.0
    assert truth.outlived(("analysis", 7), 21.0, by=21.0) == 0.0


def test_a_message_lives_before_it_is_sent() -> None:
    """Between rows and message, whoever sends it has the task in hand."""
    truth = _truth(works=(Work(("timeline", 1), 1.0, 3.0, ("t",)),))
    assert truth.outlived(("timeline", 1), 2.0, by=2.0) == 1.0


def test_a_later_upload_is_another_story() -> None:
    """What is uploaded later does not make true what was said before it."""
    work = Work(("timeline", 1), 50.0, 60.0, ("t",))
    assert _truth(works=(work,)).span(("timeline", 1), 49.0) == NEVER


def test_who_ran_when() -> None:
    """A row may be written by a task of its own while that runs, give or take the slack."""
    truth = _truth(
        Begun(5.0, CHILD, WORKER, "t"),
        Ended(8.0, CHILD, "t"),
        works=(Work(("timeline", 1), 1.0, 2.0, ("t",)),),
    )
    assert truth.ran(("timeline", 1), 8.5, slack=1.0)
    assert not truth.ran(("timeline", 1), 9.5, slack=1.0)
    assert not truth.ran(("timeline", 2), 6.0, slack=1.0)
