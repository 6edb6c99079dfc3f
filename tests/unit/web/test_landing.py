"""The landing page's headline says the most important thing."""

from __future__ import annotations

import pytest

from exporter.metrics.published import Published
from exporter.snapshot import Source, Verdict
from exporter.web.landing import MOST_ROWS, landing_of
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
    headline = landing_of(Published(made), now=AT, stale_after=60.0).headline
    assert (headline.tone, headline.text) == (tone, text)


def test_old_results_are_stale() -> None:
    """A scan older than the limit makes the page stale, a younger one does not."""
    published = Published(judgement())
    assert not landing_of(published, now=AT + 60, stale_after=60.0).stale
    assert landing_of(published, now=AT + 61, stale_after=60.0).stale


def test_long_tables_are_cut_and_say_so() -> None:
    """Of too many orphans the oldest are shown and the rest is counted."""
    orphans = [timeline(n, Verdict.ORPHANED, age=float(n)) for n in range(1, MOST_ROWS + 4)]
    landing = landing_of(Published(judgement(*orphans)), now=AT, stale_after=60.0)
    assert len(landing.orphans) == MOST_ROWS
    assert landing.orphans[0].timeline.timeline_id == MOST_ROWS + 3
    assert landing.more_orphans == 3


def test_source_that_was_not_needed_is_neither_up_nor_down() -> None:
    """A source without a reading in the last scan is shown without a state."""
    made = judgement()
    published = Published(made, {}, (*Source,))
    rows = landing_of(published, now=AT, stale_after=60.0).sources
    assert all(row.up for row in rows)
    assert [row.up for row in landing_of(Published(), now=AT, stale_after=60.0).sources] == [
        None
    ] * len(Source)
