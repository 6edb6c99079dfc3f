"""What the engine needs of those who read, write and remember."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from exporter.repair.apply import Applied
    from exporter.repair.changes import Repair, Requeue
    from exporter.repair.guards import Decision
    from exporter.repair.records import Entry, History, Origin, Outcome, Revoked
    from exporter.repair.requeue.upload import Upload
    from exporter.repair.rows import Rows, Target
    from exporter.snapshot import JudgedTimeline, Judgement, TaskMessage


class RowsReader(Protocol):
    """Reads Timesketch's rows (exporter/repair/reading.py)."""

    def read(self, wanted: Collection[tuple[Target, int]]) -> Mapping[tuple[Target, int], Rows]:
        """The rows of each target that exists."""

    def labels(self, sketch_ids: Collection[int]) -> Mapping[int, frozenset[str]]:
        """The labels of those sketches that have any."""


class Writer(Protocol):
    """Writes a repair into Timesketch's rows, alone (exporter/repair/apply.py)."""

    def apply(self, repair: Repair, *, may_write: Callable[[], bool]) -> Applied:
        """Write it unless the rows are others by now or it `may_write` no more."""

    def settle(self, repair: Repair) -> Applied | None:
        """What was written of a repair that nobody ended; None: nothing."""


class Requeuer(Protocol):
    """Sends tasks once more (exporter/repair/requeue/requeuer.py)."""

    def look(
        self,
        wanted: Iterable[JudgedTimeline],
        judgement: Judgement,
        messages: Mapping[int, tuple[TaskMessage, ...]],
    ) -> Mapping[int, Upload]:
        """What there is to know of the uploads of these timelines, by id."""

    def before_rows(self, repair: Repair) -> str:
        """What has to be done while the rows are locked; what was done, in words."""

    def after_rows(self, repair: Repair) -> None:
        """Send the task, unless the repair is an undo."""

    def settle(self, repair: Repair, written: Applied | None) -> Applied | None:
        """What became of a requeue that nobody ended, of which `written` was found in the rows."""

    def require_not_begun(self, requeue: Requeue) -> None:
        """UndoRefusedError if the task was begun or ended."""


class Journal(Protocol):
    """Remembers repairs (exporter/repair/journal)."""

    def observe(
        self,
        orphaned: Collection[tuple[Target, int, int | None]],
        workers: Mapping[tuple[Target, int, int | None], str] = ...,
        messages: Mapping[int, Collection[TaskMessage]] = ...,
    ) -> None:
        """Remember when each was first found orphaned, and what was known of its tasks then."""

    def last_workers(
        self, orphaned: Collection[tuple[Target, int, int | None]]
    ) -> Mapping[tuple[Target, int, int | None], str]:
        """Where the tasks of these were last seen, as far as anybody took that down."""

    def messages(self, timeline_ids: Collection[int]) -> Mapping[int, tuple[TaskMessage, ...]]:
        """What the tasks of these timelines were sent with; newest first."""

    def history(self, *, orphan_window: float) -> History:
        """What the guards need of the past."""

    def claim(
        self,
        repair: Repair,
        origin: Origin,
        decide: Callable[[History], Decision],
        *,
        orphan_window: float,
    ) -> Entry:
        """Decide and append the intent, alone among all replicas."""

    def finish(
        self, repair_id: str, outcome: Outcome, *, detail: str = "", after: Rows | None = None
    ) -> Entry:
        """Append the outcome."""

    def entry(self, repair_id: str) -> Entry:
        """The entry of a repair."""

    def unfinished(self) -> tuple[Entry, ...]:
        """Intents without an outcome."""

    def standing_repairs(self, *, since: float) -> tuple[Entry, ...]:
        """Repairs applied since then, oldest first; no undos, none undone or superseded."""

    def revocations(self, *, since: float) -> tuple[Revoked, ...]:
        """Which tasks were to be terminated since then."""

    def supersede(self, repair_id: str, by: str) -> None:
        """Remember what came over a repair."""
