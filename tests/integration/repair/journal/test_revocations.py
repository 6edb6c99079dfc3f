"""What was terminated for a repair is in the journal before it is sent, and stays there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.repair.records import Revoked
from tests.integration.repair.journal.samples import NOW, ORIGIN, WINDOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.repair.journal import Journal
    from tests.integration.repair.journal.samples import Clock


def test_revocations_are_kept(
    journal: Journal, opened: Callable[..., Journal], clock: Clock
) -> None:
    """Another process finds every revocation since a moment, the oldest first."""
    journal.revoke(5, ("t1", "t2"), ORIGIN, worker="celery@w1")
    clock.at += 10.0
    journal.revoke(6, ("t3",), ORIGIN, worker="celery@w2")
    first = Revoked(NOW, "root@host", 5, ("t1", "t2"), "celery@w1")
    second = Revoked(NOW + 10.0, "root@host", 6, ("t3",), "celery@w2")
    other = opened()
    assert other.revocations(since=NOW) == (first, second)
    assert other.revocations(since=NOW + 1.0) == (second,)


def test_a_revocation_is_neither_pause_nor_brake(journal: Journal) -> None:
    """What is taken down about tasks changes nothing for the guards."""
    before = journal.history(orphan_window=WINDOW)
    journal.revoke(5, ("t1",), ORIGIN, worker="celery@w1")
    assert journal.history(orphan_window=WINDOW) == before
