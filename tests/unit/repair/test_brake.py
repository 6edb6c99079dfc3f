"""The storm brake."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exporter.repair.brake import Storm, blocks_until, storm
from exporter.repair.guards import GuardRules, Situation
from exporter.repair.records import Brake, History
from exporter.repair.rows import Target
from tests.unit.repair.build import AT

RULES = GuardRules(brake_share=0.5, brake_least=3, brake_window=600.0, brake_cool_down=1800.0)


def situation(*orphaned: int, processing: int, target: Target = Target.TIMELINE) -> Situation:
    """A complete scan that found these timelines orphaned."""
    return Situation(
        complete=True,
        processing=processing,
        orphaned=tuple((target, each, each) for each in orphaned),
    )


def found(
    *target_ids: int, ago: float = 0.0, brake: Brake | None = None, target: Target = Target.TIMELINE
) -> History:
    """A journal that remembers when these were first found orphaned."""
    return History(
        now=AT,
        brake=brake or Brake(),
        orphaned_at={(target, each, each): AT - ago for each in target_ids},
    )


@pytest.mark.parametrize(
    ("orphaned", "processing", "is_storm"),
    [
        (0, 0, False),
        (2, 2, False),
        (3, 3, True),
        (3, 5, True),
        (3, 6, False),
        (4, 7, True),
        (4, 8, False),
    ],
)
def test_more_than_the_share_and_at_least_so_many(
    orphaned: int,
    processing: int,
    is_storm: bool,  # noqa: FBT001
) -> None:
    """Both bounds must be passed: half of them is not more than half."""
    ids = range(1, orphaned + 1)
    seen = storm(situation(*ids, processing=processing), found(*ids), RULES)
    assert seen == (Storm(orphaned, processing) if is_storm else None)


def test_the_whole_share_is_no_brake() -> None:
    """With a share of 1 even a storm of all timelines passes."""
    rules = replace(RULES, brake_share=1.0)
    assert storm(situation(1, 2, 3, processing=3), found(1, 2, 3), rules) is None


@pytest.mark.parametrize(("ago", "is_storm"), [(599.0, True), (600.0, False)])
def test_only_what_was_found_within_the_window_counts(
    ago: float,
    is_storm: bool,  # noqa: FBT001
) -> None:
    """Orphans that have long been there are no storm."""
    seen = storm(situation(1, 2, 3, processing=3), found(1, 2, 3, ago=ago), RULES)
    assert (seen is not None) == is_storm


def test_what_the_journal_does_not_tell_was_found_before_the_window() -> None:
    """The journal is told of every orphan before it is asked, and leaves the old ones out."""
    assert storm(situation(1, 2, 3, processing=3), History(now=AT), RULES) is None


def test_repairing_one_by_one_does_not_hide_a_storm() -> None:
    """Repaired timelines are no longer processing and count all the same, on both sides."""
    assert storm(situation(4, processing=2), found(1, 2, 3, 4), RULES) == Storm(4, 5)
    assert storm(situation(4, processing=5), found(1, 2, 3, 4), RULES) is None


def test_a_timeline_counts_once() -> None:
    """Found orphaned twice, by two status rows, it is still one timeline."""
    history = replace(
        found(1, 2), orphaned_at={(Target.TIMELINE, each, n): AT for each in (1, 2) for n in (1, 2)}
    )
    assert storm(situation(1, 2, processing=2), history, RULES) is None


def test_analyses_are_no_storm() -> None:
    """A lost import loses all its analyses, so only timelines count."""
    target = Target.ANALYSIS
    scan = situation(1, 2, 3, processing=3, target=target)
    assert storm(scan, found(1, 2, 3, target=target), RULES) is None


def test_an_analysis_is_not_the_timeline_of_its_number() -> None:
    """Timelines that were repaired are told from those that are processing by kind and id."""
    scan = situation(1, 2, 3, processing=3, target=Target.ANALYSIS)
    assert storm(scan, found(1, 2, 3), RULES) is None


@pytest.mark.parametrize(("released", "is_storm"), [(-1.0, True), (0.0, False), (1.0, False)])
def test_a_release_ends_a_storm(released: float, is_storm: bool) -> None:  # noqa: FBT001
    """What was found before the operator released the brake is forgiven."""
    brake = Brake(engaged_at=AT - 100.0, released_at=AT - 100.0 + released)
    history = found(1, 2, 3, ago=100.0, brake=brake)
    assert (storm(situation(1, 2, 3, processing=3), history, RULES) is not None) == is_storm


@pytest.mark.parametrize(("ahead", "is_storm"), [(0.0, False), (50.0, True)])
def test_a_release_of_the_future_hides_nothing(ahead: float, is_storm: bool) -> None:  # noqa: FBT001
    """After a clock was put back, storms are still seen."""
    history = found(1, 2, 3, brake=Brake(released_at=AT + ahead))
    assert (storm(situation(1, 2, 3, processing=3), history, RULES) is not None) == is_storm


def test_a_release_does_not_widen_the_window() -> None:
    """What was found before the window stays out of it, however long ago the release was."""
    history = found(1, 2, 3, ago=700.0, brake=Brake(released_at=AT - 800.0))
    assert storm(situation(1, 2, 3, processing=3), history, RULES) is None


def test_a_storm_blocks_from_now_on() -> None:
    """While it lasts, the cool-down begins anew."""
    history = found(1, 2, 3, brake=Brake(engaged_at=AT - 5000.0))
    assert blocks_until(situation(1, 2, 3, processing=3), history, RULES) == AT + 1800.0


@pytest.mark.parametrize("scan", [situation(processing=0), None])
def test_the_brake_holds_after_the_storm(scan: Situation | None) -> None:
    """It blocks for the cool-down after the storm was last seen, and no longer."""
    just = History(now=AT, brake=Brake(engaged_at=AT - 1799.0))
    over = History(now=AT, brake=Brake(engaged_at=AT - 1800.0))
    assert blocks_until(scan, just, RULES) == AT + 1.0
    assert blocks_until(scan, over, RULES) is None


def test_without_a_storm_there_is_no_block() -> None:
    """A brake that was never engaged does not block."""
    assert blocks_until(None, found(1, 2, 3), RULES) is None


@pytest.mark.parametrize(("released", "blocks"), [(-1.0, True), (0.0, False), (1.0, False)])
def test_a_release_ends_the_block(released: float, blocks: bool) -> None:  # noqa: FBT001
    """Once it is released after the storm was last seen, the brake blocks no more."""
    brake = Brake(engaged_at=AT - 100.0, released_at=AT - 100.0 + released)
    assert (blocks_until(None, History(now=AT, brake=brake), RULES) is not None) == blocks
