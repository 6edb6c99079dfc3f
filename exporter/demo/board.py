"""What there is to see at one moment of the story: values that any screen can show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A timeline as Timesketch shows it (`status`) and as the exporter judges it.

    `verdict` is None where Timesketch has nothing under way. `reason` is in plain words.
    """

    timeline_id: int
    name: str
    sketch: str
    status: str
    verdict: str | None
    worker: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Board:
    """Everything at one moment.

    `workers` are names with states, `analyses` verdicts with how many unfinished ones have it.
    """

    rows: tuple[Row, ...] = ()
    workers: tuple[tuple[str, str], ...] = ()
    analyses: tuple[tuple[str, int], ...] = ()
    incomplete_because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A timeline that went from one state to another; `before` is None when it is new."""

    row: Row
    before: str | None
    after: str
