"""What changes seldom about workers, asked seldom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.observe import answers
from exporter.observe.pidbox import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exporter.observe.answers import Details
    from exporter.observe.mailbox import Mailbox
    from exporter.observe.pidbox import Reply
    from exporter.snapshot import HeartbeatReading

EVERY = 60.0
_QUEUES_AT_MOST = 1_000


class DetailsKeeper:
    """Asks `stats` and `active_queues` when a worker may be another one than before.

    That is: its name is new or was silent, any consumer's connection came or went, a worker-online
    of its name was heard; and once a minute (`EVERY`), since pools can be resized.
    """

    def __init__(self, *, timeout: float, monotonic: Callable[[], float]) -> None:
        self._timeout = timeout
        self._monotonic = monotonic
        self._known: dict[str, Details] = {}
        self._connections: frozenset[int] = frozenset()
        self._queues: set[str] = set()

    @property
    def queues(self) -> frozenset[str]:
        """Every queue that any worker was heard to consume, gone ones too: it may hold messages."""
        return frozenset(self._queues)

    def of(self, worker: str) -> Details | None:
        """Return what is known of a worker that answered the last scan."""
        return self._known.get(worker)

    def refresh(
        self,
        mailbox: Mailbox,
        names: frozenset[str],
        *,
        connections: frozenset[int],
        heartbeats: HeartbeatReading,
    ) -> bool:
        """Ask those of the workers that just answered whose details are due; true if any was."""
        self._known = {name: each for name, each in self._known.items() if name in names}
        if connections != self._connections:
            self._known.clear()
            self._connections = connections
        due = tuple(sorted(name for name in names if self._is_due(name, heartbeats)))
        if due:
            self._ask(mailbox, due)
        return bool(due)

    def _is_due(self, name: str, heartbeats: HeartbeatReading) -> bool:
        known = self._known.get(name)
        if known is None or self._monotonic() - known.tick >= EVERY:
            return True
        beat = heartbeats.workers.get(name)
        return beat is not None and beat.online_tick is not None and beat.online_tick > known.tick

    def _ask(self, mailbox: Mailbox, due: tuple[str, ...]) -> None:
        stats = Question("stats", destination=due)
        consumed = Question("active_queues", destination=due)
        for name in due:
            self._known.pop(name, None)

        def hear(replies: Iterator[Reply]) -> None:
            for reply in replies:
                if reply.ticket == stats.ticket:
                    tick = self._monotonic()
                    self._known[reply.worker] = answers.details(reply.answer, tick=tick)
                elif len(self._queues) < _QUEUES_AT_MOST:
                    self._queues |= answers.queues(reply.answer)

        mailbox.ask([stats, consumed], hear, timeout=self._timeout, expected=len(due))


def uptime(known: Details | None, *, tick: float) -> float | None:
    """Return a worker's uptime at `tick`, advanced from when it was asked."""
    if known is None or known.uptime is None:
        return None
    return known.uptime + max(0.0, tick - known.tick)
