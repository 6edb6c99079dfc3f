"""What was recorded of a run, as frozen values. Moments are seconds of CLOCK_MONOTONIC.

All processes of a machine share that clock, and no mishap of a story jumps it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Target = tuple[str, int]
"""`timeline` or `analysis`, and its id in Timesketch's database."""


class Author(StrEnum):
    """Who changes rows; each is a database user of its own."""

    WEB = "timesketch"
    WORKER = "chaos_worker"
    REPAIRER = "chaos_repairer"


@dataclass(frozen=True, slots=True)
class Begun:
    """A process began to run a task; `worker` is the process that handed it the task."""

    at: float
    pid: int
    worker: int
    task_id: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A process was through with a task, and had sent on what comes after it."""

    at: float
    pid: int
    task_id: str


@dataclass(frozen=True, slots=True)
class Held:
    """All tasks that a worker had in hand from `at` on; at the look `before`, it had others."""

    at: float
    before: float
    pid: int
    task_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Death:
    """A process was alive at `alive_at`, and dead at `gone_at`."""

    pid: int
    alive_at: float
    gone_at: float


@dataclass(frozen=True, slots=True)
class InBroker:
    """A message was last in the broker at `alive_at`, and not there any more at `gone_at`."""

    task_id: str
    alive_at: float
    gone_at: float


@dataclass(frozen=True, slots=True)
class Work:
    """What a row waits for from `committed` on: any of these tasks does it or leads to it.

    Whoever sends them had them in hand until `sent`. `index` is the search index they work on.
    """

    target: Target
    committed: float
    sent: float
    task_ids: tuple[str, ...]
    index: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan of one exporter, from its start on.

    It ended after `ended_from` and before `ended_to`, and took `seconds`. `verdicts` are None where
    nobody read them in time, or the scan could not read the rows. `absent` are the orphans that
    were found nowhere in this very scan, `reasons` what it says of each orphan.
    """

    exporter: str
    ended_from: float
    ended_to: float
    seconds: float
    complete: bool
    verdicts: Mapping[Target, str] | None
    absent: frozenset[Target] = frozenset()
    reasons: Mapping[Target, str] = field(default_factory=dict)

    @property
    def began_from(self) -> float:
        """It did not begin before this."""
        return self.ended_from - self.seconds

    @property
    def began_to(self) -> float:
        """It had begun by then."""
        return self.ended_to - self.seconds


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody said at `at`, or before, that this was orphaned, as its rows were `by` then."""

    who: str
    target: Target
    by: float
    at: float
    reasons: str = ""


@dataclass(frozen=True, slots=True)
class RowChange:
    """A status row was written (`operation` INSERT, UPDATE) or removed (DELETE)."""

    at: float
    author: str
    transaction: int
    table: str
    operation: str
    parent_id: int
    status_id: int
    status: str


@dataclass(frozen=True, slots=True)
class Repair:
    """An entry of the journal."""

    repair_id: str
    target: Target
    outcome: str | None
    status_id: int | None


@dataclass(frozen=True, slots=True)
class Request:
    """What an alert asked for, and how that ended, if it did."""

    request_id: str
    target: str
    outcome: str | None
