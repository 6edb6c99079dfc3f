"""The story as a picture."""

from __future__ import annotations

import io

from rich.console import Console

from exporter.demo.board import Board, Row
from exporter.demo.live import LiveScreen
from exporter.demo.screen import StoryClock

REASONS = "not in queue celery; " * 10
ROW = Row(
    timeline_id=3,
    name="dc01.csv",
    sketch="Case",
    status="processing",
    verdict="orphaned",
    worker=None,
    reason=f"{REASONS}the end",
)


class _Picture:
    """A screen that is drawn by hand."""

    def __init__(self) -> None:
        self._console = Console(file=io.StringIO(), width=100, height=60)
        self.screen = LiveScreen(self._console, StoryClock(), "http://127.0.0.1:1")
        self.screen.show(Board(rows=(ROW,)), [])

    def drawn(self) -> str:
        with self._console.capture() as captured:
            self._console.print(self.screen)
        return captured.get()


def test_orphan_has_all_its_reasons() -> None:
    """The reasons for an orphan are shown to the last."""
    assert "the end" in _Picture().drawn()


def test_quoted_lines_take_the_room_of_the_reasons() -> None:
    """Quoted lines are shown as they are, and every reason is cut to a line for them."""
    picture = _Picture()
    picture.screen.quote("before  processing\nafter   fail\n")
    drawn = picture.drawn().splitlines()
    assert [line.rstrip() for line in drawn if "before" in line] == ["before  processing"]
    assert not any("the end" in line for line in drawn)


def test_quoted_lines_give_way_to_the_next() -> None:
    """Quoted lines stay over the scenes until others come."""
    picture = _Picture()
    picture.screen.quote("the plan")
    picture.screen.scene("The next scene.")
    assert "the plan" in picture.drawn()
    picture.screen.quote("the rows")
    assert "the rows" in picture.drawn()
    assert "the plan" not in picture.drawn()
