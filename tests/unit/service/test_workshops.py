"""The one workshop of a process: opened when needed, shared, and anew after a fault."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import pytest

from exporter.errors import JournalBusyError, JournalUnreachableError
from exporter.service import workshops as module
from exporter.service.repairing import Workshop
from exporter.service.workshops import Workshops

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.repair.engine import Engine
    from exporter.repair.journal import Journal

LONG = 10.0


class Door:
    """Counts how often a workshop is opened and closed; `away` is raised instead."""

    def __init__(self) -> None:
        self.away: Exception | None = None
        self.opened = 0
        self.closed = 0

    @contextmanager
    def open(self) -> Iterator[Workshop]:
        """Open it."""
        if self.away is not None:
            raise self.away
        self.opened += 1
        yield Workshop(cast("Engine", object()), cast("Journal", object()))
        self.closed += 1


def test_everybody_gets_the_same_one() -> None:
    """It is opened once, for as many as use it, one after the other or at once."""
    door = Door()
    workshops = Workshops(door.open)
    with workshops.opened() as first, workshops.opened() as second:
        assert first is second
    with workshops.opened() as third:
        assert third is first
    assert (door.opened, door.closed) == (1, 0)
    workshops.close()
    assert (door.opened, door.closed) == (1, 1)


def test_after_a_fault_it_is_opened_anew_once_nobody_uses_it() -> None:
    """Whoever is at work keeps the engine that knows of it; the next one gets another."""
    door = Door()
    workshops = Workshops(door.open)
    with workshops.opened() as at_work:
        with pytest.raises(JournalUnreachableError), workshops.opened():
            raise JournalUnreachableError("gone")
        with workshops.opened() as meanwhile:
            assert meanwhile is at_work
    with workshops.opened() as later:
        assert later is not at_work
    assert (door.opened, door.closed) == (2, 1)


def test_what_cannot_be_opened_is_tried_again() -> None:
    """Whoever asks while it cannot be opened is told why, and later it is open."""
    door = Door()
    door.away = JournalUnreachableError("the journal does not answer")
    workshops = Workshops(door.open)
    with pytest.raises(JournalUnreachableError), workshops.opened():
        pass
    door.away = None
    with workshops.opened():
        assert door.opened == 1


def test_nobody_waits_for_ever_while_it_is_being_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a silent server keeps one thread, the others are told that it takes long."""
    monkeypatch.setattr(module, "OPENING_SECONDS", 0.01)
    opening, go_on = threading.Event(), threading.Event()

    @contextmanager
    def slow() -> Iterator[Workshop]:
        opening.set()
        assert go_on.wait(LONG)
        yield Workshop(cast("Engine", object()), cast("Journal", object()))

    workshops = Workshops(slow)

    def use() -> None:
        with workshops.opened():
            pass

    thread = threading.Thread(target=use)
    thread.start()
    assert opening.wait(LONG)
    with pytest.raises(JournalBusyError), workshops.opened():
        pass
    go_on.set()
    thread.join(LONG)
    with workshops.opened():
        pass
    workshops.close()


def test_it_stays_open_for_who_still_uses_it() -> None:
    """The end of the process does not take it from a thread that is at work."""
    door = Door()
    workshops = Workshops(door.open)
    with workshops.opened():
        workshops.close()
        assert door.closed == 0
