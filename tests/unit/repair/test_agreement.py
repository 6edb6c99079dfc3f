"""Whether rows are still those that were judged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from exporter.repair.agreement import analysis_change, timeline_change
from tests.unit.repair.build import (
    analysis,
    index,
    judged_analysis,
    judged_timeline,
    row,
    source,
    timeline,
)

if TYPE_CHECKING:
    from exporter.repair.rows import AnalysisRows, TimelineRows

ROWS = timeline(source(1, "processing"), source(2, "ready", "queueing"), source(3))
ANALYSIS = analysis("PENDING", "STARTED")


def changed(now: TimelineRows) -> str | None:
    """What has changed of the timeline."""
    return timeline_change(judged_timeline(ROWS).timeline, now)


def analysis_changed(now: AnalysisRows) -> str | None:
    """What has changed of the analysis."""
    return analysis_change(judged_analysis(ANALYSIS).analysis, now)


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(ROWS, id="nothing"),
        pytest.param(replace(ROWS, name="renamed"), id="its name"),
        pytest.param(replace(ROWS, index=index("processing")), id="its index"),
        pytest.param(
            replace(ROWS, statuses=(row(40, "ready"), *ROWS.statuses)), id="an older status row"
        ),
    ],
)
def test_what_is_no_change(now: TimelineRows) -> None:
    """What was not judged may differ; whoever writes compares the rows themselves."""
    assert changed(now) is None


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (replace(ROWS, sketch_id=2), "its sketch was 1 and now is 2"),
        (replace(ROWS, sketch_id=None), "its sketch was 1 and now is none"),
        (replace(ROWS, statuses=()), "it said processing and now has no status"),
        (
            replace(ROWS, statuses=(row(50, "processing"), row(51, "ready"))),
            "it said processing and now says ready",
        ),
        (
            replace(ROWS, statuses=(row(51, "processing"),)),
            "it was set to processing anew (status row 51, judged was 50)",
        ),
        (replace(ROWS, statuses=(row(50, "ready"),)), "it said processing and now says ready"),
        (timeline(*ROWS.data_sources, source(4, "queueing")), "data source 4 was added"),
        (timeline(*ROWS.data_sources[:2]), "data source 3 was removed"),
        (timeline(*ROWS.data_sources[1:]), "data source 1 was removed"),
        (
            timeline(source(1, "processing", "ready"), *ROWS.data_sources[1:]),
            "data source 1 said processing and now says ready",
        ),
        (
            timeline(*ROWS.data_sources[:2], source(3, "queueing")),
            "data source 3 had no status and now says queueing",
        ),
        (
            timeline(source(1), *ROWS.data_sources[1:]),
            "data source 1 said processing and now has no status",
        ),
    ],
)
def test_what_is_a_change_of_a_timeline(now: TimelineRows, said: str) -> None:
    """Another sketch, status row, status or data source is a change, and is told."""
    assert changed(now) == said


def test_an_unchanged_analysis() -> None:
    """The very rows that were judged are no change."""
    assert analysis_changed(ANALYSIS) is None


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (replace(ANALYSIS, sketch_id=2), "its sketch was 1 and now is 2"),
        (replace(ANALYSIS, timeline_id=6), "its timeline was 5 and now is 6"),
        (replace(ANALYSIS, timeline_id=None), "its timeline was 5 and now is none"),
        (analysis("PENDING"), "it said STARTED and now says PENDING"),
        (analysis("PENDING", "STARTED", "DONE"), "it said STARTED and now says DONE"),
        (
            analysis("PENDING", "STARTED", "STARTED"),
            "it was set to STARTED anew (status row 902, judged was 901)",
        ),
    ],
)
def test_what_is_a_change_of_an_analysis(now: AnalysisRows, said: str) -> None:
    """Another sketch, timeline, status row or status is a change, and is told."""
    assert analysis_changed(now) == said


def test_an_analysis_that_now_has_a_timeline() -> None:
    """An analysis without a timeline that gets one has changed."""
    judged = judged_analysis(replace(ANALYSIS, timeline_id=None)).analysis
    assert analysis_change(judged, ANALYSIS) == "its timeline was none and now is 5"
