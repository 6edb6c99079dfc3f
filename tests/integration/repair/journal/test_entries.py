"""Outcomes, what came after them, and finding entries again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from exporter.errors import UnknownRepairError
from exporter.repair.records import Guard, Outcome, Tally
from exporter.repair.rows import StatusRow, Target
from tests.integration.repair.journal.samples import (
    NOW,
    ORIGIN,
    WINDOW,
    Clock,
    analysis_repair,
    granting,
    refusing,
    repair,
    rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from exporter.repair.changes import Repair
    from exporter.repair.journal import Journal
    from exporter.repair.records import Entry

_AFTER = rows(status=StatusRow(8, "fail"))


def begin(journal: Journal, *wanted: Repair) -> None:
    """Claim without ending."""
    for each in wanted:
        journal.claim(each, ORIGIN, granting, orphan_window=WINDOW)


def applied(journal: Journal, *wanted: Repair) -> None:
    """Claim and apply."""
    begin(journal, *wanted)
    for each in wanted:
        journal.finish(each.repair_id, Outcome.APPLIED)


def ids(entries: Iterable[Entry]) -> list[str]:
    """Name the entries."""
    return [entry.repair.repair_id for entry in entries]


def test_finish(journal: Journal, clock: Clock) -> None:
    """The outcome is told with the rows as they were left."""
    begin(journal, repair())
    clock.at += 2

    entry = journal.finish("a1b2c3d4", Outcome.APPLIED, detail="\x00 and \udcff", after=_AFTER)

    assert (entry.outcome, entry.begun_at, entry.ended_at) == (Outcome.APPLIED, NOW, NOW + 2)
    assert (entry.detail, entry.after) == ("\x00 and \udcff", _AFTER)
    assert journal.entry("a1b2c3d4") == entry


def test_finish_twice(journal: Journal, clock: Clock, opened: Callable[..., Journal]) -> None:
    """The first outcome stands; who comes second is told it."""
    begin(journal, repair())
    first = journal.finish("a1b2c3d4", Outcome.APPLIED, after=_AFTER)
    clock.at += 2

    assert opened().finish("a1b2c3d4", Outcome.ABANDONED) == first
    assert list(journal.entries()) == [first]


def test_refused_is_finished(journal: Journal) -> None:
    """A refused repair has its outcome and gets no other."""
    journal.claim(repair(), ORIGIN, refusing(Guard.PAUSE), orphan_window=WINDOW)

    assert journal.finish("a1b2c3d4", Outcome.APPLIED).outcome is Outcome.REFUSED


def test_finish_unknown(journal: Journal) -> None:
    """Without an intent there is no outcome, and the beginning of an id is none."""
    begin(journal, repair())

    with pytest.raises(UnknownRepairError, match=r"holds no repair a1b2$"):
        journal.finish("a1b2", Outcome.APPLIED)
    with pytest.raises(UnknownRepairError, match=r"holds no repair a1b2$"):
        journal.supersede("a1b2", "somebody")


def test_unfinished(journal: Journal) -> None:
    """What has no outcome is unfinished, whoever began it."""
    begin(journal, repair("one"), repair("two"), repair("three"))
    journal.finish("two", Outcome.ABANDONED)

    assert ids(journal.unfinished()) == ["one", "three"]


def test_undone(journal: Journal) -> None:
    """A repair is undone by the undo that was applied, not by those that were not."""
    applied(journal, repair("the-repair"))
    begin(journal, repair("undo-1", undoes="the-repair"))
    journal.finish("undo-1", Outcome.UNCHANGED)

    assert journal.entry("the-repair").undone_by is None
    applied(journal, repair("undo-2", undoes="the-repair"))

    assert journal.entry("the-repair").undone_by == "undo-2"
    assert journal.entry("undo-2").undone_by is None
    assert journal.entry("the-repair").outcome is Outcome.APPLIED


def test_supersede(journal: Journal, clock: Clock) -> None:
    """What has come over a repair is told once, with the time of the first."""
    applied(journal, repair())
    clock.at += 2
    journal.supersede("a1b2c3d4", "timeline 5 says ready")
    clock.at += 2
    journal.supersede("a1b2c3d4", "timeline 5 says fail")

    entry = journal.entry("a1b2c3d4")

    assert (entry.superseded_at, entry.superseded_by) == (NOW + 2, "timeline 5 says ready")
    assert entry.outcome is Outcome.APPLIED


def test_standing(journal: Journal, clock: Clock) -> None:
    """Standing are applied repairs, neither undone nor superseded, that ended since then."""
    applied(journal, repair("too-old"))
    begin(journal, repair("begun-before"))
    clock.at += 10
    journal.finish("begun-before", Outcome.APPLIED)
    begin(journal, repair("failed"), repair("open"))
    journal.finish("failed", Outcome.FAILED)
    applied(journal, repair("standing"), repair("undone"), repair("superseded"))
    applied(journal, repair("the-undo", undoes="undone"))
    journal.supersede("superseded", "timeline 5 says ready")

    assert ids(journal.standing_repairs(since=NOW + 10)) == ["begun-before", "standing"]


def test_find_by_beginning(journal: Journal) -> None:
    """Four characters of an id find its entry where no other begins so."""
    begin(journal, repair("a1b2c3d4"), repair("a1b2ffff"), repair("a%%%0000"))

    assert journal.entry(" a1b2c ").repair.repair_id == "a1b2c3d4"
    assert journal.entry("a%%%").repair.repair_id == "a%%%0000"
    with pytest.raises(UnknownRepairError, match="a1b2: a1b2c3d4, a1b2ffff; type more"):
        journal.entry("a1b2")
    with pytest.raises(UnknownRepairError, match="no repair a1b; type 4 characters"):
        journal.entry("a1b")
    with pytest.raises(UnknownRepairError, match=r"no repair a1b3$"):
        journal.entry("a1b3")


def test_whole_id_before_beginning(journal: Journal) -> None:
    """A whole id finds its entry, however short and however many others begin like it."""
    begin(journal, *(repair(f"abcd{number}") for number in range(9)), repair("abcd"), repair("x"))

    assert journal.entry("abcd").repair.repair_id == "abcd"
    assert journal.entry("x").repair.repair_id == "x"


def test_entries(journal: Journal, clock: Clock) -> None:
    """Entries are told in the order in which they were begun, by time, timeline and number."""
    begin(journal, repair("one", 5), analysis_repair("two", 1, 5))
    clock.at += 10
    begin(journal, repair("three", 6), analysis_repair("four", 5, None), repair("five", 5))

    assert ids(journal.entries()) == ["one", "two", "three", "four", "five"]
    assert ids(journal.entries(since=NOW + 10)) == ["three", "four", "five"]
    assert ids(journal.entries(timeline_id=5)) == ["one", "two", "five"]
    assert ids(journal.entries(timeline_id=5, limit=2)) == ["two", "five"]
    assert ids(journal.entries(since=NOW + 10, timeline_id=5, limit=2)) == ["five"]
    assert ids(journal.entries(limit=0)) == []
    assert ids(journal.entries(timeline_id=99)) == []


def test_whole_timeline(journal: Journal) -> None:
    """A timeline's own repair is found even if it does not name the timeline besides."""
    begin(journal, replace(repair("one", 5), timeline_id=None))

    assert ids(journal.entries(timeline_id=5)) == ["one"]


def test_pages(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal longer than a page is told whole and once; what is added meanwhile is not."""
    monkeypatch.setattr("exporter.repair.journal.store._PAGE", 3)
    names = [f"repair-{number}" for number in range(9)]
    begin(journal, *map(repair, names))

    told = journal.entries()
    first = next(told)
    begin(journal, repair("later"))

    assert [first.repair.repair_id, *ids(told)] == names


def test_tally(journal: Journal) -> None:
    """Every outcome and guard is counted, and is there if it never happened."""
    applied(journal, repair("one"), repair("two"), analysis_repair("three", 1, 5))
    begin(journal, repair("open"))
    for name, guards in (("four", (Guard.PAUSE,)), ("five", (Guard.PAUSE, Guard.COOL_DOWN))):
        journal.claim(repair(name), ORIGIN, refusing(*guards), orphan_window=WINDOW)

    assert journal.tally() == Tally(
        outcomes=dict.fromkeys(((target, outcome) for target in Target for outcome in Outcome), 0)
        | {
            (Target.TIMELINE, Outcome.APPLIED): 2,
            (Target.TIMELINE, Outcome.REFUSED): 2,
            (Target.ANALYSIS, Outcome.APPLIED): 1,
        },
        refusals=dict.fromkeys(Guard, 0) | {Guard.PAUSE: 2, Guard.COOL_DOWN: 1},
    )
