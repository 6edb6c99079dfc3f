"""The journal: its entries as rows, and one of them with everything that it tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.repair.records import Guard, Outcome
from exporter.repair.words import headline
from exporter.web.views.row_changes import RowChange, row_changes
from exporter.web.views.tones import tone_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exporter.repair.changes import Evidence
    from exporter.repair.records import Entry, Refusal
    from exporter.web.views.tones import Tone

OUTCOME_MEANINGS = {
    Outcome.APPLIED: "written into Timesketch's database",
    Outcome.DRY_RUN: "nothing was written: the mode is dry-run",
    Outcome.UNCHANGED: "nothing was written: the rows were others by then",
    Outcome.REFUSED: "a guard refused it",
    Outcome.FAILED: "it could not be written",
    Outcome.ABANDONED: "the process ended before it wrote anything",
}


@dataclass(frozen=True, slots=True)
class RepairRow:
    """A repair or undo. `name` is empty where it may not be shown."""

    repair_id: str
    target: str
    target_id: int
    sketch_id: int | None
    timeline_id: int | None
    name: str
    begun_at: float
    actor: str
    trigger: str
    outcome: str
    meaning: str
    tone: Tone
    becomes: str
    because: tuple[str, ...]
    undoes: str | None
    undone_by: str | None
    superseded: bool


@dataclass(frozen=True, slots=True)
class RepairPage:
    """One entry; `can_be_undone` says that nothing known now stands in the way of an undo."""

    row: RepairRow
    ended_at: float | None
    request: str | None
    evidence: Evidence
    superseded_at: float | None
    superseded_by: str | None
    changes: tuple[RowChange, ...]
    written: bool
    can_be_undone: bool
    version: str
    instance: str


def repair_rows(entries: Iterable[Entry], *, names: bool) -> tuple[RepairRow, ...]:
    """The entries, the newest first; `names` says whether what people wrote may be shown."""
    return tuple(reversed([repair_row(entry, names=names) for entry in entries]))


def repair_row(entry: Entry, *, names: bool) -> RepairRow:
    """One entry as a row."""
    repair, outcome = entry.repair, entry.outcome
    because = [_words(refusal, names=names) for refusal in entry.refusals]
    return RepairRow(
        repair_id=repair.repair_id,
        target=repair.target,
        target_id=repair.target_id,
        sketch_id=repair.sketch_id,
        timeline_id=repair.timeline_id,
        name=repair.name if names else "",
        begun_at=entry.begun_at,
        actor=entry.origin.actor,
        trigger=entry.origin.trigger,
        outcome="under way" if outcome is None else outcome,
        meaning="it has not ended" if outcome is None else OUTCOME_MEANINGS[outcome],
        tone=tone_of(outcome),
        becomes=headline(repair),
        because=tuple(filter(None, (*because, entry.detail))),
        undoes=repair.undoes,
        undone_by=entry.undone_by,
        superseded=entry.superseded_at is not None,
    )


def repair_page(entry: Entry, *, names: bool) -> RepairPage:
    """One entry with everything that it tells."""
    applied = entry.outcome is Outcome.APPLIED
    return RepairPage(
        row=repair_row(entry, names=names),
        ended_at=entry.ended_at,
        request=entry.origin.request,
        evidence=entry.repair.evidence,
        superseded_at=entry.superseded_at,
        superseded_by=entry.superseded_by,
        changes=row_changes(entry.repair, entry.after, names=names),
        written=applied,
        can_be_undone=applied
        and entry.repair.undoes is None
        and entry.undone_by is None
        and entry.superseded_at is None,
        version=entry.version,
        instance=entry.instance,
    )


def _words(refusal: Refusal, *, names: bool) -> str:
    if refusal.guard is Guard.PAUSE and not names:  # the reason of a pause is what somebody wrote
        return "pause: repairs were paused"
    return f"{refusal.guard}: {refusal.reason}"
