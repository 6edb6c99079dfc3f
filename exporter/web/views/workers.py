"""Workers: all of them, and one with what it has in its hands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.snapshot import WorkerState
from exporter.web.views.tones import tone_of
from exporter.web.views.work import WorkRow, by_urgency, row_of

if TYPE_CHECKING:
    from exporter.snapshot import JudgedWorker, Judgement
    from exporter.web.views.scene import Scene
    from exporter.web.views.tones import Tone
    from exporter.web.views.work import Judged

STATE_MEANINGS = {
    WorkerState.UP: "it answers",
    WorkerState.WEDGED: "connected, and does not answer",
    WorkerState.DRAINING: "finishes what it has begun, then ends",
    WorkerState.DEAD: "gone without a goodbye",
    WorkerState.OFFLINE: "said goodbye and is gone",
    WorkerState.UNKNOWN: "the broker cannot tell",
}
_ORDER = (
    *(WorkerState.DEAD, WorkerState.WEDGED, WorkerState.UNKNOWN, WorkerState.DRAINING),
    *(WorkerState.UP, WorkerState.OFFLINE),
)


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker and the tone of its state."""

    worker: JudgedWorker
    meaning: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class WorkerPage:
    """One worker, and the unfinished work whose task it has or had last."""

    row: WorkerRow
    work: tuple[WorkRow, ...]


def worker_rows(judgement: Judgement | None) -> tuple[WorkerRow, ...]:
    """What needs somebody first, then by name."""
    workers = judgement.workers if judgement else ()
    ordered = sorted(workers, key=lambda each: (_ORDER.index(each.state), each.worker))
    return tuple(_row(worker) for worker in ordered)


def worker_page(scene: Scene, name: str, *, names: bool) -> WorkerPage | None:
    """The worker of this name, if it is known."""
    workers = scene.judgement.workers if scene.judgement else ()
    found = next((worker for worker in workers if worker.worker == name), None)
    if found is None:
        return None
    known = scene.known
    everything: tuple[Judged, ...] = (*known.timelines, *known.analyses) if known else ()
    work = by_urgency(judged for judged in everything if judged.worker == name)
    return WorkerPage(_row(found), tuple(row_of(judged, names=names) for judged in work))


def _row(worker: JudgedWorker) -> WorkerRow:
    return WorkerRow(worker, STATE_MEANINGS[worker.state], tone_of(worker.state))
