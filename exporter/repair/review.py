"""The look back: which repairs somebody's later change has superseded."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.repair.differences import differences
from exporter.repair.rows import TimelineRows

if TYPE_CHECKING:
    from exporter.repair.interfaces import Journal, RowsReader
    from exporter.repair.records import Entry
    from exporter.repair.rows import Rows

REVIEWED_FOR = 7 * 86_400.0
"""Seconds for which it is looked whether a repair still stands."""

_log = logging.getLogger(__name__)


def review(journal: Journal, rows: RowsReader, *, now: float) -> tuple[Entry, ...]:
    """Compare the repairs of the last days with today's rows, and journal those superseded.

    Raises SourceError where the rows cannot be read, JournalError where the journal cannot.
    """
    standing = journal.standing_repairs(since=now - REVIEWED_FOR)
    if not standing:
        return ()
    found = rows.read({entry.repair.key for entry in standing})
    newest = {entry.repair.key: entry.repair.repair_id for entry in standing}
    superseded = []
    for entry in standing:
        repair = entry.repair
        by = superseded_by(entry, found.get(repair.key), newest=newest[repair.key])
        if by is not None:
            journal.supersede(repair.repair_id, by)
            superseded.append(replace(entry, superseded_at=now, superseded_by=by))
            _log.info("repair superseded", extra={"repair_id": repair.repair_id, "by": by})
    return tuple(superseded)


def superseded_by(entry: Entry, found: Rows | None, *, newest: str) -> str | None:
    """What has come over an applied repair, in words; None while it stands. Pure.

    `found` are the rows of today (None: gone), `newest` the id of the last repair of its target.
    """
    repair = entry.repair
    if newest != repair.repair_id:
        return f"repair {newest} came after it"
    if entry.after is None:
        return entry.detail or "changed before it could be read back"
    left = replace(repair, rows=_without_neighbours(entry.after))
    return "; ".join(differences(left, _without_neighbours(found) if found else None)) or None


def _without_neighbours(rows: Rows) -> Rows:
    """Other timelines come into a search index and leave it, whatever was repaired."""
    if isinstance(rows, TimelineRows) and rows.index is not None:
        return replace(rows, index=replace(rows.index, shared_with=0))
    return rows
