"""Who holds tasks: every worker is asked, and the broker says who should have answered."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Protocol

from exporter.observe import clients
from exporter.observe.details import DetailsKeeper
from exporter.observe.held import held_by_worker, reply_of
from exporter.observe.lookups import Lookups
from exporter.observe.mailbox import Mailbox
from exporter.observe.pidbox import Question
from exporter.observe.redis_link import own_connection_name
from exporter.observe.task_index import TaskIndex
from exporter.snapshot import HeartbeatReading, WorkersReading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from exporter.observe.redis_link import RedisLink
    from exporter.snapshot import Consumer, Wanted

logger = logging.getLogger(__name__)

# Reserved messages travel whole in the answer; above this many bytes nobody is asked for them.
PREFETCHED_AT_MOST = 4 * 1024 * 1024


class Workers(Protocol):
    """Asks all workers what they hold."""

    def ask(self, wanted: Wanted | None = None) -> WorkersReading:
        """Return everybody's answers; with `wanted`, only sightings that could concern it."""
        ...

    def queues_consumed(self) -> frozenset[str]:
        """Return the names of the queues that workers were heard to consume."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class RedisWorkers:
    """Workers behind a Redis broker.

    Scheduled, reserved and active tasks are asked for in one go and in this order, in which tasks
    move; each worker answers in the order of the questions, so a task cannot slip between two of
    its answers, and a silent worker costs its time-out once.

    `reserved` answers carry the messages whole. When prefetched messages are big, the question is
    left out (`prefetched_asked` is then false): each of them is in `unacked` anyway, so no proof of
    absence needs it; only whose it is stays unknown.
    """

    def __init__(
        self,
        link: RedisLink,
        *,
        timeout: float,
        index: TaskIndex | None = None,
        heartbeats: Callable[[], HeartbeatReading] = HeartbeatReading,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._timeout = timeout
        self._index = TaskIndex() if index is None else index
        self._heartbeats = heartbeats
        self._clock = clock
        self._monotonic = monotonic
        self._details = DetailsKeeper(timeout=timeout, monotonic=monotonic)
        self._lookups = Lookups(self._index)
        self._mailbox: Mailbox | None = None
        self._told: set[str] = set()

    def ask(self, wanted: Wanted | None = None) -> WorkersReading:
        """Ask everybody and wait for everybody who took the question, at most the time-out.

        Raises `BrokerUnreachableError` or `BrokerPrivilegeError`.
        """
        with self._link.talking():
            mailbox = self._open()
            used = mailbox.memory_of_unacked()
            asks_prefetched = used is None or used <= PREFETCHED_AT_MOST
            questions = [
                Question("scheduled"),
                *([Question("reserved")] if asks_prefetched else []),
                Question("active", {"safe": True}),
            ]
            heard = mailbox.ask(
                questions,
                lambda replies: held_by_worker(questions, replies),
                timeout=self._timeout,
            )
            said = heard.told
            consumers = self._consumers(heard.clients)
            heartbeats = self._heartbeats()
            refreshed = self._details.refresh(
                mailbox,
                frozenset(said.answered),
                connections=frozenset(each.connection_id for each in consumers or ()),
                heartbeats=heartbeats,
            )
            if refreshed and heard.clients is not None:
                mailbox.sweep(clients.connection_ids(heard.clients))
            self._lookups.complete(mailbox, said.answered)
        for name in said.malformed:
            self._tell_once(f"worker {name} answers in the wrong shape or is there twice")
        return WorkersReading(
            replies=tuple(
                reply_of(
                    name,
                    held,
                    index=self._index,
                    wanted=wanted,
                    details=self._details.of(name),
                    heard=heartbeats.workers.get(name),
                    now=self._clock(),
                    tick=self._monotonic(),
                    prefetched_asked=asks_prefetched,
                )
                for name, held in sorted(said.answered.items())
            ),
            receivers=max(heard.audience),
            bound=heard.bound,
            consumers=consumers,
            malformed=said.malformed,
            prefetched_asked=asks_prefetched,
        )

    def queues_consumed(self) -> frozenset[str]:
        """Return the names of the queues that workers were heard to consume."""
        return self._details.queues

    def close(self) -> None:
        """Remove what an interrupted question left in Redis, and disconnect."""
        if self._mailbox is not None:
            self._mailbox.close()
            self._mailbox = None

    def _open(self) -> Mailbox:
        if self._mailbox is None:
            self._mailbox = Mailbox(self._link, clock=self._clock)
        return self._mailbox

    def _consumers(
        self, listed: tuple[Mapping[str, str], ...] | None
    ) -> tuple[Consumer, ...] | None:
        if listed is None:
            self._tell_once(
                "the broker forbids CLIENT LIST: a worker in shutdown is known by its goodbye only"
            )
            return None
        return clients.consumers(listed, db=self._link.layout.db, own_name=own_connection_name())

    def _tell_once(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            logger.warning(line)
