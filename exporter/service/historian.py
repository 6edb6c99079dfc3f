"""The writer of the history: stores what events and scans tell, and removes what is too old.

A thread of its own, since its database may make one wait; nothing else waits for it.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from exporter.errors import ExporterError, HistoryError
from exporter.events.chronicle import Page, found_at, turn
from exporter.metrics.published import HistoryFigures
from exporter.service.loop import Loop, Looping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exporter.events.history import History
    from exporter.events.intake import Batch, Intake
    from exporter.service.asking_for_events import AskingForEvents
    from exporter.snapshot import Judgement

INTERVAL = 0.5
MARK_SECONDS = 10.0
"""How often it is noted that nothing happened: after a crash, so much of the past is unsure."""

PRUNE_SECONDS = 60.0
PRUNING_SECONDS = 0.2
"""How long a round may remove rows."""

COUNT_SECONDS = 3600.0
"""How often rows are counted; in between the count is kept up by what is written and removed."""

_log = logging.getLogger(__name__)


class Historian(Looping):
    """Keeps the history until stopped, whatever becomes of its database.

    `open_history` is tried again while it cannot be used; that is logged once and told by
    `figures`. What could not be stored waits, as far as there is room for it.
    """

    def __init__(
        self,
        open_history: Callable[[], History],
        intake: Intake,
        *,
        retention: float,
        max_rows: int,
        asking: AskingForEvents | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_history = open_history
        self._intake = intake
        self._retention = retention
        self._max_rows = max_rows
        self._asking = asking
        self._clock = clock
        self._monotonic = monotonic
        self._keeping = threading.Lock()
        self._history: History | None = None
        self._unstored: Batch | None = None
        self._page = Page()
        self._judgement: Judgement | None = None
        self._rows: int | None = None
        self._up = False
        self._reported: str | None = None
        self._marked_at = self._pruned_at = self._counted_at = float("-inf")
        self._loop = Loop("history keeping", self.keep, interval=INTERVAL, monotonic=monotonic)

    @property
    def figures(self) -> HistoryFigures:
        """How the history stands."""
        return HistoryFigures(
            up=self._up,
            rows=self._rows,
            received=self._intake.received,
            dropped=self._intake.dropped,
        )

    def scanned(self, judgement: Judgement) -> None:
        """Take what is new in a scan; in the scanner's thread."""
        news, self._page = turn(self._page, judgement, instance=self._intake.instance)
        self._intake.scanned(
            found_at(judgement), ties=news.ties, findings=news.findings, workers=news.workers
        )
        self._judgement = judgement

    def stop(self, timeout: float) -> bool:
        """Ask it to end and wait so many seconds; whether it did. What waits is stored first."""
        ended = self._loop.stop(timeout)
        if ended:
            self._marked_at = float("-inf")
            self.keep()
            self._close()
        return ended

    @contextmanager
    def opened(self) -> Iterator[History]:
        """The history, to read in it; raises HistoryError while it cannot be used."""
        history = self._history
        if history is None:
            raise HistoryError(self._reported or "the history is not open yet: ask again")
        yield history

    def keep(self) -> None:
        """One round: ask workers, store what waits, remove what is too old."""
        with self._keeping:
            self._ask()
            try:
                self._store()
                self._prune()
            except ExporterError as error:
                self._close()
                self._report(str(error))
            else:
                self._report(None)

    def _ask(self) -> None:
        judgement, self._judgement = self._judgement, None
        if self._asking is not None and judgement is not None:
            self._asking.look(judgement)

    def _store(self) -> None:
        now = self._monotonic()
        due = self._intake.is_waiting or now - self._marked_at >= MARK_SECONDS
        if self._unstored is None and not due:
            return
        if self._history is None:
            self._history = self._open_history()
        if self._unstored is None:
            self._unstored = self._intake.drain()
        self._history.write(self._unstored)
        if self._rows is not None:
            self._rows += len(self._unstored.events)
        self._unstored = None
        self._marked_at = now
        self._up = True

    def _prune(self) -> None:
        now = self._monotonic()
        if self._history is None:
            return
        if self._rows is None or now - self._counted_at >= COUNT_SECONDS:
            self._rows = self._history.count_events()
            self._counted_at = now
        if self._rows <= self._max_rows and now - self._pruned_at < PRUNE_SECONDS:
            return
        for removed in self._history.prune(
            before=self._clock() - self._retention,
            surplus=self._rows - self._max_rows,
            most=self._max_rows,
        ):
            self._rows -= removed
            if self._monotonic() - now > PRUNING_SECONDS:
                return  # what waits to be stored goes first; the next round goes on
        self._pruned_at = now

    def _report(self, error: str | None) -> None:
        """Log only what changed."""
        if error == self._reported:
            return
        if error is not None:
            _log.warning("history not kept", extra={"error": error})
        else:
            _log.info("history kept again")
        self._reported = error

    def _close(self) -> None:
        history, self._history, self._up = self._history, None, False
        if history is not None:
            history.close()
