"""A page stops while a machine waits for its answer, and not for ever."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from exporter.web import right_of_way
from exporter.web.right_of_way import RightOfWay

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

PATIENCE = 10.0


class Page:
    """A page of two pieces in the making, in a thread."""

    def __init__(self, right: RightOfWay) -> None:
        self.asked = threading.Event()
        self.go = threading.Event()
        self.made = threading.Event()
        self.text = ""
        self._right = right
        self._thread = threading.Thread(target=self._make)
        self._thread.start()

    def _make(self) -> None:
        self.text = "".join(self._right.given(self._pieces()))
        self.made.set()

    def _pieces(self) -> Iterator[str]:
        yield "head"
        self.asked.set()
        assert self.go.wait(PATIENCE)
        yield "body"

    def end(self) -> str:
        """The page, whole."""
        assert self.made.wait(PATIENCE)
        self._thread.join()
        return self.text


def test_a_page_goes_on_when_the_last_machine_has_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between two pieces it waits for all of them."""
    monkeypatch.setattr(right_of_way, "MOST_SECONDS", PATIENCE)
    right = RightOfWay()
    page = Page(right)
    assert page.asked.wait(PATIENCE)
    with ExitStack() as later:
        with right.taken():
            later.enter_context(right.taken())
            page.go.set()
        assert not page.made.wait(0.05)
    assert page.end() == "headbody"


def test_a_machine_that_never_ends_stops_no_page_for_good() -> None:
    """Somebody who sends a body byte by byte may not keep people from their pages."""
    right = RightOfWay()
    page = Page(right)
    with right.taken():
        began = time.monotonic()
        page.go.set()
        assert page.end() == "headbody"
    assert time.monotonic() - began >= right_of_way.MOST_SECONDS / 2


def test_pages_are_made_one_at_a_time() -> None:
    """A second page begins when the first is whole."""
    right = RightOfWay()
    first = Page(right)
    assert first.asked.wait(PATIENCE)
    second = Page(right)
    assert not second.asked.wait(0.05)
    first.go.set()
    assert first.end() == "headbody"
    assert second.asked.wait(PATIENCE)
    second.go.set()
    assert second.end() == "headbody"
