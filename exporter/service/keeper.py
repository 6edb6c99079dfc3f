"""The keeper of the journal: takes orphans down, settles, looks back, and counts for metrics.

A thread of its own beside the scanner, since a journal on a network may make one wait.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from exporter.errors import ExporterError, SourceError
from exporter.metrics.published import JournalFigures, RepairFigures, RequestFigures
from exporter.repair.guards import Situation, standing
from exporter.repair.targets import last_messages, last_workers, orphaned_timelines
from exporter.service.loop import Loop, Looping

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from exporter.repair.guards import GuardRules, Standing
    from exporter.service.repairing import Workshop
    from exporter.snapshot import Judgement

REVIEW_SECONDS = 60.0
"""How often it is settled what crashes left, and looked whether repairs still stand."""

_log = logging.getLogger(__name__)


class Keeper(Looping):
    """Keeps the journal beside the scans until stopped, whatever becomes of it.

    `judgement` is what the last scan says. `workshop` is tried again each `interval` (seconds)
    while the journal cannot be used; that is logged once, and told by `figures`.
    """

    def __init__(
        self,
        workshop: Callable[[], AbstractContextManager[Workshop]],
        judgement: Callable[[], Judgement | None],
        rules: GuardRules,
        *,
        interval: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workshop = workshop
        self._judgement = judgement
        self._rules = rules
        self._monotonic = monotonic
        self._unknown = RepairFigures(mode=str(rules.mode))
        self._figures = self._unknown
        self._standing: Standing | None = None
        self._keeping = threading.Lock()
        self._reported: str | None = None
        self._looked_back_at: float | None = None
        self._loop = Loop(
            "journal keeping",
            self.keep,
            interval=interval,
            failed=self._forget,
            monotonic=monotonic,
        )

    @property
    def figures(self) -> RepairFigures:
        """How repairs stand, as of the last look."""
        return self._figures

    @property
    def standing(self) -> Standing | None:
        """How the guards stand, as of the last look; None while the journal cannot be used."""
        return self._standing

    def keep(self) -> None:
        """One round; what goes wrong with the journal is told and not raised.

        Whoever has changed something may call it as well, so that pages show that at once.
        """
        with self._keeping:
            try:
                with self._workshop() as workshop:
                    self._round(workshop)
            except ExporterError as error:
                self._forget()
                self._report(str(error))
            else:
                self._report(None)

    def _round(self, workshop: Workshop) -> None:
        judgement = self._judgement()
        if judgement is not None:
            workshop.journal.observe(
                orphaned_timelines(judgement), last_workers(judgement), last_messages(judgement)
            )
        now = self._monotonic()
        if self._looked_back_at is None or now - self._looked_back_at >= REVIEW_SECONDS:
            self._looked_back_at = now
            self._look_back(workshop)
        self._figures = self._count(workshop, judgement)

    @staticmethod
    def _look_back(workshop: Workshop) -> None:
        workshop.engine.reconcile()
        try:
            workshop.engine.review()
        except SourceError as error:  # Timesketch's database is away, which the scans tell as well
            _log.debug("repairs not reviewed", extra={"error": str(error)})

    def _count(self, workshop: Workshop, judgement: Judgement | None) -> RepairFigures:
        tally = workshop.journal.tally()
        requests = workshop.journal.inbox.tally()
        history = workshop.journal.history(orphan_window=self._rules.brake_window)
        stand = self._standing = standing(situation_of(judgement), history, self._rules)
        return RepairFigures(
            mode=str(self._rules.mode),
            journal=JournalFigures(
                repairs={
                    (str(target), str(outcome)): count
                    for (target, outcome), count in tally.outcomes.items()
                },
                refusals={str(guard): count for guard, count in tally.refusals.items()},
                paused=stand.paused is not None,
                brake_engaged=stand.brake_engaged,
                budget_remaining=stand.budget_remaining,
                requests=RequestFigures(
                    open=requests.open,
                    outcomes={str(outcome): count for outcome, count in requests.outcomes.items()},
                ),
            ),
        )

    def _report(self, error: str | None) -> None:
        """Log only what changed."""
        if error == self._reported:
            return
        if error is not None:
            _log.warning("journal unusable: nothing is repaired", extra={"error": error})
        else:
            _log.info("journal usable again")
        self._reported = error

    def _forget(self) -> None:
        self._figures = self._unknown
        self._standing = None


def situation_of(judgement: Judgement | None) -> Situation | None:
    """What the guards' standing needs of the last scan."""
    if judgement is None:
        return None
    return Situation(
        complete=judgement.complete,
        incomplete_because=judgement.incomplete_because,
        processing=len(judgement.timelines),
        orphaned=orphaned_timelines(judgement),
    )
