"""The story as plain lines."""

from __future__ import annotations

import io

from exporter.demo.board import Board, Change, Row
from exporter.demo.lines import LineScreen
from exporter.demo.screen import StoryClock

ROW = Row(
    timeline_id=3,
    name="dc01.csv",
    sketch="Case",
    status="processing",
    verdict="orphaned",
    worker=None,
    reason="not in queue celery; its worker is dead",
)


def _printed(*changes: Change, workers: tuple[tuple[str, str], ...] = ()) -> list[str]:
    stream = io.StringIO()
    with LineScreen(stream, StoryClock(), "http://127.0.0.1:1") as screen:
        screen.scene("A worker dies.")
        for change in changes:
            screen.show(Board(workers=workers), [change])
    return [line.split("s  ", 1)[-1].strip() for line in stream.getvalue().splitlines()]


def test_change_is_told_with_its_reason() -> None:
    """A new verdict that needs explaining is followed by its reason."""
    lines = _printed(Change(ROW, "suspect", "orphaned"))
    assert lines[-2].endswith("suspect → orphaned")
    assert lines[-1] == ROW.reason


def test_reason_is_told_once_a_scene() -> None:
    """A second timeline with the same verdict does not repeat the reason."""
    lines = _printed(Change(ROW, "suspect", "orphaned"), Change(ROW, None, "orphaned"))
    assert lines.count(ROW.reason) == 1


def test_worker_is_told_when_its_state_changes() -> None:
    """A worker's state is a line of its own, and only when it is new."""
    changes = (Change(ROW, None, "queued"), Change(ROW, "queued", "running"))
    lines = _printed(*changes, workers=(("celery@w1", "up"),))
    assert [line.split() for line in lines if "celery@w1" in line] == [["celery@w1", "up"]]


def test_quoted_lines_stay_as_they_are() -> None:
    """What a command printed is indented, not wrapped."""
    stream = io.StringIO()
    with LineScreen(stream, StoryClock(), "http://127.0.0.1:1") as screen:
        screen.quote(f"first\n  {'x' * 200}\n")
    assert stream.getvalue().splitlines()[1:] == ["", "     first", f"       {'x' * 200}"]


def test_no_control_codes() -> None:
    """Plain lines stay plain."""
    assert "\x1b" not in "".join(_printed(Change(ROW, None, "orphaned")))
