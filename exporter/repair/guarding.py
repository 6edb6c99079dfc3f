"""The values of the guards: what they are told, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.repair.records import Pause, Refusal
    from exporter.repair.rows import Target


class Mode(StrEnum):
    """What repairs may do; the `mode` label of the metrics. It holds for everybody who asks."""

    OFF = "off"
    DRY_RUN = "dry-run"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class GuardRules:
    """The settings of the guards; durations in seconds, the budget in repairs an hour."""

    mode: Mode = Mode.DRY_RUN
    budget: int = 20
    brake_share: float = 0.5
    brake_least: int = 3
    brake_window: float = 600.0
    brake_cool_down: float = 1800.0
    cool_down: float = 900.0
    protected_sketches: frozenset[int] = frozenset()
    protected_labels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Situation:
    """What the scan that a repair rests on says of everything else.

    `processing` counts the processing timelines, of which `orphaned` are the orphaned ones (with
    the status row that was judged). `labels` are those of sketches that have any; it need hold
    only the sketches that repairs are planned in, and only where labels are protected.
    """

    complete: bool
    incomplete_because: tuple[str, ...] = ()
    processing: int = 0
    orphaned: tuple[tuple[Target, int, int | None], ...] = ()
    labels: Mapping[int, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """Who refuses, and why. `storm` says that the brake is (re-)engaged now.

    `dry_run` says that nobody refuses and nothing but the mode dry-run stands in the way.
    """

    refusals: tuple[Refusal, ...] = ()
    storm: bool = False
    dry_run: bool = False

    @property
    def granted(self) -> bool:
        """Whether the repair may write."""
        return not self.refusals and not self.dry_run


@dataclass(frozen=True, slots=True)
class Standing:
    """How the guards stand, for metrics and the console. Moments are Unix seconds.

    `brake_until` is until when the brake blocks at least; `budget_free_at` when the next repair is
    free once the budget is spent.
    """

    mode: Mode
    paused: Pause | None
    brake_engaged: bool
    brake_until: float | None
    budget_remaining: int
    budget_free_at: float | None
