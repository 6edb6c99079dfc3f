"""The keeper of the journal: takes orphans down, settles, looks back, and counts for metrics.

A thread of its own beside the scanner, since a journal on a network may make one wait.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from exporter.errors import ExporterError, SourceError
from exporter.metrics.published import JournalFigures, RepairFigures
from exporter.repair.guards import Situation, standing
from exporter.repair.targets import last_workers, orphaned_timelines

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from exporter.repair.guards import GuardRules
    from exporter.service.repairing import Workshop
    from exporter.snapshot import Judgement

REVIEW_SECONDS = 60.0
"""How often it is settled what crashes left, and looked whether repairs still stand."""

_log = logging.getLogger(__name__)


class Keeper:
    """Keeps the journal beside the scans until stopped, whatever becomes of it.

    `judgement` is what the last scan says. `open_workshop` is tried again each `interval` (seconds)
    while the journal cannot be used; that is logged once, and told by `figures`.
    """

    def __init__(
        self,
        open_workshop: Callable[[], AbstractContextManager[Workshop]],
        judgement: Callable[[], Judgement | None],
        rules: GuardRules,
        *,
        interval: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_workshop = open_workshop
        self._judgement = judgement
        self._rules = rules
        self._interval = interval
        self._monotonic = monotonic
        self._figures = RepairFigures(mode=str(rules.mode))
        self._reported: str | None = None
        self._looked_back_at: float | None = None
        self._stack = ExitStack()
        self._workshop: Workshop | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    @property
    def figures(self) -> RepairFigures:
        """How repairs stand, as of the last look."""
        return self._figures

    def start(self) -> None:
        """Begin to keep the journal."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Let it end after what it is at; returns at once."""
        self._stopping.set()

    def stop(self, timeout: float) -> bool:
        """Ask it to end and wait so many seconds; whether it did."""
        self.ask_to_stop()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def keep(self) -> None:
        """One round; what goes wrong with the journal is told and not raised."""
        try:
            if self._workshop is None:
                self._workshop = self._stack.enter_context(self._open_workshop())
            self._round(self._workshop)
        except ExporterError as error:
            self._figures = RepairFigures(mode=str(self._rules.mode))
            self._close()
            self._report(str(error))
        else:
            self._report(None)

    def _round(self, workshop: Workshop) -> None:
        judgement = self._judgement()
        if judgement is not None:
            workshop.journal.observe(orphaned_timelines(judgement), last_workers(judgement))
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
        history = workshop.journal.history(orphan_window=self._rules.brake_window)
        stand = standing(situation_of(judgement), history, self._rules)
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

    def _close(self) -> None:
        self._workshop = None
        self._stack.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.keep()
            except Exception:  # noqa: BLE001 - the loop must outlive every fault; the metric tells
                _log.exception("keeping the journal failed")
                self._figures = RepairFigures(mode=str(self._rules.mode))
            self._stopping.wait(self._interval)
        self._close()


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
