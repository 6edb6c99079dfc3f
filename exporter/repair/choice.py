"""Which orphans a repair is asked for: some timelines by name, a sketch, or all. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.repair.plan import NotPlanned
from exporter.repair.rows import Target
from exporter.repair.targets import sketch_of, timeline_of
from exporter.snapshot import Verdict

if TYPE_CHECKING:
    from exporter.repair.targets import Judged
    from exporter.snapshot import Judgement


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for. `timelines` are those named, in this order; `sketch` None: all."""

    timelines: tuple[int, ...] = ()
    sketch: int | None = None

    def concerns(self, judged: Judged) -> bool:
        """Whether it is about this, whatever the verdict: a timeline's analyses go with it."""
        if self.timelines:
            return timeline_of(judged) in self.timelines
        return self.sketch in {None, sketch_of(judged)}

    def wants(self, judged: Judged) -> bool:
        """Whether this is to be repaired."""
        return judged.verdict is Verdict.ORPHANED and self.concerns(judged)

    def missing(self, judgement: Judgement) -> tuple[NotPlanned, ...]:
        """The timelines that were named and have nothing to repair, each with why."""
        judged = {each.timeline.timeline_id: each for each in judgement.timelines}
        everything: tuple[Judged, ...] = (*judgement.timelines, *judgement.analyses)
        found = {timeline_of(each) for each in everything if self.wants(each)}
        return tuple(
            NotPlanned(Target.TIMELINE, timeline_id, _why_not(judged.get(timeline_id)))
            for timeline_id in self.timelines
            if timeline_id not in found
        )


def _why_not(judged: Judged | None) -> str:
    if judged is None:
        return (
            "it is not processing: it is finished, failed or archived, its sketch is no longer "
            "alive, or it does not exist"
        )
    return f"it is {judged.verdict}, not orphaned: {'; '.join(judged.reasons)}"
