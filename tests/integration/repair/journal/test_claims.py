"""Claims: alone, on the whole past, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import pytest

from exporter.errors import DuplicateRepairError, JournalBusyError
from exporter.repair.guards import Decision
from exporter.repair.records import Guard, Outcome, Refusal
from tests.integration.repair.journal.samples import (
    NOW,
    ORIGIN,
    WINDOW,
    Clock,
    granting,
    refusing,
    repair,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.repair.journal import Journal
    from exporter.repair.records import Entry, History


def claim(
    journal: Journal, repair_id: str, decide: Callable[[History], Decision] = granting
) -> Entry:
    """Claim a repair of timeline 5."""
    return journal.claim(repair(repair_id), ORIGIN, decide, orphan_window=WINDOW)


def test_granted(journal: Journal) -> None:
    """A granted repair is journalled whole, without an outcome."""
    entry = claim(journal, "a1b2c3d4")

    assert entry.outcome is None
    assert entry.repair == repair("a1b2c3d4")
    assert (entry.origin, entry.version, entry.instance) == (ORIGIN, "1.0", "host:1")
    assert entry.begun_at == NOW
    assert journal.entry("a1b2c3d4") == entry


def test_refused(journal: Journal) -> None:
    """A refused repair is journalled with every refusal."""
    entry = claim(journal, "a1b2c3d4", refusing(Guard.PAUSE, Guard.BUDGET))

    assert entry.outcome is Outcome.REFUSED
    assert entry.ended_at == NOW
    assert entry.refusals == (
        Refusal(Guard.PAUSE, "pause says no"),
        Refusal(Guard.BUDGET, "budget says no"),
    )


def test_dry_run(journal: Journal) -> None:
    """What only the mode dry-run stands in the way of is journalled as a dry run."""
    decision = Decision((Refusal(Guard.MODE, "dry-run"),), dry_run=True)

    assert claim(journal, "a1b2c3d4", lambda _: decision).outcome is Outcome.DRY_RUN


def test_one_past_for_all(journal: Journal, opened: Callable[..., Journal]) -> None:
    """Whoever claims decides on everything that others claimed before."""
    other = opened()

    outcomes = [
        claim(each, f"repair-{number}", within(3)).outcome
        for number, each in enumerate([journal, other, other, journal, other])
    ]

    assert outcomes == [None, None, None, Outcome.REFUSED, Outcome.REFUSED]


def test_alone(journal: Journal, opened: Callable[..., Journal]) -> None:
    """While one claim decides, no other can; both are served one after the other."""
    impatient = opened(timeout=1.0)
    kept_out = []

    def decide(_: History) -> Decision:
        with pytest.raises(JournalBusyError, match=r"locked by somebody else for more than 1 s"):
            claim(impatient, "the-other")
        kept_out.append(True)
        return Decision()

    claim(journal, "the-first", decide)
    claim(impatient, "the-other")

    assert kept_out == [True]
    assert [entry.repair.repair_id for entry in journal.entries()] == ["the-first", "the-other"]


def test_readers_do_not_wait(journal: Journal, opened: Callable[..., Journal]) -> None:
    """While a claim decides, the journal can be read, without what is not committed yet."""
    reader = opened(timeout=2.0)
    seen = []

    def decide(_: History) -> Decision:
        seen.append(list(reader.entries()))
        return Decision()

    claim(journal, "a1b2c3d4", decide)

    assert seen == [[]]


def test_decision_that_fails(journal: Journal) -> None:
    """If the decision raises, nothing is journalled and the journal is free again."""

    def decide(_: History) -> NoReturn:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        claim(journal, "a1b2c3d4", decide)

    assert list(journal.entries()) == []
    assert claim(journal, "a1b2c3d4").outcome is None


def test_id_that_is_taken(journal: Journal) -> None:
    """A second repair of the same id is refused before anybody decides, and changes nothing."""
    first = claim(journal, "a1b2c3d4")

    with pytest.raises(DuplicateRepairError, match="a1b2c3d4 is in the journal already"):
        claim(journal, "a1b2c3d4", refusing(Guard.PAUSE))

    assert list(journal.entries()) == [first]


def test_storm(journal: Journal, clock: Clock) -> None:
    """A storm engages the brake, and keeps it engaged to the minute while it lasts."""
    engaged = []
    for seconds in (0, 30, 59, 60, 100, 120):
        clock.at = NOW + seconds
        claim(journal, f"repair-{seconds}", lambda _: Decision(storm=True))
        engaged.append(journal.history(orphan_window=WINDOW).brake.engaged_at)

    assert engaged == [NOW, NOW, NOW, NOW + 60, NOW + 60, NOW + 120]


def test_storm_after_release(journal: Journal, clock: Clock) -> None:
    """A storm that is seen after the brake was released engages it at once."""
    claim(journal, "the-first", lambda _: Decision(storm=True))
    clock.at += 5
    journal.release_brake(ORIGIN)
    clock.at += 5

    claim(journal, "the-second", lambda _: Decision(storm=True))

    brake = journal.history(orphan_window=WINDOW).brake
    assert (brake.engaged_at, brake.released_at) == (NOW + 10, NOW + 5)
