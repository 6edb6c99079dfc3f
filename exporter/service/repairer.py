"""Works off the journal's inbox: one fresh scan for all open requests, then what it allows.

A thread of its own, since a repair may wait for locks in Timesketch's database, and whoever
delivered the request was answered long ago.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from exporter.errors import ExporterError
from exporter.repair.answering import ToRepair, Wait, conclude, look
from exporter.repair.identifiers import is_dead, this_instance
from exporter.repair.performing import perform
from exporter.repair.records import Origin, Outcome
from exporter.repair.requests import Conclusion, RequestOutcome
from exporter.repair.requeue.upload import Requeueing
from exporter.repair.rows import Target
from exporter.repair.targets import key_of
from exporter.service.loop import Loop, Looping

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from exporter.repair.engine import Prepared
    from exporter.repair.records import Entry
    from exporter.repair.requests import Request
    from exporter.service.repairing import Workshop
    from exporter.snapshot import Judgement

    Key = tuple[Target, int]

FRESH_SCAN_WITHIN = 30.0
"""How long (seconds) to wait for a scan; the requests stay open if there is none."""

FOREIGN_AFTER = 60.0
"""Age (seconds) from which a request is worked off that a living process elsewhere took in."""

_log = logging.getLogger(__name__)


class Repairer(Looping):
    """Works off requests until stopped, whatever becomes of any of them.

    `fresh` makes a scan and returns its judgement, or None after so many seconds without one. A
    request waits `patience` (seconds) for evidence that proves or disproves it. With `requeues`,
    lost imports are begun anew in place of being failed, each once.
    """

    def __init__(
        self,
        workshop: Callable[[], AbstractContextManager[Workshop]],
        fresh: Callable[[float], Judgement | None],
        *,
        patience: float,
        interval: float,
        requeues: bool = False,
        is_dead: Callable[[str], bool] = is_dead,
    ) -> None:
        self._workshop = workshop
        self._fresh = fresh
        self._patience = patience
        self._requeues = requeues
        self._is_dead = is_dead
        self._instance = str(this_instance())
        self._reported: str | None = None
        self._loop = Loop("repairing on request", self.work_off, interval=interval)

    def wake(self) -> None:
        """Look into the inbox at once."""
        self._loop.wake()

    def work_off(self) -> None:
        """One round; what cannot be done now stays open for the next."""
        try:
            with self._workshop() as workshop:
                self._round(workshop)
        except ExporterError as error:
            if str(error) != self._reported:
                _log.warning("requests left open", extra={"error": str(error)})
            self._reported = str(error)
        else:
            self._reported = None

    def _round(self, workshop: Workshop) -> None:
        now, found = workshop.journal.inbox.open_requests()
        requests = [request for request in found if self._is_ours(request, now)]
        if not requests:
            return
        made = _made_before(workshop, requests)
        done = {each.sequence: conclude(made[each.sequence]) for each in requests if _names(each)}
        _conclude(workshop, requests, done)
        requests = [each for each in requests if done.get(each.sequence) is None]
        judgement = self._fresh(FRESH_SCAN_WITHIN) if requests else None
        if judgement is not None:
            self._by(judgement, workshop, requests, made, now)

    def _is_ours(self, request: Request, now: float) -> bool:
        """Whether to work on it: the process that took it in does, as long as it lives."""
        return (
            request.instance == self._instance
            or now - request.received_at >= FOREIGN_AFTER
            or self._is_dead(request.instance)
        )

    def _by(
        self,
        judgement: Judgement,
        workshop: Workshop,
        requests: Sequence[Request],
        made: Mapping[int, list[Entry]],
        now: float,
    ) -> None:
        """Do what this judgement allows."""
        undos = workshop.journal.undos()
        needless: dict[int, Conclusion | None] = {}
        to_repair: dict[int, frozenset[Key]] = {}
        for request in requests:
            expired = now - request.received_at >= self._patience
            match look(request.asked, judgement, expired=expired, undos=undos):
                case ToRepair(keys):
                    to_repair[request.sequence] = keys
                case Wait(why):
                    _log.debug("request waits", extra={**_names_of(request), "because": why})
                case conclusion:
                    needless[request.sequence] = conclude(made[request.sequence]) or conclusion
        _conclude(workshop, requests, needless)
        asking = {
            key: request
            for request in reversed(requests)
            for key in to_repair.get(request.sequence, ())
        }
        entries, refused = self._repair(workshop, judgement, asking)
        if not self._loop.stopping:
            ends = {
                sequence: conclude(
                    [*made[sequence], *(entries[key] for key in keys if key in entries)]
                )
                or _refused(keys, refused)
                for sequence, keys in to_repair.items()
            }
            _conclude(workshop, requests, ends)

    def _repair(
        self, workshop: Workshop, judgement: Judgement, asking: Mapping[Key, Request]
    ) -> tuple[dict[Key, Entry], dict[Key, str]]:
        """What was done about each of these, in the name of the first request for it.

        And of which a requeue was refused before a guard was asked, and why.
        """
        entries: dict[Key, Entry] = {}
        refused: dict[Key, str] = {}
        for prepared in self._prepared(workshop, judgement, asking, refused):
            for repair in prepared.plan.repairs:
                if self._loop.stopping:
                    break
                asked = asking[repair.key].asked
                origin = Origin(asked.actor, "webhook", asked.request_id)
                entries[repair.key] = perform(workshop.engine, prepared, repair, origin)
        return entries, refused

    def _prepared(
        self,
        workshop: Workshop,
        judgement: Judgement,
        asking: Mapping[Key, Request],
        refused: dict[Key, str],
    ) -> Iterator[Prepared]:
        """The plans for what is asked for; notes what a requeue cannot be planned for."""
        failing = set(asking)
        if self._requeues:
            timelines = {key for key in asking if key[0] is Target.TIMELINE}
            failing -= timelines
            refused |= _requeued_before(workshop, timelines)
            wanted = timelines - refused.keys()
            if wanted:
                prepared = workshop.engine.prepare(
                    judgement, lambda judged: key_of(judged) in wanted, requeueing=Requeueing()
                )
                for each in prepared.plan.not_planned:
                    refused[each.target, each.target_id] = each.reason
                yield prepared
                if prepared.plan.repairs:
                    return  # analyses may have come along: the next scan sees them wait
        if failing:
            yield workshop.engine.prepare(judgement, lambda judged: key_of(judged) in failing)


def _made_before(workshop: Workshop, requests: Collection[Request]) -> dict[int, list[Entry]]:
    """The repairs made for these requests already, before a crash or while the journal was away."""
    workshop.engine.reconcile()
    by_id: dict[str, list[Entry]] = defaultdict(list)
    for entry in workshop.journal.entries(since=min(each.received_at for each in requests)):
        if entry.origin.request is not None:
            by_id[entry.origin.request].append(entry)
    return {
        request.sequence: [
            entry
            for entry in by_id[request.asked.request_id]
            if entry.begun_at >= request.received_at
        ]
        for request in requests
    }


def _requeued_before(workshop: Workshop, keys: Collection[Key]) -> dict[Key, str]:
    """Those of these timelines that were requeued already: what kills its worker would do it again.

    An operator may; nobody else does it twice.
    """
    return {
        key: (
            f"timeline {key[1]} was requeued by repair {entry.repair.repair_id} and is lost again: "
            "look at its worker, then repair it by hand"
        )
        for key in keys
        for entry in workshop.journal.entries(timeline_id=key[1])
        if entry.repair.requeue is not None and entry.outcome is Outcome.APPLIED
    }


def _refused(keys: Collection[Key], refused: Mapping[Key, str]) -> Conclusion | None:
    """The end of a request of which every requeue was refused; None if it has none yet."""
    if not keys or not refused.keys() >= set(keys):
        return None
    return Conclusion(RequestOutcome.REFUSED, "; ".join(refused[key] for key in sorted(keys)))


def _names(request: Request) -> bool:
    """Whether it names one thing, so that one repair is all that it asks for."""
    return request.asked.target_id is not None


def _conclude(
    workshop: Workshop, requests: Collection[Request], ends: Mapping[int, Conclusion | None]
) -> None:
    """Store how requests ended, and tell; those without an end stay open."""
    ended = {sequence: end for sequence, end in ends.items() if end is not None}
    workshop.journal.inbox.conclude(ended)
    for request in requests:
        end = ended.get(request.sequence)
        if end is not None:
            extra = {"outcome": str(end.outcome), "because": end.detail}
            _log.info("request", extra={**_names_of(request), **extra})


def _names_of(request: Request) -> dict[str, object]:
    asked = request.asked
    return {
        "request_id": asked.request_id,
        "attempt": request.attempt,
        "alert": asked.alert,
        "target": str(asked.target),
        "target_id": asked.target_id,
    }
