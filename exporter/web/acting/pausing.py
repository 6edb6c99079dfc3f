"""Pause, resume, release the storm brake."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from exporter.web.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.repair.guarding import Standing
    from exporter.repair.journal import Journal
    from exporter.repair.records import Origin
    from exporter.web.acting.desk import Desk, Workshop

LONGEST_REASON = 400


def pause(desk: Desk, reason: str, origin: Origin) -> Standing:
    """No repair is granted from now on, for this reason; raises Refused."""
    # It goes into logs and the journal, and may not write a second line there.
    words = " ".join(reason.split())
    reason = "".join(letter if letter.isprintable() else "?" for letter in words)
    if not 0 < len(reason) <= LONGEST_REASON:
        why = f"a pause needs a reason, of {LONGEST_REASON} characters at most"
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, why)
    return _changed(desk, lambda journal: journal.pause(reason, origin))


def resume(desk: Desk, origin: Origin) -> Standing:
    """End the pause, if there is one; raises Refused."""
    return _changed(desk, lambda journal: journal.resume(origin))


def release_brake(desk: Desk, origin: Origin) -> Standing:
    """Let repairs through the storm again; raises Refused."""
    return _changed(desk, lambda journal: journal.release_brake(origin))


def _changed(desk: Desk, change: Callable[[Journal], object]) -> Standing:
    def change_and_look(workshop: Workshop) -> Standing:
        change(workshop.journal)
        return desk.standing(workshop.journal)

    standing = desk.ask(change_and_look)
    desk.acted()
    return standing
