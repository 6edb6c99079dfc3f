"""The history: written by one thread of `serve`, read by pages and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from exporter.events import pruning, reading, writing
from exporter.events.database import HistoryDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exporter.events.intake import Batch
    from exporter.events.reading import Material
    from exporter.events.records import Beats, Watch


class History:
    """What is stored. Every method raises HistoryError where the database cannot be used."""

    def __init__(self, database: HistoryDatabase) -> None:
        self._database = database

    @classmethod
    def kept(cls, journal_url: str) -> Self:
        """Open it for writing, made where there is none; the journal is there already."""
        database = HistoryDatabase(journal_url)
        database.make()
        return cls(database)

    @classmethod
    def found(cls, journal_url: str) -> Self:
        """Open what another process keeps; raises HistoryMissingError where there is none."""
        database = HistoryDatabase(journal_url)
        database.require()
        return cls(database)

    def write(self, batch: Batch) -> None:
        """Store a batch, all of it or nothing."""
        with self._database.writing() as connection:
            writing.write(self._database, connection, batch)

    def material(self, timeline_id: int) -> Material:
        """Everything that the story of a timeline is made from."""
        with self._database.reading() as connection:
            return reading.read_material(connection, timeline_id)

    def beats(self, worker: str, *, since: float) -> tuple[Sequence[Beats], Sequence[Watch]]:
        """The heartbeats of a worker, and when anybody listened for any."""
        with self._database.reading() as connection:
            return reading.read_beats(connection, worker, since=since)

    def count_events(self) -> int:
        """Count all stored events of tasks."""
        return pruning.count_events(self._database)

    def prune(self, *, before: float, surplus: int, most: int) -> Iterator[int]:
        """Remove what is older than that, `surplus` events in all, and all findings but `most`.

        In steps, each of which yields how many events of tasks it removed.
        """
        pruning.prune_findings(self._database, before=before, most=most)
        for removed in pruning.prune_events(self._database, before=before):
            surplus -= removed
            yield removed
        yield from pruning.prune_surplus(self._database, surplus=surplus)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()
