"""One scan: every source, in the one order in which no task can slip past."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol, TypeVar

from exporter.errors import SourceError
from exporter.snapshot import Snapshot, Source, SourceHealth, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from exporter.observe.task_index import TaskIndex
    from exporter.observe.workers import Workers
    from exporter.snapshot import BrokerReading, DatabaseReading, HeartbeatReading, Indexed

_Read = TypeVar("_Read")


class Timelines(Protocol):
    """Reads what is unfinished from Timesketch's database."""

    def wanted(self) -> Wanted:
        """Return what is unfinished, in a first look."""
        ...

    def read(self) -> DatabaseReading:
        """Return all that the database says of what is unfinished."""
        ...


class Broker(Protocol):
    """Reads the messages that wait or are prefetched."""

    def read(self, wanted: Wanted) -> BrokerReading:
        """Return every queue, then the unacknowledged messages."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Results(Protocol):
    """Reads the states of tasks from the result backend."""

    def read(self, task_ids: Collection[str]) -> Mapping[str, str]:
        """Return the state of each task."""
        ...


class IndexedSource(Protocol):
    """Counts the events of timelines in OpenSearch."""

    def read(self) -> Mapping[int, Indexed]:
        """Return the last count of each timeline that is processing."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class HeartbeatSource(Protocol):
    """Knows what workers' events said."""

    def read(self) -> HeartbeatReading:
        """Return what is known now."""
        ...

    def stop(self) -> None:
        """End listening."""
        ...


class Observer:
    """Reads all sources for one snapshot after another.

    Tasks move from the queue to `unacked`, to reserved, to active, and at their end the status
    changes in the database. A scan follows them: it reads the database, the queues and `unacked`,
    what workers hold, the results, and the database again. What it does not see anywhere was
    nowhere (but for redelivery, and the seconds of a big message between queue and worker, which
    is why a verdict takes two scans).

    A source that cannot be read is None in the snapshot and not up; the scan goes on without it.
    Only `SourceError` counts as that: anything else is a bug, and is raised.
    """

    def __init__(
        self,
        *,
        timelines: Timelines,
        broker: Broker,
        workers: Workers,
        heartbeats: HeartbeatSource,
        results: Results | None,
        indexed: IndexedSource | None = None,
        index: TaskIndex | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the sources; `index` is to be the one that `workers` consults."""
        self._timelines = timelines
        self._broker = broker
        self._workers = workers
        self._heartbeats = heartbeats
        self._results = results
        self._indexed = indexed
        self._index = index
        self._clock = clock
        self._monotonic = monotonic

    def observe(self, task_ids: Collection[str] = ()) -> Snapshot:
        """Make one scan; `task_ids` are those whose results are asked for."""
        at, tick = self._clock(), self._monotonic()
        health = _Health(self._monotonic)
        before = health.read(Source.DATABASE, self._timelines.wanted)
        wanted = before or Wanted()
        broker = health.read(Source.BROKER, lambda: self._broker.read(wanted))
        if broker is None:
            # The same server: waiting for it a second time would only delay the next scan.
            workers = None
            health.down(Source.WORKERS, "not asked, since the broker could not be read")
        else:
            if self._index is not None:
                self._index.remember(broker.sightings)
            workers = health.read(Source.WORKERS, lambda: self._workers.ask(wanted))
        heartbeats = self._heartbeats.read()
        if heartbeats.listening_since_tick is None:
            health.down(Source.HEARTBEATS, "not subscribed to workers' events")
        else:
            health.up(Source.HEARTBEATS)
        results = None
        if self._results is not None:
            read_results = self._results.read
            results = health.read(Source.RESULTS, lambda: read_results(task_ids))
        after = None
        if before is not None:
            after = health.read(Source.DATABASE, self._timelines.read)
        seconds = self._monotonic() - tick
        indexed = None
        if self._indexed is not None and before is not None:
            # Last and outside the scan's time, so that a slow OpenSearch ages no other evidence.
            indexed = health.read(Source.OPENSEARCH, self._indexed.read)
        return Snapshot(
            at=at,
            tick=tick,
            seconds=seconds,
            before=before,
            broker=broker,
            workers=workers,
            heartbeats=heartbeats,
            results=results,
            after=after,
            indexed=indexed,
            sources=health.sources,
        )

    def close(self) -> None:
        """Stop listening, leave nothing behind in the broker, and disconnect."""
        self._heartbeats.stop()
        self._workers.close()
        self._broker.close()
        if self._indexed is not None:
            self._indexed.close()


class _Health:
    """Notes how each source fared; of two readings of one source the durations add up."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._seconds: dict[Source, float] = {}
        self._errors: dict[Source, str] = {}

    def read(self, source: Source, reading: Callable[[], _Read]) -> _Read | None:
        began = self._monotonic()
        try:
            return reading()
        except SourceError as error:
            self._errors[source] = str(error)
            return None
        finally:
            spent = self._monotonic() - began
            self._seconds[source] = self._seconds.get(source, 0.0) + spent

    def up(self, source: Source) -> None:
        self._seconds[source] = 0.0

    def down(self, source: Source, error: str) -> None:
        self._seconds[source] = 0.0
        self._errors[source] = error

    @property
    def sources(self) -> tuple[SourceHealth, ...]:
        return tuple(
            SourceHealth(
                source=source,
                up=source not in self._errors,
                seconds=seconds,
                error=self._errors.get(source),
            )
            for source, seconds in self._seconds.items()
        )
