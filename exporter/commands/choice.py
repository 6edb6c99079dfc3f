"""Which orphans a repair is asked for: some timelines by name, a sketch, or all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.commands.passes import everything
from exporter.errors import NotOrphanedError, SettingsError
from exporter.judge.meanings import MEANINGS
from exporter.repair import choice
from exporter.repair.targets import timeline_of
from exporter.snapshot import Verdict

if TYPE_CHECKING:
    import argparse

    from exporter.snapshot import Judgement

_HINT = "give ids of timelines, or --sketch N, or --all"


@dataclass(frozen=True, slots=True)
class Choice(choice.Choice):
    """The same at the command line, where to name what is no orphan is a mistake."""

    @classmethod
    def of(cls, options: argparse.Namespace) -> Choice:
        """The one choice that the options make; SettingsError for none or several."""
        made = [bool(options.timelines), options.sketch is not None, options.all]
        if made.count(True) != 1:
            raise SettingsError(
                f"several choices at once: {_HINT}" if any(made) else f"nothing to repair: {_HINT}"
            )
        return cls(tuple(dict.fromkeys(options.timelines)), options.sketch)

    def require_orphans(self, judgement: Judgement) -> None:
        """NotOrphanedError, a line each, if a timeline that was named has nothing to repair."""
        self._require(judgement, self._with_orphans(judgement))

    def require_processing(self, judgement: Judgement) -> None:
        """NotOrphanedError, a line each, if there is nothing that a named timeline waits for."""
        processing: set[int | None] = {each.timeline.timeline_id for each in judgement.timelines}
        self._require(judgement, processing | self._with_orphans(judgement))

    def _with_orphans(self, judgement: Judgement) -> set[int | None]:
        return {timeline_of(judged) for judged in everything(judgement) if self.wants(judged)}

    def _require(self, judgement: Judgement, found: set[int | None]) -> None:
        problems = [
            f"{_why_not(judgement, timeline)}; nothing was changed"
            for timeline in self.timelines
            if timeline not in found
        ]
        if problems:
            raise NotOrphanedError("\n".join(problems))

    def undecided(self, judgement: Judgement) -> int:
        """How many of what it is about may be orphaned without having been proven so."""
        return sum(
            judged.verdict in {Verdict.UNKNOWN, Verdict.SUSPECT} and self.concerns(judged)
            for judged in everything(judgement)
        )


def _why_not(judgement: Judgement, timeline_id: int) -> str:
    judged = next(
        (item for item in judgement.timelines if item.timeline.timeline_id == timeline_id), None
    )
    name = f"timeline {timeline_id}"
    if judged is None:
        return (
            f"{name} is not processing: it is finished, failed or archived, "
            "its sketch is no longer alive, or it does not exist"
        )
    if judged.verdict is Verdict.UNKNOWN:
        because = "; ".join(judgement.incomplete_because or judged.reasons)
        return f"{name} is unknown: the evidence is incomplete ({because})"
    return f"{name} is {judged.verdict}: {MEANINGS[judged.verdict]}"
