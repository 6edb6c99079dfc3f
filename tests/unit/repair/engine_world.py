"""A journal, rows and a writer in memory, with an engine over them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from exporter.errors import UnknownRepairError
from exporter.repair.apply import Applied
from exporter.repair.engine import Engine
from exporter.repair.guards import GuardRules, Mode
from exporter.repair.plan import PlanRules
from exporter.repair.records import Entry, History, Origin, Outcome, Revoked
from exporter.repair.requeue.requeuer import Requeuer
from exporter.repair.requeue.spot import Spot
from exporter.repair.requeue.upload import FileFound
from exporter.repair.rows import Target, TimelineRows
from tests.unit.repair.build import AT, ids

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from exporter.errors import ExporterError
    from exporter.repair.changes import Repair, Requeue
    from exporter.repair.guards import Decision
    from exporter.repair.rows import Rows
    from exporter.snapshot import TaskMessage

CLI = Origin("root@host", "cli")
HERE = "host/1:100:7"


@dataclass
class FakeJournal:
    """Entries in a dictionary; `broken` is raised by whatever `breaks` names."""

    now: float = AT
    held: dict[str, Entry] = field(default_factory=dict)
    observed: list[tuple[Target, int, int | None]] = field(default_factory=list)
    workers: dict[tuple[Target, int, int | None], str] = field(default_factory=dict)
    sent: dict[int, tuple[TaskMessage, ...]] = field(default_factory=dict)
    granted_at: tuple[float, ...] = ()
    revoked: tuple[Revoked, ...] = ()
    breaks: str = ""
    broken: ExporterError | None = None

    def observe(
        self,
        orphaned: Collection[tuple[Target, int, int | None]],
        workers: Mapping[tuple[Target, int, int | None], str] = MappingProxyType({}),
        messages: Mapping[int, Collection[TaskMessage]] = MappingProxyType({}),
    ) -> None:
        """Remember them."""
        self._fail("observe")
        self.observed += orphaned
        self.workers = {**workers, **self.workers}
        self.sent |= {timeline_id: tuple(sent) for timeline_id, sent in messages.items()}

    def messages(self, timeline_ids: Collection[int]) -> Mapping[int, tuple[TaskMessage, ...]]:
        """Those that were told."""
        return {each: self.sent[each] for each in timeline_ids if each in self.sent}

    def last_workers(
        self, orphaned: Collection[tuple[Target, int, int | None]]
    ) -> Mapping[tuple[Target, int, int | None], str]:
        """Those that were told."""
        return {key: self.workers[key] for key in orphaned if key in self.workers}

    def history(self, *, orphan_window: float) -> History:
        """The past, without any storm."""
        assert orphan_window > 0
        return History(now=self.now, granted_at=self.granted_at)

    def claim(
        self,
        repair: Repair,
        origin: Origin,
        decide: Callable[[History], Decision],
        *,
        orphan_window: float,
    ) -> Entry:
        """Append the intent, and the outcome where the decision is one."""
        self._fail("claim")
        decision = decide(self.history(orphan_window=orphan_window))
        outcome = None
        if not decision.granted:
            outcome = Outcome.DRY_RUN if decision.dry_run else Outcome.REFUSED
        entry = Entry(
            repair, origin, "0", HERE, self.now, outcome=outcome, refusals=decision.refusals
        )
        self.held[repair.repair_id] = entry
        return entry

    def finish(
        self, repair_id: str, outcome: Outcome, *, detail: str = "", after: Rows | None = None
    ) -> Entry:
        """Append the outcome once."""
        self._fail("finish")
        entry = self.held[repair_id]
        if entry.outcome is None:
            entry = replace(entry, outcome=outcome, detail=detail, after=after)
            self.held[repair_id] = entry
        return entry

    def entry(self, repair_id: str) -> Entry:
        """The entry of exactly this id."""
        if repair_id not in self.held:
            raise UnknownRepairError(f"the journal holds no repair {repair_id}")
        return self.held[repair_id]

    def unfinished(self) -> tuple[Entry, ...]:
        """Intents without an outcome."""
        return tuple(entry for entry in self.held.values() if entry.outcome is None)

    def standing_repairs(self, *, since: float) -> tuple[Entry, ...]:
        """What was applied and not superseded."""
        return tuple(
            entry
            for entry in self.held.values()
            if entry.outcome is Outcome.APPLIED
            and entry.superseded_at is None
            and entry.begun_at >= since
        )

    def revocations(self, *, since: float) -> tuple[Revoked, ...]:
        """Those since then."""
        return tuple(each for each in self.revoked if each.at >= since)

    def revoke(
        self, timeline_id: int, task_ids: Collection[str], origin: Origin, *, worker: str
    ) -> None:
        """Remember who had them terminated."""
        self._fail("revoke")
        told = Revoked(self.now, origin.actor, timeline_id, tuple(task_ids), worker)
        self.revoked = (*self.revoked, told)

    def supersede(self, repair_id: str, by: str) -> None:
        """Remember by what."""
        self.held[repair_id] = replace(
            self.held[repair_id], superseded_at=self.now, superseded_by=by
        )

    def _fail(self, what: str) -> None:
        if self.broken is not None and what == self.breaks:
            raise self.broken


@dataclass
class FakeRows:
    """The rows that can be read, and labels."""

    held: dict[tuple[Target, int], Rows] = field(default_factory=dict)
    labelled: dict[int, frozenset[str]] = field(default_factory=dict)
    labels_asked: list[int] = field(default_factory=list)

    def files(self, timeline_ids: Collection[int]) -> Mapping[int, Mapping[int, str]]:
        """Each data source's own name, in the folder of uploads."""
        return {
            timeline_id: {
                source.data_source_id: f"/uploads/{source.name}" for source in rows.data_sources
            }
            for timeline_id in timeline_ids
            if isinstance(rows := self.held.get((Target.TIMELINE, timeline_id)), TimelineRows)
        }

    def read(self, wanted: Collection[tuple[Target, int]]) -> Mapping[tuple[Target, int], Rows]:
        """Those that exist."""
        return {key: rows for key, rows in self.held.items() if key in wanted}

    def labels(self, sketch_ids: Collection[int]) -> Mapping[int, frozenset[str]]:
        """Those of sketches that have any."""
        self.labels_asked += sketch_ids
        return {sketch: found for sketch, found in self.labelled.items() if sketch in sketch_ids}


@dataclass
class FakeWriter:
    """Answers as told, after whatever `meanwhile` does; `written` are the repairs it wrote."""

    answer: Applied | ExporterError = field(
        default_factory=lambda: Applied(Outcome.APPLIED, None, "")
    )
    settled: Applied | ExporterError | None = None
    written: list[str] = field(default_factory=list)
    allowed: list[bool] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None

    def apply(self, repair: Repair, *, may_write: Callable[[], bool]) -> Applied:
        """Write, if the answer is that it was written."""
        self.meanwhile()
        self.allowed.append(may_write())
        if not isinstance(self.answer, Applied):
            raise self.answer
        self.written.append(repair.repair_id)
        return self.answer

    def settle(self, repair: Repair) -> Applied | None:
        """What a crash left of it."""
        del repair
        if self.settled is not None and not isinstance(self.settled, Applied):
            raise self.settled
        return self.settled


@dataclass
class FakeIndex:
    """So many events of the one timeline; `deletes` at most."""

    events: int = 0
    deletes: int = 1_000_000

    def count(self, index_name: str, timeline_id: int) -> int:
        """All of them."""
        assert (index_name, timeline_id) == ("abc", 5)
        return self.events

    def delete(self, index_name: str, timeline_id: int) -> int:
        """As many as it may."""
        gone = min(self.count(index_name, timeline_id), self.deletes)
        self.events -= gone
        return gone


class FakeFolder:
    """Every file is there."""

    def find(self, path: str) -> FileFound | str:
        """Found, unless its name says that it is gone."""
        return "it is gone" if "gone" in path else FileFound()


@dataclass
class FakeCelery:
    """What was sent and revoked, and where every task is said to be."""

    sent: list[Requeue] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    found: Spot = field(default_factory=lambda: Spot(None, begun=False, doubt="", heard=1))
    broken: ExporterError | None = None

    def send(self, requeue: Requeue) -> None:
        """Take it."""
        if self.broken is not None:
            raise self.broken
        self.sent.append(requeue)

    def spot(self, task_id: str) -> Spot:
        """Where it was put."""
        assert task_id
        return self.found


@dataclass
class World:
    """All of it, with a clock that is moved by hand."""

    rules: GuardRules = field(default_factory=lambda: GuardRules(mode=Mode.ENFORCE))
    journal: FakeJournal = field(default_factory=FakeJournal)
    rows: FakeRows = field(default_factory=FakeRows)
    writer: FakeWriter = field(default_factory=FakeWriter)
    index: FakeIndex = field(default_factory=FakeIndex)
    celery: FakeCelery = field(default_factory=FakeCelery)
    tick: float = 1000.0
    dead: set[str] = field(default_factory=set)
    engine: Engine = field(init=False)

    @property
    def requeuer(self) -> Requeuer:
        """A requeuer that finds every file, and sends to a Celery in memory."""
        return Requeuer(
            files=self.rows,
            index=self.index,
            folder=FakeFolder(),
            send=self.celery.send,
            revoke=self.celery.revoked.append,
            spot=self.celery.spot,
        )

    def __post_init__(self) -> None:
        """Make the engine."""
        self.engine = Engine(
            journal=self.journal,
            rows=self.rows,
            writer=self.writer,
            requeuer=self.requeuer,
            plan_rules=PlanRules(),
            guard_rules=self.rules,
            instance=HERE,
            new_id=ids(),
            monotonic=lambda: self.tick,
            is_dead=self.dead.__contains__,
        )
