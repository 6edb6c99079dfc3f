"""What a scrape is made from: plain values, so that rendering stays a pure function."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exporter.snapshot import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.snapshot import Judgement


@dataclass(frozen=True, slots=True)
class Limits:
    """The most series that one metric may have (settings `metrics.*`).

    Worker names are unbounded where every restart of a container makes a new one, and so are the
    queues that bindings in a broker name; hence limits for them as well, which are no settings:
    nobody runs a thousand Timesketch workers.
    """

    orphans: int = 500
    processing: int = 50
    workers: int = 1000
    queues: int = 1000


@dataclass(frozen=True, slots=True)
class RequestFigures:
    """The webhook's requests in numbers: those without an answer, and the others by outcome."""

    open: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JournalFigures:
    """What the journal says in numbers: repairs by target and outcome, refusals by guard."""

    repairs: Mapping[tuple[str, str], int]
    refusals: Mapping[str, int]
    paused: bool
    brake_engaged: bool
    budget_remaining: int
    requests: RequestFigures = field(default_factory=RequestFigures)


@dataclass(frozen=True, slots=True)
class RepairFigures:
    """How repairs stand. `journal` is None while the journal cannot be used."""

    mode: str = "dry-run"
    journal: JournalFigures | None = None


@dataclass(frozen=True, slots=True)
class WebhookFigures:
    """What this process was sent: notifications by the status of the answer, alerts by theirs."""

    codes: Mapping[str, int] = field(default_factory=dict)
    alerts: Mapping[str, int] = field(default_factory=dict)
    truncated: int = 0


@dataclass(frozen=True, slots=True)
class HistoryFigures:
    """How the history stands: events received and dropped since the start, by stream.

    `rows` are the stored events of tasks; None until they were counted.
    """

    up: bool = False
    rows: int | None = None
    received: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Published:
    """What is known right now: the latest judgement, if any, and what the service counted.

    `failures` counts failed scans by source; `sources` are those that scans are made from.
    `refusals` counts what the console refused, by reason. `history` is None where none is kept.
    """

    judgement: Judgement | None = None
    failures: Mapping[str, int] = field(default_factory=dict)
    sources: tuple[Source, ...] = tuple(Source)
    repair: RepairFigures = field(default_factory=RepairFigures)
    webhook: WebhookFigures = field(default_factory=WebhookFigures)
    refusals: Mapping[str, int] = field(default_factory=dict)
    history: HistoryFigures | None = None
