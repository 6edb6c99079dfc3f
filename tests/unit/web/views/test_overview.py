"""The overview's headline says the most important thing."""

from __future__ import annotations

import pytest

from exporter.metrics.published import Published
from exporter.snapshot import Source, Verdict
from exporter.web.views.overview import MOST_ORPHANS, overview_of
from exporter.web.views.scene import Scene
from tests.judgements import AT, analysis, judgement, timeline

BECAUSE = ("worker celery@w2 is silent",)


@pytest.mark.parametrize(
    ("made", "tone", "text"),
    [
        (None, "calm", "The first scan has not ended yet"),
        (judgement(), "good", "Nothing is orphaned"),
        (judgement(timeline(1, Verdict.RUNNING)), "good", "Nothing is orphaned"),
        (judgement(timeline(1, Verdict.ORPHANED)), "bad", "1 timeline is orphaned"),
        (
            judgement(timeline(1, Verdict.ORPHANED), timeline(2, Verdict.ORPHANED)),
            "bad",
            "2 timelines are orphaned",
        ),
        (
            judgement(timeline(1, Verdict.ORPHANED), analyses=(analysis(1, Verdict.ORPHANED),)),
            "bad",
            "1 timeline and 1 analysis are orphaned",
        ),
        (
            judgement(timeline(1, Verdict.UNKNOWN), incomplete_because=BECAUSE),
            "warn",
            "The evidence is incomplete",
        ),
        (
            judgement(down=(Source.DATABASE,), incomplete_because=BECAUSE),
            "warn",
            "Timesketch's database cannot be read",
        ),
    ],
)
def test_headline(made: None, tone: str, text: str) -> None:
    """The headline tells orphans before gaps in the evidence, and gaps before peace."""
    headline = overview_of(Scene(Published(made), AT), names=True).headline
    assert (headline.tone, headline.text) == (tone, text)


def test_old_results_are_stale() -> None:
    """A scan older than the limit makes the page stale, a younger one does not."""
    published = Published(judgement())
    assert not overview_of(Scene(published, AT + 60, 60.0), names=True).stale
    assert overview_of(Scene(published, AT + 61, 60.0), names=True).stale


def test_long_tables_are_cut_and_say_so() -> None:
    """Of too many orphans the oldest are shown and the rest is counted."""
    orphans = [timeline(n, Verdict.ORPHANED, age=float(n)) for n in range(1, MOST_ORPHANS + 4)]
    overview = overview_of(Scene(Published(judgement(*orphans)), AT), names=True)
    assert len(overview.orphans) == MOST_ORPHANS
    assert overview.orphans[0].id == MOST_ORPHANS + 3
    assert overview.more_orphans == 3


def test_source_that_was_not_needed_is_neither_up_nor_down() -> None:
    """A source without a reading in the last scan is shown without a state."""
    made = judgement()
    published = Published(made, {}, (*Source,))
    rows = overview_of(Scene(published, AT), names=True).sources
    assert all(row.up for row in rows)
    nothing = overview_of(Scene(Published(), AT), names=True).sources
    assert [row.up for row in nothing] == [None] * len(Source)


def test_the_last_truth_stays_while_the_database_is_away() -> None:
    """Without the database the last reading's orphans are shown, and said to be old."""
    away = judgement(down=(Source.DATABASE,), incomplete_because=BECAUSE)
    before = judgement(timeline(1, Verdict.ORPHANED))
    overview = overview_of(Scene(Published(away), AT, last_read=before), names=True)
    assert overview.headline.text == "Timesketch's database cannot be read"
    assert [row.id for row in overview.orphans] == [1]
    assert overview.work_is_old
    assert not overview.stale


def test_names_are_left_out_for_those_who_do_not_sign_in() -> None:
    """The name of an orphan is shown only to whom it may be shown."""
    scene = Scene(Published(judgement(timeline(1, Verdict.ORPHANED))), AT)
    assert [row.name for row in overview_of(scene, names=True).orphans] == ["disk-1"]
    assert [row.name for row in overview_of(scene, names=False).orphans] == [""]
