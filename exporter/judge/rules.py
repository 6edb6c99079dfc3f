"""The durations that verdicts are made with; all in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Rules:
    """What an operator may set about verdicts (settings `judge.*` and `workers.*`).

    `grace` is the least age of a status row before absence counts (rows are committed before their
    message is sent), `confirm_after` the least distance of the two complete scans that prove it.
    `drain_timeout` is how long a worker in warm shutdown may take, `reconnect_within` how long
    workers may take to come back after the broker was away (kombu waits up to 30 s between tries),
    `settle` how long a worker's connection must be gone before its tasks count as dead.
    `ignored_clients` names broker clients (address, host or client name) that are no workers.
    `quiet_after` is how long OpenSearch must show no new event of an import before the absence of
    its task counts; 0 where OpenSearch is not asked. `limits` are how long tasks may be active, by
    their name without its module.
    """

    grace: float = 60.0
    confirm_after: float = 15.0
    stalled_after: float = 43_200.0
    drain_timeout: float = 660.0
    reconnect_within: float = 45.0
    settle: float = 5.0
    forget_after: float = 86_400.0
    ignored_clients: tuple[str, ...] = ()
    quiet_after: float = 0.0
    limits: Mapping[str, float] = field(default_factory=dict)
