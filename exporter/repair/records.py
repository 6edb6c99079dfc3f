"""What the journal holds and hands out: values only. Times are Unix seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.repair.changes import Repair
    from exporter.repair.rows import Rows, Target


class Outcome(StrEnum):
    """How a repair ended; the `outcome` label of the metrics.

    `unchanged`: the rows were no longer those that were judged, so nothing was written.
    `abandoned`: the process ended before it wrote anything, as a later start found out.
    """

    APPLIED = "applied"
    DRY_RUN = "dry-run"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"
    ABANDONED = "abandoned"


class Guard(StrEnum):
    """Who may refuse a repair; the `guard` label of the metrics."""

    MODE = "mode"
    PAUSE = "pause"
    BUDGET = "budget"
    BRAKE = "brake"
    COOL_DOWN = "cool-down"
    PROTECTED = "protected"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A guard's no, in words that an operator can act on."""

    guard: Guard
    reason: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asked (`root@host`, a console user, an alert's fingerprint) and through what.

    `trigger` is `cli`, `console`, `api`, `webhook` or `limits`; `request` is the id of the stored
    request that it answers, where there is one.
    """

    actor: str
    trigger: str
    request: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A repair as the journal tells it.

    `outcome` is None while it is under way, or after a crash until it is settled. `refusals` say
    who refused. `after` are the rows as the repair left them. `undone_by` is the applied repair
    that took it back; `superseded_at` when its rows were first found changed by somebody else,
    and `superseded_by` what they then said.
    """

    repair: Repair
    origin: Origin
    version: str
    instance: str
    begun_at: float
    outcome: Outcome | None = None
    ended_at: float | None = None
    detail: str = ""
    refusals: tuple[Refusal, ...] = ()
    after: Rows | None = None
    undone_by: str | None = None
    superseded_at: float | None = None
    superseded_by: str | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Repairs are paused: since when, by whom and why."""

    at: float
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """Somebody had a worker told to terminate these tasks of a timeline, to repair it then."""

    at: float
    actor: str
    timeline_id: int
    task_ids: tuple[str, ...]
    worker: str


@dataclass(frozen=True, slots=True)
class Brake:
    """The storm brake: when the storm was last seen, and when an operator last released it."""

    engaged_at: float | None = None
    released_at: float | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What guards need of the past, read in one transaction. `now` is the journal's clock.

    `granted_at` are the times of the repairs of the last hour that count against the budget:
    applied, or begun and not ended. `repaired_at` is when each target was last repaired or a
    repair of it undone. `orphaned_at` is when each target, with the status row that was judged,
    was first found orphaned.
    """

    now: float
    pause: Pause | None = None
    brake: Brake = field(default_factory=Brake)
    granted_at: tuple[float, ...] = ()
    repaired_at: Mapping[tuple[Target, int], float] = field(default_factory=dict)
    orphaned_at: Mapping[tuple[Target, int, int | None], float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many repairs of the whole journal ended how, and which guards refused how many.

    Every outcome and guard is there, with 0 where it never happened. A repair that two guards
    refused counts for both.
    """

    outcomes: Mapping[tuple[Target, Outcome], int]
    refusals: Mapping[Guard, int]
