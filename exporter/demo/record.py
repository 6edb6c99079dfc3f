"""What Timesketch's rows say of one upload, and how that is told before and after."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_WIDTH = 88


@dataclass(frozen=True, slots=True)
class Said:
    """A status row: what its object says. Times are the database's own, without time zone."""

    row_id: int
    status: str
    user_id: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """The status rows of an upload's timeline and data source, and the data source's message."""

    timeline: Said
    data_source: Said
    message: str

    def but_for_ids(self) -> Record:
        """The same without the ids of its status rows, of which every change makes new ones."""
        return replace(
            self,
            timeline=replace(self.timeline, row_id=0),
            data_source=replace(self.data_source, row_id=0),
        )


def table(records: Mapping[str, Record]) -> str:
    """Several records of the same upload, a line each behind its name."""
    rows = [("", "timeline", "data source", "its message")]
    rows += [
        (name, _words(record.timeline), _words(record.data_source), _length(record.message))
        for name, record in records.items()
    ]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def quoted(message: str) -> str:
    """A message of many words as its reader sees it: whole, its paragraphs kept."""
    return "\n".join(
        textwrap.fill(line, _WIDTH, initial_indent="  ", subsequent_indent="  ")
        for line in message.splitlines()
    )


def _words(said: Said) -> str:
    return f"{said.status} since {said.created_at:%H:%M:%S} (row {said.row_id})"


def _length(message: str) -> str:
    return f"{len(message.split())} words" if message else "none"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()
