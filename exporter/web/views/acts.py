"""What was done about a timeline, as its story tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.events.story import Act
from exporter.web.views.repairs import repair_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exporter.repair.records import Entry


def acts(entries: Iterable[Entry], *, names: bool) -> tuple[Act, ...]:
    """The entries, each at the moment at which it began: before any row was changed."""
    return tuple(_act(entry, names=names) for entry in entries)


def _act(entry: Entry, *, names: bool) -> Act:
    row = repair_row(entry, names=names)
    what = f"undo of repair {row.undoes}" if row.undoes else "repair"
    asked_by = f"asked for by {row.actor} ({row.trigger})"
    return Act(
        entry.begun_at,
        f"{what} {row.repair_id} of {row.target} {row.target_id} {row.outcome}: {row.meaning}",
        (*((row.becomes,) if row.outcome == "applied" else ()), asked_by, *row.because),
    )
