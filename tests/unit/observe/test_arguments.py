"""What a task works on, by its arguments as a worker tells them."""

from __future__ import annotations

import pytest
from celery.utils.saferepr import saferepr
from hypothesis import given
from hypothesis import strategies as st

from exporter.observe.arguments import concerns, is_timesketch, short, whole
from exporter.observe.timesketch_tasks import Subject
from exporter.snapshot import Wanted

IMPORT = "timesketch.lib.tasks.run_csv_jsonl"
ANALYZER = "timesketch.lib.tasks.run_sketch_analyzer"
CUT_AT = 1024


def sent(*, events: str = "", name: str = "disk", timeline_id: int = 42) -> list[object]:
    """Return an import's arguments."""
    return ["/upload/file.csv", events, name, "index", "csv", timeline_id, None, ","]


def test_reads_a_short_form() -> None:
    """As long as it is not cut, the short form tells everything."""
    text = saferepr(sent(), CUT_AT)
    assert short(IMPORT, text, "{}") == Subject(timeline_id=42, index_name="index")


def test_reads_keywords() -> None:
    """A timeline may be named by keyword."""
    assert short(IMPORT, "()", "{'timeline_id': 7}") == Subject(timeline_id=7)


def test_a_short_form_cut_before_the_timeline_tells_nothing() -> None:
    """Events push the timeline out of the short form."""
    assert short(IMPORT, saferepr(sent(events="x" * 5_000), CUT_AT), "{}") is None


def test_a_cut_index_name_is_no_name() -> None:
    """What ends in three dots may be the beginning of any name."""
    found = short(ANALYZER, "['abc...', 1, 2, 'x']", "{}")
    assert found == Subject(analysis_id=2, sketch_id=1)


def test_a_name_with_a_backslash_is_not_trusted() -> None:
    """Celery's repr does not escape backslashes, so a name could forge other arguments."""
    forged = sent(name="\\', 'i', 'csv', 666, None, \\'", timeline_id=42)
    assert short(IMPORT, saferepr(forged, CUT_AT), "{}") is None


@given(st.text(max_size=60), st.text(max_size=60), st.integers(min_value=1, max_value=10**9))
def test_a_short_form_never_names_another_timeline(
    events: str, name: str, timeline_id: int
) -> None:
    """Whatever events and names contain, the timeline is the right one or unknown."""
    arguments = sent(events=events * 20, name=name, timeline_id=timeline_id)
    found = short(IMPORT, saferepr(arguments, CUT_AT), "{}")
    assert found is None or found.timeline_id == timeline_id


@given(st.text(), st.text())
def test_any_text_is_survived(args: str, kwargs: str) -> None:
    """A text that is no short form tells nothing."""
    assert short(IMPORT, args, kwargs) is None


@pytest.mark.parametrize("args", [None, 5, "text", {}, [], [1, 2, 3, 4, 5, "x"]])
def test_arguments_of_another_shape_name_nothing(args: object) -> None:
    """What is no import's arguments names no timeline."""
    assert whole(IMPORT, args, {}) is None


def test_only_timesketch_s_tasks_are_its_tasks() -> None:
    """Other projects may share the broker."""
    assert is_timesketch(IMPORT)
    assert not is_timesketch("celery.backend_cleanup")


def test_concerns_by_any_of_three_names() -> None:
    """Timeline, analysis or index: each alone makes a task worth keeping."""
    wanted = Wanted(frozenset({1}), frozenset({2}), frozenset({"i"}))
    assert concerns(Subject(timeline_id=1), wanted)
    assert concerns(Subject(analysis_id=2), wanted)
    assert concerns(Subject(index_name="i"), wanted)
    assert not concerns(Subject(timeline_id=2, analysis_id=1, index_name="j"), wanted)
    assert not concerns(Subject(), wanted)
