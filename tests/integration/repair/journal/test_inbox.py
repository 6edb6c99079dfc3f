"""The inbox keeps requests through crashes, knows duplicates, and ends each once."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from exporter.errors import InboxFullError, UnknownRequestError
from exporter.repair.requests import (
    Asked,
    Conclusion,
    RequestOutcome,
    RequestTally,
    TakenIn,
)
from exporter.repair.rows import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.repair.journal import Journal
    from tests.integration.repair.journal.samples import Clock

QUIET = 900.0
ASKED = Asked(
    request_id="abc",
    target=Target.TIMELINE,
    target_id=5,
    fingerprint="f00d",
    alert="TimesketchTimelineOrphaned",
    labels={"timeline_id": "5", "sketch_id": "3", "évidence\n": "\x00"},
)
EVERYTHING = replace(ASKED, request_id="all", target=Target.ANALYSIS, target_id=None)
DONE = Conclusion(RequestOutcome.REPAIRED, "repair a1b2c3d4 of timeline 5: applied", ("a1b2c3d4",))


def take_in(journal: Journal, *asked: Asked, capacity: int = 10) -> TakenIn:
    """Take requests in."""
    return journal.inbox.take_in(asked, quiet=QUIET, capacity=capacity)


def test_what_was_taken_in_is_there(opened: Callable[[], Journal], clock: Clock) -> None:
    """A request is found by another process, exactly as it was made, until it has ended."""
    assert take_in(opened(), ASKED, EVERYTHING) == TakenIn(accepted=("abc", "all"))
    now, (request, everything) = opened().inbox.open_requests()
    assert now == clock.at
    assert (request.asked, everything.asked) == (ASKED, EVERYTHING)
    assert (request.attempt, request.received_at, request.instance) == (1, clock.at, "host:1")
    assert request.conclusion is None

    clock.at += 3
    opened().inbox.conclude({request.sequence: DONE})
    assert opened().inbox.open_requests()[1] == (everything,)
    (ended,) = opened().inbox.attempts("abc")
    assert (ended.conclusion, ended.concluded_at) == (DONE, clock.at)
    assert opened().inbox.recent(10) == (everything, ended)
    assert opened().inbox.recent(1) == (everything,)


def test_a_request_ends_once(journal: Journal, clock: Clock) -> None:
    """The first conclusion stands, whoever comes later with another."""
    take_in(journal, ASKED)
    _, (request,) = journal.inbox.open_requests()
    journal.inbox.conclude({request.sequence: DONE})
    clock.at += 1
    other = Conclusion(RequestOutcome.NEEDLESS, "too late")
    journal.inbox.conclude({request.sequence: other})
    (ended,) = journal.inbox.attempts("abc")
    assert (ended.conclusion, ended.concluded_at) == (DONE, clock.at - 1)


def test_duplicates_store_nothing(journal: Journal, clock: Clock) -> None:
    """What is open, or has ended lately, is a duplicate; later it is a further attempt."""
    take_in(journal, ASKED)
    clock.at += 10 * QUIET
    assert take_in(journal, ASKED) == TakenIn(duplicates=("abc",))
    _, (request,) = journal.inbox.open_requests()
    journal.inbox.conclude({request.sequence: DONE})

    clock.at += QUIET - 1
    assert take_in(journal, ASKED) == TakenIn(duplicates=("abc",))
    clock.at += 1
    assert take_in(journal, ASKED) == TakenIn(accepted=("abc",))
    first, second = journal.inbox.attempts("abc")
    assert (first.attempt, second.attempt) == (1, 2)
    assert (first.conclusion, second.conclusion) == (DONE, None)


def test_the_same_twice_in_one_notification_is_one(journal: Journal) -> None:
    """A notification that names a request twice makes it once."""
    assert take_in(journal, ASKED, ASKED) == TakenIn(accepted=("abc",))
    assert len(journal.inbox.open_requests()[1]) == 1


def test_a_full_inbox_takes_nothing_in(journal: Journal) -> None:
    """Where not all of a notification finds room none is stored; duplicates need none."""
    first = [replace(ASKED, request_id=f"r{number}") for number in range(3)]
    take_in(journal, *first, capacity=3)
    with pytest.raises(InboxFullError, match="holds 3 open requests and has no room for 1 more"):
        take_in(journal, *first, ASKED, capacity=3)
    assert len(journal.inbox.open_requests()[1]) == 3
    assert take_in(journal, *first, capacity=3).accepted == ()
    _, (request, *_) = journal.inbox.open_requests()
    journal.inbox.conclude({request.sequence: DONE})
    assert take_in(journal, ASKED, capacity=3).accepted == ("abc",)


def test_thousands_at_once(journal: Journal) -> None:
    """As many requests as the largest notification may hold are stored and ended in one go each."""
    asked = [
        replace(ASKED, request_id=f"r{number}", target_id=number + 1) for number in range(2500)
    ]
    assert len(take_in(journal, *asked, capacity=2500).accepted) == 2500
    assert len(take_in(journal, *asked, capacity=2500).duplicates) == 2500
    _, requests = journal.inbox.open_requests()
    journal.inbox.conclude({request.sequence: DONE for request in requests})
    assert journal.inbox.tally().open == 0


def test_counts(journal: Journal) -> None:
    """The tally has every outcome, and what is open apart."""
    assert journal.inbox.tally() == RequestTally(0, dict.fromkeys(RequestOutcome, 0))
    take_in(journal, ASKED, EVERYTHING)
    _, (request, _) = journal.inbox.open_requests()
    journal.inbox.conclude({request.sequence: DONE})
    tally = journal.inbox.tally()
    assert tally.open == 1
    assert tally.outcomes[RequestOutcome.REPAIRED] == 1
    assert sum(tally.outcomes.values()) == 1


def test_an_unknown_request_is_told(journal: Journal) -> None:
    """Nobody gets an answer about a request that was never made."""
    with pytest.raises(UnknownRequestError, match="holds no request 123"):
        journal.inbox.attempts("123")


def test_delivered_by_two_at_once(opened: Callable[[], Journal]) -> None:
    """Two Alertmanagers that deliver the same at the same moment make one request."""
    begin = threading.Barrier(4)
    taken: list[TakenIn] = []

    def deliver() -> None:
        journal = opened()
        begin.wait(10)
        taken.append(take_in(journal, ASKED))

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(len(each.accepted) for each in taken) == [0, 0, 0, 1]
    assert len(opened().inbox.open_requests()[1]) == 1
