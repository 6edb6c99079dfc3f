"""A request for a repair that came from outside, and how it ends: values only.

A request is stored before anybody works on it, so it outlives a crash. Times are Unix seconds by
the journal's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.repair.rows import Target


class RequestOutcome(StrEnum):
    """What became of a request; the `outcome` label of the metrics.

    `needless`: nothing was orphaned any more. `unproven`: the evidence stayed incomplete for as
    long as the request was to wait.
    """

    REPAIRED = "repaired"
    DRY_RUN = "dry-run"
    REFUSED = "refused"
    NEEDLESS = "needless"
    FAILED = "failed"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Asked:
    """One alert as a request for a repair.

    `request_id` is the same whenever and by whomever the same alert is delivered. Without a
    `target_id` it asks for every orphan of its kind: the alerts of some were cut from the
    notification. `fingerprint` and `alert` are Alertmanager's names for the alert; `labels` are its
    labels as they came, a hint where to look and nothing more.
    """

    request_id: str
    target: Target
    target_id: int | None
    fingerprint: str
    alert: str
    labels: Mapping[str, str]

    @property
    def actor(self) -> str:
        """Who asks, as the journal takes it down."""
        return f"alert {self.alert} {self.fingerprint}".replace("  ", " ").strip()

    @property
    def subject(self) -> str:
        """What it asks for, in words."""
        if self.target_id is None:
            return f"every orphaned {self.target}"
        return f"{self.target} {self.target_id}"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a request ended; `repairs` are the ids of the journal's entries about it."""

    outcome: RequestOutcome
    detail: str
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A stored request; the same one may be made again later, as a further `attempt`.

    `instance` took it in. `conclusion` and `concluded_at` are None until it has ended.
    """

    sequence: int
    asked: Asked
    attempt: int
    received_at: float
    instance: str
    conclusion: Conclusion | None = None
    concluded_at: float | None = None


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What was stored of a notification: ids of requests, those that were there already apart."""

    accepted: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestTally:
    """How many requests have no end yet, and how the others ended; every outcome is there."""

    open: int
    outcomes: Mapping[RequestOutcome, int]
