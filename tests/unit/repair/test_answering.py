"""What a request comes to follows from a judgement made after it, and from nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.repair.answering import ToRepair, Wait, conclude, look
from exporter.repair.records import Entry, Guard, Origin, Outcome, Refusal
from exporter.repair.requests import Asked, Conclusion, RequestOutcome
from exporter.repair.rows import Target
from exporter.snapshot import Judgement, Source, Verdict
from tests.judgements import AT, JUDGEMENTS, analysis, judgement, timeline
from tests.unit.repair.build import repair, row
from tests.unit.repair.build import timeline as rows

BLIND = "1 of 2 connected workers did not answer"


def asked(target: Target = Target.TIMELINE, target_id: int | None = 7) -> Asked:
    """A request for a repair of timeline 7, or of something else."""
    return Asked("abc", target, target_id, "f00d", "TimesketchTimelineOrphaned", {})


def entry(
    outcome: Outcome | None, repair_id: str = "r1", *, target_id: int = 7, why: str = ""
) -> Entry:
    """A repair that ended like this."""
    refusals = (Refusal(Guard.BUDGET, why),) if outcome is Outcome.REFUSED else ()
    made = replace(repair(target_id), repair_id=repair_id)
    origin = Origin("alert x", "webhook", "abc")
    return Entry(made, origin, "0", "host", AT, outcome=outcome, refusals=refusals)


def test_an_orphan_is_repaired() -> None:
    """What is orphaned in a complete scan is to be repaired, and nothing else with it."""
    made = judgement(timeline(7, Verdict.ORPHANED), timeline(8, Verdict.ORPHANED))
    assert look(asked(), made, expired=False) == ToRepair(frozenset({(Target.TIMELINE, 7)}))


def test_an_analysis_is_not_the_timeline_of_its_number() -> None:
    """Timelines and analyses are told apart, whatever their numbers."""
    made = judgement(timeline(7, Verdict.ORPHANED), analyses=(analysis(7, Verdict.WAITING),))
    found = look(asked(Target.ANALYSIS), made, expired=False)
    assert found == Conclusion(
        RequestOutcome.NEEDLESS, "analysis 7 is waiting (its predecessor is still running)"
    )


@pytest.mark.parametrize("verdict", sorted(set(Verdict) - {Verdict.ORPHANED}))
def test_what_is_not_orphaned_is_left_alone(verdict: Verdict) -> None:
    """A living task makes the request needless, at once; doubt makes it wait."""
    found = look(asked(), judgement(timeline(7, verdict)), expired=False)
    if verdict in {Verdict.UNKNOWN, Verdict.SUSPECT}:
        assert found == Wait(f"timeline 7 is {verdict}")
    else:
        assert isinstance(found, Conclusion)
        assert found.outcome is RequestOutcome.NEEDLESS
        assert found.detail.startswith(f"timeline 7 is {verdict} (")


@pytest.mark.parametrize(
    ("target", "detail"),
    [
        (Target.TIMELINE, "timeline 7 is not processing, or in no living sketch"),
        (Target.ANALYSIS, "analysis 7 is not unfinished, or in no living sketch"),
    ],
)
def test_what_is_over_needs_nothing(target: Target, detail: str) -> None:
    """What the database no longer calls unfinished needs no repair, even to a half blind scan."""
    made = judgement(timeline(8, Verdict.ORPHANED), incomplete_because=(BLIND,))
    found = look(asked(target), made, expired=False)
    assert found == Conclusion(RequestOutcome.NEEDLESS, detail)


def test_without_a_database_nobody_knows() -> None:
    """While the database is away a request waits, and in the end it is unproven."""
    made = judgement(down=(Source.DATABASE,), incomplete_because=("the database is away",))
    why = "Timesketch's database cannot be read (the database is away)"
    assert look(asked(), made, expired=False) == Wait(why)
    assert look(asked(), made, expired=True) == Conclusion(RequestOutcome.UNPROVEN, why)


def test_doubt_ends_with_the_patience() -> None:
    """What cannot be told for so long is left unproven, with what stood in the way."""
    made = judgement(timeline(7, Verdict.UNKNOWN), incomplete_because=(BLIND,))
    why = f"timeline 7 is unknown ({BLIND})"
    assert look(asked(), made, expired=False) == Wait(why)
    assert look(asked(), made, expired=True) == Conclusion(RequestOutcome.UNPROVEN, why)


def test_an_orphan_waits_for_a_complete_scan() -> None:
    """Proven all the same, it waits for the guards' sake, and is handed to them in the end."""
    made = judgement(timeline(7, Verdict.ORPHANED), incomplete_because=(BLIND,))
    assert look(asked(), made, expired=False) == Wait(f"the scan was incomplete ({BLIND})")
    assert look(asked(), made, expired=True) == ToRepair(frozenset({(Target.TIMELINE, 7)}))


def test_what_somebody_took_back_is_left_alone() -> None:
    """An undo stands against alerts until the timeline gets another status; by hand all may be."""
    made = judgement(timeline(7, Verdict.ORPHANED), timeline(8, Verdict.ORPHANED))
    undo = replace(
        entry(Outcome.APPLIED, "u1"),
        repair=replace(repair(7), undoes="r1"),
        origin=Origin("root@host", "cli"),
        after=replace(rows(), statuses=(row(7, "processing"),)),
    )
    assert look(asked(), made, expired=False, undos=[undo]) == Conclusion(
        RequestOutcome.REFUSED,
        "timeline 7 is orphaned, but root@host took repair r1 back, and nothing has changed since: "
        "repair it by hand",
    )
    found = look(asked(target_id=None), made, expired=False, undos=[undo])
    assert found == ToRepair(frozenset({(Target.TIMELINE, 8)}))
    later = replace(undo, after=replace(rows(), statuses=(row(6, "processing"),)))
    assert isinstance(look(asked(), made, expired=False, undos=[later]), ToRepair)


def test_everything_is_every_orphan_of_the_kind() -> None:
    """A request without an id takes all that is orphaned, or is needless."""
    made = judgement(
        timeline(7, Verdict.ORPHANED),
        timeline(8, Verdict.RUNNING),
        timeline(9, Verdict.ORPHANED),
        analyses=(analysis(3, Verdict.ORPHANED),),
    )
    keys = frozenset({(Target.TIMELINE, 7), (Target.TIMELINE, 9)})
    assert look(asked(target_id=None), made, expired=False) == ToRepair(keys)
    nothing = judgement(timeline(8, Verdict.RUNNING))
    assert look(asked(target_id=None), nothing, expired=False) == Conclusion(
        RequestOutcome.NEEDLESS, "no timeline is orphaned"
    )


@given(
    made=JUDGEMENTS,
    target=st.sampled_from(Target),
    target_id=st.none() | st.integers(1, 500),
    expired=st.booleans(),
)
def test_only_orphans_are_repaired(
    *, made: Judgement, target: Target, target_id: int | None, expired: bool
) -> None:
    """Whatever was judged, nothing is repaired but orphans that were asked for."""
    found = look(asked(target, target_id), made, expired=expired)
    orphans = {
        (Target.TIMELINE, each.timeline.timeline_id)
        for each in made.timelines
        if each.verdict is Verdict.ORPHANED
    } | {
        (Target.ANALYSIS, each.analysis.analysis_id)
        for each in made.analyses
        if each.verdict is Verdict.ORPHANED
    }
    if isinstance(found, ToRepair):
        assert found.keys
        assert found.keys <= orphans
        assert all(kind is target and target_id in {None, number} for kind, number in found.keys)
        assert made.statuses is not None
        assert made.complete or expired
    if expired:
        assert not isinstance(found, Wait)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome.APPLIED, RequestOutcome.REPAIRED),
        (Outcome.DRY_RUN, RequestOutcome.DRY_RUN),
        (Outcome.REFUSED, RequestOutcome.REFUSED),
        (Outcome.FAILED, RequestOutcome.FAILED),
        (Outcome.UNCHANGED, None),
        (Outcome.ABANDONED, None),
        (None, None),
    ],
)
def test_a_repair_ends_its_request(
    outcome: Outcome | None, expected: RequestOutcome | None
) -> None:
    """As the repair ended so does the request; one that changed nothing is looked at again."""
    found = conclude([entry(outcome)])
    assert (found.outcome if found else None) is expected


def test_the_gravest_end_is_told() -> None:
    """Of several repairs the request tells the gravest end, and what each came to."""
    found = conclude(
        [
            entry(Outcome.REFUSED, "r1", target_id=7, why="spent"),
            entry(Outcome.APPLIED, "r2", target_id=8),
            entry(Outcome.UNCHANGED, "r3", target_id=9),
        ]
    )
    assert found == Conclusion(
        RequestOutcome.REFUSED,
        "repair r1 of timeline 7: refused (spent); repair r2 of timeline 8: applied",
        ("r1", "r2"),
    )
    assert conclude([]) is None
