"""Asking workers for the events of their tasks: each that appears, and each that begins anew."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from exporter.errors import BrokerUnreachableError
from exporter.snapshot import WorkerState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from exporter.snapshot import JudgedWorker, Judgement

AGAIN_AFTER = 600.0
"""Seconds after which a worker is asked again, should somebody have told it otherwise."""

_log = logging.getLogger(__name__)


class AskingForEvents:
    """Knows who was asked. `ask` tells workers, by name, and raises BrokerUnreachableError."""

    def __init__(self, ask: Callable[[Collection[str]], None]) -> None:
        self._ask = ask
        self._asked: dict[str, float] = {}

    def look(self, judgement: Judgement) -> None:
        """Ask those that answered a scan and were not asked since they began."""
        up = [each for each in judgement.workers if each.state is WorkerState.UP]
        self._asked = {
            each.worker: self._asked[each.worker] for each in up if each.worker in self._asked
        }
        due = [each.worker for each in up if self._is_due(each, judgement.tick)]
        if not due:
            return
        try:
            self._ask(due)
        except BrokerUnreachableError as error:
            _log.debug("workers not asked for task events", extra={"error": str(error)})
            return
        self._asked.update(dict.fromkeys(due, judgement.tick))
        _log.info("asked for task events", extra={"workers": ", ".join(due)})

    def _is_due(self, worker: JudgedWorker, tick: float) -> bool:
        asked = self._asked.get(worker.worker)
        if asked is None or tick - asked >= AGAIN_AFTER:
            return True
        online = worker.pulse.online_tick if worker.pulse else None
        return online is not None and online > asked
