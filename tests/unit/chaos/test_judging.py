"""The judge of verdicts finds what was planted, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from tests.chaos.judging import (
    LIVING,
    MISSED,
    Bounds,
    claims,
    false_orphans,
    first_found,
    missed_orphans,
)
from tests.chaos.record import Claim, RowChange, Scan, Target, Work
from tests.chaos.truth import Span, Truth

TIMELINE: Target = ("timeline", 1)
BOUNDS = Bounds(grace=5.0, confirm_after=2.0)
WRITTEN = RowChange(0.5, "timesketch", 1, "timeline_status", "INSERT", 1, 100, "processing")


def _truth(alive_until: float, gone_from: float, *, committed: float = 0.0) -> Truth:
    work = Work(TIMELINE, committed, committed, ("t",))
    return Truth({TIMELINE: [work]}, {"t": Span(alive_until, gone_from)}, {})


def _scan(
    at: float, verdict: str | None, *, complete: bool = True, absent: bool = False, who: str = "a1"
) -> Scan:
    return Scan(
        exporter=who,
        ended_from=at,
        ended_to=at + 0.3,
        seconds=0.1,
        complete=complete,
        verdicts={} if verdict is None else {TIMELINE: verdict},
        absent=frozenset({TIMELINE}) if absent else frozenset(),
    )


def _missed(*scans: Scan, gone_from: float = 10.0) -> list[str]:
    truth = _truth(gone_from, gone_from)
    return [each.promise for each in missed_orphans(scans, [WRITTEN], truth, BOUNDS)]


def test_a_false_orphan_is_found() -> None:
    """What is called orphaned, and is seen alive later, was called so wrongly."""
    (found,) = false_orphans(claims([_scan(20.0, "orphaned")]), _truth(25.0, 25.0))
    assert (found.promise, found.target) == (LIVING, TIMELINE)


def test_a_true_orphan_is_no_violation() -> None:
    """What was gone by the end of the scan may be called orphaned."""
    assert false_orphans(claims([_scan(20.0, "orphaned")]), _truth(20.2, 20.25)) == []


def test_an_absence_must_hold_all_through_its_scan() -> None:
    """What a scan says that it found nowhere must have been gone when it began."""
    truth = _truth(20.25, 20.25)
    assert false_orphans(claims([_scan(20.0, "orphaned")]), truth) == []
    assert false_orphans(claims([_scan(20.0, "orphaned", absent=True)]), truth) != []


def test_other_verdicts_claim_nothing() -> None:
    """Nobody is accused for a suspicion."""
    assert list(claims([_scan(20.0, "suspect"), _scan(21.0, "unknown")])) == []


def test_what_was_uploaded_after_the_scan_accuses_nobody() -> None:
    """A new upload into an orphaned timeline does not make the verdict before it wrong."""
    assert (
        false_orphans(claims([_scan(20.0, "orphaned")]), _truth(30.0, 30.0, committed=20.1)) == []
    )


def test_an_exporter_is_accused_once_of_each() -> None:
    """The same wrong verdict in ten scans is one violation."""
    scans = [_scan(20.0 + number, "orphaned") for number in range(10)]
    assert len(false_orphans(claims(scans), _truth(40.0, 40.0))) == 1


def test_a_missed_orphan_is_found() -> None:
    """Complete scans far enough apart must say it."""
    scans = [_scan(12.0 + number, "suspect") for number in range(5)]
    assert _missed(*scans) == [MISSED]


def test_any_other_verdict_misses_it_too() -> None:
    """A dead task that is called running is missed."""
    assert _missed(*(_scan(12.0 + number, "running") for number in range(5))) == [MISSED]


def test_an_orphan_found_in_time_is_not_missed() -> None:
    """Two complete scans, and time between them, are granted."""
    assert _missed(_scan(12.0, "suspect"), _scan(13.0, "suspect"), _scan(14.5, "orphaned")) == []


def test_incomplete_scans_begin_the_wait_anew() -> None:
    """Time counts only while evidence is complete."""
    scans = [_scan(12.0 + number, "suspect", complete=number % 3 != 0) for number in range(20)]
    assert _missed(*scans) == []


def test_a_living_task_is_not_missed() -> None:
    """Before it is gone for certain, nobody has to find it."""
    assert _missed(*(_scan(12.0 + n, "running") for n in range(5)), gone_from=99.0) == []


def test_the_grace_period_is_granted() -> None:
    """A row that was written anew is given its time again."""
    again = replace(WRITTEN, at=13.0)
    scans = [_scan(12.0 + number, "suspect") for number in range(7)]
    assert missed_orphans(scans, [WRITTEN, again], _truth(10.0, 10.0), BOUNDS) == []


def test_an_exporter_that_starts_anew_begins_anew() -> None:
    """Nobody has to know what its predecessor knew."""
    scans = [_scan(12.0 + number, "suspect", who=f"a{number // 3}") for number in range(9)]
    assert _missed(*scans) == []


def test_what_may_wait_behind_a_neighbour_is_not_missed() -> None:
    """An analysis may wait for any task on its search index, as far as an exporter can know."""
    neighbour = Work(("timeline", 2), 0.0, 0.0, ("n",), index="i")
    mine = Work(TIMELINE, 0.0, 0.0, ("t",), index="i")
    works = {TIMELINE: [mine], neighbour.target: [neighbour]}
    truth = Truth(works, {"t": Span(10.0, 10.0), "n": Span(99.0, 99.0)}, {})
    for verdict, promises in (("waiting", []), ("suspect", [MISSED])):
        scans = [_scan(12.0 + number, verdict) for number in range(5)]
        found = missed_orphans(scans, [WRITTEN], truth, BOUNDS)
        assert [each.promise for each in found] == promises


def test_how_long_an_orphan_took() -> None:
    """From its end to the first that said so."""
    said = [Claim("a1", TIMELINE, 15.0, 15.0), Claim("b1", TIMELINE, 13.0, 13.0)]
    assert first_found(said, _truth(10.0, 10.0)) == {TIMELINE: 3.0}
