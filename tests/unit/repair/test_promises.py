"""The promises of the design about repair, held on a model with replicas that crash anywhere."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from exporter.errors import UndoRefusedError
from exporter.repair.guards import GuardRules, Mode, Situation, standing
from exporter.repair.plan import PlanRules, plan, plan_undo
from exporter.repair.records import Brake, Outcome, Pause
from exporter.repair.rows import AnalysisRows, Target, TimelineRows
from exporter.snapshot import JudgedTimeline, Verdict
from tests.unit.repair.build import key_of
from tests.unit.repair.journal_model import Journal, Replica
from tests.unit.repair.timesketch_model import Timesketch, without_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.repair.changes import Repair
    from exporter.repair.rows import Rows
    from tests.unit.repair.timesketch_model import Key

RULES = GuardRules(
    mode=Mode.ENFORCE,
    budget=4,
    brake_share=0.5,
    brake_least=3,
    brake_window=60.0,
    brake_cool_down=120.0,
    cool_down=20.0,
)
HOUR = 3600.0
TIMELINES = st.integers(min_value=1, max_value=5)
REPLICAS = st.integers(min_value=0, max_value=1)
DURATIONS = st.sampled_from([1.0, 5.0, 30.0, 61.0, 125.0, 1200.0, 3601.0])


class Repairing(RuleBasedStateMachine):
    """Timesketch, its users and tasks, a journal, two replicas, operators, and bad luck."""

    def __init__(self) -> None:
        super().__init__()
        self.timesketch = Timesketch()
        self.journal = Journal()
        self.replicas = [Replica("a"), Replica("b")]
        self.put_back = 0.0
        self.ids = count(1)
        # What really happened, by the real clock and in the real order.
        self.granted: dict[str, float] = {}
        self.storm_seen: float | None = None
        self.first_found: dict[tuple[int, int | None], float] = {}
        self.released: float | None = None
        self.writes: dict[str, tuple[Rows, Rows]] = {}
        self.repaired: set[tuple[Key, int | None]] = set()
        self.judged_version: dict[str, int] = {}

    @property
    def clock(self) -> float:
        """The journal's clock."""
        return self.timesketch.now - self.put_back

    # ------------------------------------------------------------ Timesketch and its users

    @rule(
        timeline=TIMELINES,
        kind=st.sampled_from(["file", "file", "chunk", "chunk", "lost"]),
        index=st.sampled_from([None, "ready", "processing"]),
    )
    def upload(self, timeline: int, kind: str, index: str | None) -> None:
        """Somebody uploads something."""
        self.timesketch.upload(timeline, kind, index=index)
        self.pass_time(1.0)

    @initialize(kinds=st.lists(st.sampled_from(["file", "chunk", "lost"]), min_size=3, max_size=12))
    def begin_with(self, kinds: list[str]) -> None:
        """Some work is under way when the story begins."""
        for number, kind in enumerate(kinds):
            self.timesketch.upload(number % 5 + 1, kind, index="processing")

    @rule(timeline=TIMELINES, kind=st.sampled_from(["file", "chunk", "lost"]))
    def lose(self, timeline: int, kind: str) -> None:
        """Somebody uploads something, and whatever works on that timeline is lost."""
        self.timesketch.upload(timeline, kind, index="processing")
        for task in [each for each in self.timesketch.tasks if each.key[1] == timeline]:
            self.timesketch.die(task)

    @rule(timeline=TIMELINES, loses=st.booleans())
    def stream(self, timeline: int, loses: bool) -> None:  # noqa: FBT001
        """Somebody streams two chunks, which are imported; a third may be lost."""
        for _ in range(2):
            self.upload(timeline, "chunk", None)
            task = self.timesketch.tasks[-1]
            self.timesketch.begin(task)
            self.timesketch.end(task, well=True)
            self.pass_time(1.0)
        if loses:
            self.lose(timeline, "chunk")

    @rule(analysis=st.integers(min_value=1, max_value=2), timeline=TIMELINES)
    def analyze(self, analysis: int, timeline: int) -> None:
        """Somebody starts an analyzer."""
        if (Target.ANALYSIS, analysis) not in self.timesketch.rows:
            self.timesketch.add_analysis(analysis, timeline)

    @precondition(lambda self: self.timesketch.tasks)
    @rule(data=st.data(), fate=st.sampled_from(["begin", "well", "badly", "die", "die"]))
    def work(self, data: st.DataObject, fate: str) -> None:
        """A task goes on, ends or is lost."""
        task = data.draw(st.sampled_from(self.timesketch.tasks))
        if fate == "die":
            self.timesketch.die(task)
        elif fate == "begin" or not task.begun:
            self.timesketch.begin(task)
        else:
            self.timesketch.end(task, well=fate == "well")
        self.pass_time(1.0)

    @rule(seconds=DURATIONS)
    def pass_time(self, seconds: float) -> None:
        """Time passes."""
        self.timesketch.now += seconds

    @rule(seconds=st.sampled_from([10.0, 600.0]))
    def put_clock_back(self, seconds: float) -> None:
        """Somebody corrects the clock; a storm of before cannot be dated any more."""
        self.put_back += seconds
        self.journal.brake, self.storm_seen = Brake(), None
        self.journal.orphaned_at.clear()
        self.first_found.clear()

    # ------------------------------------------------------------ replicas

    @rule(replica=REPLICAS, forged=st.sampled_from([False, False, False, True]))
    def look(self, replica: int, forged: bool) -> None:  # noqa: FBT001
        """A replica scans; a forged verdict calls living tasks lost."""
        self._look(self.replicas[replica], forged=forged)

    @rule(replica=REPLICAS, rules=st.sampled_from([PlanRules(), PlanRules("fail")]))
    def read_and_plan(self, replica: int, rules: PlanRules) -> None:
        """A replica reads the rows of what it judged and plans."""
        self._plan(self.replicas[replica], rules)

    @rule(replica=REPLICAS)
    def claim(self, replica: int) -> None:
        """A replica asks for its next repair."""
        self._claim(self.replicas[replica])

    @rule(replica=REPLICAS)
    def write(self, replica: int) -> None:
        """A replica writes what it was granted, if the rows are those that were planned for."""
        self._write(self.replicas[replica])

    @rule(replica=REPLICAS)
    def finish(self, replica: int) -> None:
        """A replica takes the outcome down."""
        self._finish(self.replicas[replica])

    @rule(
        replica=REPLICAS,
        before=st.sampled_from(["", "wait", "release", "release"]),
        forged=st.booleans(),
    )
    def repair_all(self, replica: int, before: str, forged: bool) -> None:  # noqa: FBT001
        """A replica repairs all orphans undisturbed, maybe long after any storm or pause."""
        each = self.replicas[replica]
        self._write(each)
        self._finish(each)
        self._look(each, forged=forged)
        if before:
            self._observe(each)
            self.resume()
            self.pass_time(61.0)
        if before == "release":
            self.release()
        self._plan(each, PlanRules())
        while each.waiting:
            self._claim(each)
            self._write(each)
            self._finish(each)

    @rule(replica=REPLICAS, seconds=DURATIONS)
    def storm(self, replica: int, seconds: float) -> None:
        """The broker forgets every task, and a replica wants to repair at once, and again later."""
        for timeline in range(1, 5):
            self.lose(timeline, "file")
        self.timesketch.tasks.clear()
        self.repair_all(replica, "", forged=False)
        self.pass_time(seconds)
        self.repair_all(replica, "", forged=False)

    @rule(replica=REPLICAS, forged=st.booleans(), data=st.data())
    def race(self, replica: int, forged: bool, data: st.DataObject) -> None:  # noqa: FBT001
        """A replica repairs an orphan, and between any two of its steps something may happen."""
        each = self.replicas[replica]
        steps: tuple[Callable[[Replica], None], ...] = (
            partial(self._look, forged=forged),
            partial(self._plan, rules=PlanRules()),
            self._claim,
            self._write,
            self._finish,
        )
        for step in steps:
            if each is self.replicas[replica]:
                step(each)
                self._disturb(replica, data)

    def _disturb(self, replica: int, data: st.DataObject) -> None:
        match data.draw(st.sampled_from(["", "", "", "upload", "work", "replica", "crash"])):
            case "upload":
                self.upload(data.draw(TIMELINES), "file", None)
            case "work" if self.timesketch.tasks:
                self.work(data, data.draw(st.sampled_from(["begin", "well", "badly"])))
            case "replica":
                self.repair_all(1 - replica, before="release", forged=False)
            case "crash":
                self.crash(replica)

    @rule(replica=REPLICAS)
    def crash(self, replica: int) -> None:
        """A replica is killed and started again; a start settles what the dead left."""
        dead = self.replicas[replica]
        self.replicas[replica] = Replica(dead.name, dead.incarnation + 1)
        for entry in list(self.journal.entries.values()):
            if entry.outcome is None and entry.instance == dead.instance:
                repair_id = entry.repair.repair_id
                _, after = self.writes.get(repair_id, (None, None))
                outcome = Outcome.ABANDONED if after is None else Outcome.APPLIED
                self.journal.finish(repair_id, outcome, self.clock, after)

    @precondition(lambda self: self.writes)
    @rule(replica=REPLICAS, data=st.data(), steps=st.integers(min_value=1, max_value=3))
    def undo(self, replica: int, data: st.DataObject, steps: int) -> None:
        """An operator takes a repair back, or is interrupted on the way."""
        undone = data.draw(st.sampled_from(sorted(self.writes)))
        try:
            undo = plan_undo(self.journal.entries[undone], repair_id=self._id(), now=self.clock)
        except UndoRefusedError:
            return
        each = self.replicas[replica]
        if each.claimed is None and each.written is None:
            each.waiting.insert(0, undo)
            each.situation = each.situation or Situation(complete=True)
            for step in (self._claim, self._write, self._finish)[:steps]:
                step(each)

    # ------------------------------------------------------------ operators

    @rule()
    def pause(self) -> None:
        """An operator pauses repairs."""
        self.journal.pause = Pause(self.clock, "root", "upgrade")

    @rule()
    def resume(self) -> None:
        """An operator ends the pause."""
        self.journal.pause = None

    @rule()
    def release(self) -> None:
        """An operator releases the brake."""
        self.journal.brake = replace(self.journal.brake, released_at=self.clock)
        self.storm_seen, self.released = None, self.timesketch.now

    # ------------------------------------------------------------ what must hold

    @invariant()
    def journal_and_rows_agree(self) -> None:
        """What the journal calls applied was written, and what it calls anything else was not."""
        for repair_id, entry in self.journal.entries.items():
            if entry.outcome is not None:
                assert (entry.outcome is Outcome.APPLIED) == (repair_id in self.writes)

    @invariant()
    def the_budget_holds(self) -> None:
        """Never more repairs within any hour than the budget, those under way included."""
        counted = [
            at
            for repair_id, at in self.granted.items()
            if self.journal.entries[repair_id].outcome in {None, Outcome.APPLIED}
        ]
        for first, last in zip(counted, counted[RULES.budget :], strict=False):
            assert last - first >= HOUR

    @invariant()
    def what_is_shown_is_what_is_done(self) -> None:
        """The budget that is told is what is left by the journal."""
        shown = standing(None, self.journal.history(self.clock, RULES), RULES)
        assert 0 <= shown.budget_remaining <= RULES.budget
        assert (shown.budget_remaining == 0) == (shown.budget_free_at is not None)

    # ------------------------------------------------------------ one step of a replica

    def _look(self, replica: Replica, *, forged: bool) -> None:
        replica.judged = self.timesketch.look(forged=forged)
        self.pass_time(0.5)
        replica.versions = dict(self.timesketch.version)
        replica.forged = forged
        timelines = [each for each in replica.judged if isinstance(each, JudgedTimeline)]
        replica.situation = Situation(
            complete=True,
            processing=len(timelines),
            orphaned=tuple(
                (Target.TIMELINE, each.timeline.timeline_id, each.timeline.status_id)
                for each in timelines
                if each.verdict is Verdict.ORPHANED
            ),
        )

    def _plan(self, replica: Replica, rules: PlanRules) -> None:
        made = plan(
            replica.judged,
            dict(self.timesketch.rows),
            judged_at=self.clock,
            rules=rules,
            new_id=self._id,
        )
        orphaned = {key_of(each) for each in replica.judged if each.verdict is Verdict.ORPHANED}
        changed = {
            key for key in orphaned if replica.versions.get(key) != self.timesketch.version.get(key)
        }
        for repair in made.repairs:
            assert repair.key in orphaned - changed
            self.judged_version[repair.repair_id] = replica.versions[repair.key]
        replica.waiting = list(made.repairs)

    def _claim(self, replica: Replica) -> None:
        situation = replica.situation
        busy = replica.claimed is not None or replica.written is not None
        if situation is None or busy or not replica.waiting:
            return
        repair = replica.waiting.pop(0)
        if repair.undoes is None:
            self._observe(replica)
        else:
            situation = Situation(complete=True)  # as the engine's undo has it: no scan is needed
        storm = self._storm(situation)
        entry = self.journal.claim(repair, situation, self.clock, RULES, replica.instance)
        if entry.outcome is not None:
            return
        replica.claimed = repair
        if repair.undoes is None:
            self.granted[repair.repair_id] = self.timesketch.now
            assert self.journal.pause is None
            assert not storm
            cooled = self.timesketch.now - RULES.brake_cool_down
            assert self.storm_seen is None or self.storm_seen <= cooled

    def _observe(self, replica: Replica) -> None:
        if replica.situation is not None:
            self.journal.observe(replica.situation, self.clock)
            for _, timeline_id, status_id in replica.situation.orphaned:
                self.first_found.setdefault((timeline_id, status_id), self.timesketch.now)

    def _storm(self, situation: Situation) -> bool:
        """Whether this very scan shows a storm, told in the simplest way."""
        since = max(self.timesketch.now - RULES.brake_window, self.released or 0.0)
        fresh = {
            timeline_id
            for _, timeline_id, status_id in situation.orphaned
            if self.first_found[timeline_id, status_id] > since
        }
        share = RULES.brake_share * situation.processing
        seen = len(fresh) >= RULES.brake_least and len(fresh) > share
        if seen:
            self.storm_seen = self.timesketch.now
        return seen

    def _write(self, replica: Replica) -> None:
        repair = replica.claimed
        if repair is None:
            return
        replica.claimed = None
        before = self.timesketch.rows[repair.key]
        if before != repair.rows:
            replica.written = (repair, Outcome.UNCHANGED, None)
            return
        after = self.timesketch.write(repair.key, repair.changes)
        assert repair.repair_id in self.journal.entries
        assert repair.repair_id not in self.writes
        self.writes[repair.repair_id] = (before, after)
        replica.written = (repair, Outcome.APPLIED, after)
        if repair.undoes is None:
            self._check_repair(repair, before, after)
        else:
            assert without_ids(after) == without_ids(self.writes[repair.undoes][0])

    def _check_repair(self, repair: Repair, before: Rows, after: Rows) -> None:
        assert self.timesketch.version[repair.key] == self.judged_version[repair.repair_id]
        judged = (repair.key, repair.status_id)
        assert judged not in self.repaired
        self.repaired.add(judged)
        assert len(after.statuses) == 1
        if isinstance(before, AnalysisRows) or isinstance(after, AnalysisRows):
            assert after.statuses[0].status == "ERROR"
            return
        assert after.statuses[0].status in {"ready", "fail"}
        imported = {each.data_source_id for each in before.data_sources} & self.timesketch.imported
        for was, now in zip(before.data_sources, after.data_sources, strict=True):
            if was == now:
                continue
            assert [each.status for each in now.statuses] == ["fail"]
            assert repair.repair_id in (now.error_message or "")
            assert was.data_source_id not in imported - self._first_chunk(before)

    def _first_chunk(self, rows: TimelineRows) -> set[int]:
        """The data source that the tasks of all chunks update."""
        chunks = {each.data_source_id for each in rows.data_sources} & self.timesketch.streamed
        return {min(chunks)} if chunks else set()

    def _finish(self, replica: Replica) -> None:
        if replica.written is None:
            return
        repair, outcome, after = replica.written
        replica.written = None
        self.journal.finish(repair.repair_id, outcome, self.clock, after)

    def _id(self) -> str:
        return f"repair-{next(self.ids)}"


Repairing.TestCase.settings = settings(max_examples=80, stateful_step_count=40)
TestRepairing = Repairing.TestCase
