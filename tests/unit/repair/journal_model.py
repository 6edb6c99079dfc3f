"""A journal in memory, and replicas that repair by way of it and crash anywhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from exporter.repair.guards import decide
from exporter.repair.records import Brake, Entry, History, Origin, Outcome, Pause
from exporter.repair.rows import Target

if TYPE_CHECKING:
    from exporter.repair.changes import Repair
    from exporter.repair.guards import GuardRules, Situation
    from exporter.repair.plan import Plan
    from exporter.repair.rows import Rows
    from exporter.snapshot import JudgedAnalysis, JudgedTimeline
    from tests.unit.repair.timesketch_model import Key

Sighting = tuple[Target, int, int | None]


class Journal:
    """What the real one remembers, by a clock that can be put back."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.pause: Pause | None = None
        self.brake = Brake()
        self.orphaned_at: dict[Sighting, float] = {}

    def history(self, now: float, rules: GuardRules) -> History:
        """The past as guards are told it."""
        applied = [entry for entry in self.entries.values() if entry.outcome is Outcome.APPLIED]
        granted = [entry for entry in self.entries.values() if entry.outcome is None]
        return History(
            now=now,
            pause=self.pause,
            brake=self.brake,
            granted_at=tuple(
                entry.begun_at
                for entry in (*applied, *granted)
                if entry.repair.undoes is None and entry.begun_at > now - 3600.0
            ),
            repaired_at={
                entry.repair.key: entry.ended_at
                for entry in sorted(applied, key=lambda each: each.ended_at or 0.0)
                if entry.ended_at is not None
            },
            orphaned_at={
                sighting: at
                for sighting, at in self.orphaned_at.items()
                if at > now - rules.brake_window
            },
        )

    def observe(self, situation: Situation, now: float) -> None:
        """Remember when each orphan was first found."""
        for sighting in situation.orphaned:
            self.orphaned_at.setdefault(sighting, now)

    def claim(
        self, repair: Repair, situation: Situation, now: float, rules: GuardRules, instance: str
    ) -> Entry:
        """Decide and append, alone."""
        decision = decide(repair, situation, self.history(now, rules), rules)
        if decision.storm:
            self.brake = replace(self.brake, engaged_at=now)
        refused = Outcome.DRY_RUN if decision.dry_run else Outcome.REFUSED
        entry = Entry(
            repair=repair,
            origin=Origin("model", "cli"),
            version="1",
            instance=instance,
            begun_at=now,
            outcome=None if decision.granted else refused,
            refusals=decision.refusals,
        )
        assert repair.repair_id not in self.entries
        self.entries[repair.repair_id] = entry
        return entry

    def finish(self, repair_id: str, outcome: Outcome, now: float, after: Rows | None) -> None:
        """Append the outcome; a second one is none."""
        entry = self.entries[repair_id]
        if entry.outcome is None:
            self.entries[repair_id] = replace(entry, outcome=outcome, ended_at=now, after=after)
            undone = entry.repair.undoes
            if outcome is Outcome.APPLIED and undone is not None:
                self.entries[undone] = replace(self.entries[undone], undone_by=repair_id)


@dataclass(slots=True)
class Replica:
    """A process that repairs: what it holds in memory between two steps."""

    name: str
    incarnation: int = 0
    judged: list[JudgedTimeline | JudgedAnalysis] = field(default_factory=list)
    versions: dict[Key, int] = field(default_factory=dict)
    forged: bool = False
    situation: Situation | None = None
    planned: Plan | None = None
    waiting: list[Repair] = field(default_factory=list)
    claimed: Repair | None = None
    written: tuple[Repair, Outcome, Rows | None] | None = None

    @property
    def instance(self) -> str:
        """The process, told from those that ran before it."""
        return f"{self.name}:{self.incarnation}"
