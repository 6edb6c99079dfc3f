"""What is asked for is one choice, and a name that is no orphan is told as such."""

from __future__ import annotations

from argparse import Namespace

import pytest

from exporter.commands.choice import Choice
from exporter.errors import NotOrphanedError, SettingsError
from exporter.snapshot import Verdict
from tests.judgements import analysis, judgement, timeline

SILENT = ("celery@w2 is silent",)


def choice(*timelines: int, sketch: int | None = None, everything: bool = False) -> Choice:
    """What these options choose."""
    return Choice.of(Namespace(timelines=list(timelines), sketch=sketch, all=everything))


@pytest.mark.parametrize(
    "options",
    [
        Namespace(timelines=[], sketch=None, all=False),
        Namespace(timelines=[1], sketch=2, all=False),
        Namespace(timelines=[1], sketch=None, all=True),
        Namespace(timelines=[], sketch=2, all=True),
    ],
)
def test_one_choice_has_to_be_made(options: Namespace) -> None:
    """Nothing chosen, or two things at once, is refused with what can be given."""
    with pytest.raises(SettingsError, match="give ids of timelines, or --sketch N, or --all"):
        Choice.of(options)


def test_a_timeline_takes_its_orphaned_analyses_along() -> None:
    """Only what is orphaned is wanted: the timeline named, and analyses attached to it."""
    wanted = choice(5)
    assert wanted.wants(timeline(5, Verdict.ORPHANED))
    assert wanted.wants(analysis(9, Verdict.ORPHANED, timeline_id=5))
    assert not wanted.wants(analysis(9, Verdict.WAITING, timeline_id=5))
    assert not wanted.wants(timeline(6, Verdict.ORPHANED))


def test_a_sketch_or_everything() -> None:
    """--sketch keeps to one sketch, and --all does not."""
    orphan = timeline(5, Verdict.ORPHANED, sketch_id=2)
    assert choice(sketch=2).wants(orphan)
    assert not choice(sketch=3).wants(orphan)
    assert choice(everything=True).wants(orphan)


def test_orphans_that_were_named_are_no_problem() -> None:
    """A timeline counts if it or one of its analyses is orphaned."""
    made = judgement(
        timeline(5, Verdict.ORPHANED), analyses=(analysis(9, Verdict.ORPHANED, timeline_id=6),)
    )
    choice(5, 6).require_orphans(made)
    choice(everything=True).require_orphans(judgement())


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict.RUNNING, "timeline 5 is running: it is being processed"),
        (Verdict.SUSPECT, "timeline 5 is suspect: nowhere, not proven yet"),
        (
            Verdict.UNKNOWN,
            "timeline 5 is unknown: the evidence is incomplete (celery@w2 is silent)",
        ),
    ],
)
def test_a_name_that_is_no_orphan_is_told(verdict: Verdict, words: str) -> None:
    """Whoever names a timeline is told what it is instead, and that nothing was changed."""
    made = judgement(timeline(5, verdict), incomplete_because=SILENT)
    with pytest.raises(NotOrphanedError) as caught:
        choice(5, 7).require_orphans(made)
    first, second = str(caught.value).splitlines()
    assert first == f"{words}; nothing was changed"
    assert second.startswith("timeline 7 is not processing: it is finished, failed or archived")


@pytest.mark.parametrize(
    ("verdict", "count"),
    [(Verdict.UNKNOWN, 1), (Verdict.SUSPECT, 1), (Verdict.RUNNING, 0), (Verdict.ORPHANED, 0)],
)
def test_the_undecided_are_counted(verdict: Verdict, count: int) -> None:
    """What may be orphaned counts where it is among what was asked for."""
    made = judgement(timeline(5, verdict, sketch_id=2), incomplete_because=SILENT)
    assert choice(sketch=2).undecided(made) == count
    assert choice(sketch=1).undecided(made) == 0
