"""What workers send becomes records, or nothing where it has another shape."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.events.records import Kind
from exporter.events.taking_in import each_event, moment, printable, task_event
from exporter.observe.arguments import short

NOW = 1_763_888_400.0
STARTED = {"type": "task-started", "uuid": "t1", "hostname": "w", "timestamp": NOW - 1}
RECEIVED = {
    **STARTED,
    "type": "task-received",
    "name": "timesketch.lib.tasks.run_plaso",
    "args": "('/upload/x', '', 'disk', 'index', 'plaso', 42, None)",
    "kwargs": "{}",
}

_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def read(event: dict[str, Any], **offsets: float) -> Any:  # noqa: ANN401  a record or None
    """The record of an event."""
    return task_event(event, arrived=NOW, offsets=offsets, reader=short)


def test_arguments_tie_a_task_to_its_timeline() -> None:
    """What was received names the timeline."""
    record = read(RECEIVED)
    assert (record.kind, record.task_name, record.timeline_id) == (
        Kind.RECEIVED,
        "timesketch.lib.tasks.run_plaso",
        42,
    )


def test_arguments_that_are_cut_tie_nothing() -> None:
    """The task is known, and of which timeline it is, scans may tell."""
    record = read({**RECEIVED, "args": "('/upload/x', 'eve..."})
    assert (record.task_id, record.timeline_id) == ("t1", None)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_known(kind: Kind) -> None:
    """Whatever Celery says of tasks is kept."""
    assert read({**STARTED, "type": f"task-{kind}"}).kind is kind


def test_tells_what_failed_and_how_long_it_took() -> None:
    """An exception in one line that any database takes, and the run time."""
    failed = read({**STARTED, "type": "task-failed", "exception": "Value\nError('\ud800')" * 99})
    assert failed.detail.startswith(r"Value Error('\ud800')")
    assert len(failed.detail) == 300
    assert read({**STARTED, "type": "task-succeeded", "runtime": 12.34}).detail == "12.3 s"


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "task-unheard-of"},
        {"type": "worker-heartbeat"},
        {"type": ["task-started"]},
        {"uuid": ""},
        {"uuid": "x" * 256},
        {"uuid": "nul\0"},
        {"uuid": 5},
        {"hostname": "half \ud800"},
        {"timestamp": "now"},
        {"timestamp": float("nan")},
        {"timestamp": None},
    ],
)
def test_another_shape_is_no_record(wrong: dict[str, object]) -> None:
    """It is passed over."""
    assert read({**STARTED, **wrong}) is None


@settings(max_examples=30)
@given(_JSON)
def test_whatever_comes_raises_nothing(heard: object) -> None:
    """Anybody may publish where workers do."""
    for event in each_event(json.loads(json.dumps(heard))):
        read(dict(event))


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from(sorted(RECEIVED)), _JSON))
def test_whatever_the_fields_hold_raises_nothing(fields: dict[str, object]) -> None:
    """Each field of an event may be anything."""
    read({**RECEIVED, **fields})


def test_a_list_holds_several() -> None:
    """Workers with a pool of processes send events in lists."""
    assert list(each_event([STARTED, 5, RECEIVED])) == [STARTED, RECEIVED]


def test_a_clock_that_is_off_is_corrected() -> None:
    """An hour ahead or behind, an event is placed where it happened."""
    for hour in (3600.0, -3600.0):
        event = {**STARTED, "timestamp": NOW - 2 + hour}
        assert read(event, w=hour).at == pytest.approx(NOW - 2)
        assert read(event).at == NOW


@given(st.floats(allow_nan=False, allow_infinity=False), st.none() | st.floats(-1e9, 1e9))
def test_nothing_happens_after_it_was_heard_or_long_before(
    stamp: float, offset: float | None
) -> None:
    """Whatever a worker's clock says, a moment is near the arrival."""
    assert NOW - 30 <= moment(stamp, arrived=NOW, offset=offset) <= NOW


@given(st.text())
def test_printable_text_is_one_line(text: str) -> None:
    """No line break, no half of a pair, and the same the second time."""
    line = printable(text)
    assert line.isprintable()
    line.encode()
