"""Repairs from a judgement to the journal's last word; the one way that everybody takes.

Each step is another's work: plan and guards decide, the writer writes, the journal remembers. Here
is only their order, which is what makes a crash harmless: an intent in the journal, then one
transaction in Timesketch's database, then the outcome in the journal.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from exporter.errors import ExporterError, JournalError, OutcomeLostError, RepairUnsettledError
from exporter.repair.guards import GuardRules, Mode, Situation, decide
from exporter.repair.identifiers import is_dead, new_repair_id
from exporter.repair.plan import PlanRules, Requeues, plan, plan_undo
from exporter.repair.records import Outcome
from exporter.repair.review import review
from exporter.repair.revoke import as_if_gone, as_judged, with_revocations
from exporter.repair.targets import (
    key_of,
    last_messages,
    last_workers,
    orphaned_timelines,
    seen_on,
)
from exporter.snapshot import JudgedTimeline

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from exporter.repair.changes import Repair
    from exporter.repair.guards import Decision
    from exporter.repair.interfaces import Journal, Requeuer, RowsReader, Writer
    from exporter.repair.plan import Plan
    from exporter.repair.records import Entry, History, Origin
    from exporter.repair.requeue.upload import Requeueing
    from exporter.repair.revoke import Revocation
    from exporter.repair.rows import Rows
    from exporter.repair.targets import Judged
    from exporter.snapshot import Judgement

INTENT_LASTS = 60.0
"""Seconds after which an intent may no longer be begun to be written."""

FOREIGN_INTENT_LASTS = 120.0
"""Seconds after which an intent is settled whose process may be alive elsewhere."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What would be done, and what the guards say of it now; nothing is claimed yet.

    `decisions` are by repair id, as if the repairs before in the plan had been carried out.
    """

    plan: Plan
    situation: Situation
    decisions: Mapping[str, Decision]


class Engine:
    """Carries out repairs and undos. Safe to be used by several threads."""

    def __init__(
        self,
        *,
        journal: Journal,
        rows: RowsReader,
        writer: Writer,
        requeuer: Requeuer,
        plan_rules: PlanRules,
        guard_rules: GuardRules,
        instance: str,
        new_id: Callable[[], str] = new_repair_id,
        monotonic: Callable[[], float] = time.monotonic,
        is_dead: Callable[[str], bool] = is_dead,
    ) -> None:
        self._journal = journal
        self._rows = rows
        self._writer = writer
        self._requeuer = requeuer
        self._plan_rules = plan_rules
        self._guard_rules = guard_rules
        self._instance = instance
        self._new_id = new_id
        self._monotonic = monotonic
        self._is_dead = is_dead
        self._lock = threading.Lock()
        self._under_way: set[str] = set()

    def prepare(
        self,
        judgement: Judgement,
        wanted: Callable[[Judged], bool],
        *,
        requeueing: Requeueing | None = None,
    ) -> Prepared:
        """Read the rows of what is `wanted`, plan, and ask the guards without claiming anything.

        With `requeueing`, lost imports are to begin anew, and analyses are left alone. Raises
        SourceError where the rows cannot be read, JournalError where the past cannot.
        """
        made = self._planned(judgement, wanted, requeueing)
        made = replace(made, repairs=self._explained(made.repairs))
        situation = self._situation(judgement, made.repairs)
        self._journal.observe(situation.orphaned, last_workers(judgement), last_messages(judgement))
        return self._decided(made, situation, self._history())

    def foresee(
        self,
        judgement: Judgement,
        wanted: Callable[[Judged], bool],
        revocations: Mapping[int, Revocation],
    ) -> Prepared:
        """What `prepare` would say once the tasks of these timelines (by id) are terminated.

        So no task is terminated whose timeline may not be repaired then. The plan is for showing
        and for `foretell`: its evidence has the present verdicts. Raises as `prepare` does.
        """
        then = as_if_gone(judgement, revocations)
        made = self._planned(then, wanted)
        repairs = tuple(as_judged(repair, judgement) for repair in made.repairs)
        situation = self._situation(then, repairs)
        history = self._history()
        new = dict.fromkeys(situation.orphaned, history.now)
        history = replace(history, orphaned_at={**new, **history.orphaned_at})
        return self._decided(replace(made, repairs=repairs), situation, history)

    def foretell(self, repair: Repair, decision: Decision, origin: Origin) -> Entry:
        """Journal a foreseen repair that is not carried out: as refused, or else as a dry run.

        The storm in the decision, if there is one, has not come yet and is not journalled. Raises
        JournalError.
        """
        told = replace(decision, storm=False, dry_run=not decision.refusals)
        return self._carry_out(repair, origin, lambda _: told)

    def _planned(
        self,
        judgement: Judgement,
        wanted: Callable[[Judged], bool],
        requeueing: Requeueing | None = None,
    ) -> Plan:
        analyses = judgement.analyses if requeueing is None else ()
        all_judged: tuple[Judged, ...] = (*judgement.timelines, *analyses)
        judged = [item for item in all_judged if wanted(item)]
        rows = self._rows.read([key_of(item) for item in judged])
        # A judge without a memory, as a command's is, cannot know what a running exporter saw.
        workers = self._journal.last_workers(orphaned_timelines(judgement))
        judged = [seen_on(item, workers) for item in judged]
        return plan(
            judged,
            rows,
            judged_at=judgement.at,
            rules=self._plan_rules,
            new_id=self._new_id,
            requeues=self._requeues(judged, judgement, requeueing),
        )

    def _requeues(
        self, judged: Collection[Judged], judgement: Judgement, requeueing: Requeueing | None
    ) -> Requeues | None:
        if requeueing is None:
            return None
        timelines = [each for each in judged if isinstance(each, JudgedTimeline)]
        known = self._journal.messages([each.timeline.timeline_id for each in timelines])
        return Requeues(requeueing, self._requeuer.look(timelines, judgement, known))

    def _explained(self, repairs: tuple[Repair, ...]) -> tuple[Repair, ...]:
        """The repairs, with what was terminated for them in their evidence."""
        if not repairs:
            return ()
        since = min(repair.evidence.since for repair in repairs)
        revoked = self._journal.revocations(since=since)
        return tuple(with_revocations(repair, revoked) for repair in repairs)

    def _decided(self, made: Plan, situation: Situation, history: History) -> Prepared:
        decisions = {}
        for repair in made.repairs:
            decision = decide(repair, situation, history, self._guard_rules)
            decisions[repair.repair_id] = decision
            if decision.granted or decision.dry_run:
                granted = (*history.granted_at, history.now)
                history = replace(history, granted_at=granted)
        return Prepared(made, situation, decisions)

    def perform(
        self, repair: Repair, situation: Situation, origin: Origin, *, dry_run: bool = False
    ) -> Entry:
        """Carry out a planned repair; what became of it is in the entry, a failure too.

        Raises JournalError if the intent could not be journalled (then nothing was written), and
        OutcomeLostError or RepairUnsettledError if the next `reconcile` must find out.
        """
        rules = self._guard_rules
        if dry_run and rules.mode is not Mode.OFF:
            rules = replace(rules, mode=Mode.DRY_RUN)
        self._journal.observe(situation.orphaned)
        return self._carry_out(
            repair, origin, lambda history: decide(repair, situation, history, rules)
        )

    def refuse(self, repair: Repair, decision: Decision, origin: Origin) -> Entry:
        """Journal a repair that was refused when it was shown, and do not try it once more.

        Nobody confirmed it, so it may not be written even if the guard has let go since. Raises
        JournalError, and ValueError for a decision that refuses nothing.
        """
        if not decision.refusals:
            raise ValueError(f"repair {repair.repair_id} was not refused")
        return self._carry_out(repair, origin, lambda _: replace(decision, dry_run=False))

    def plan_undo(self, repair_id: str) -> Repair:
        """The repair that takes another one back.

        Raises UnknownRepairError, UndoRefusedError where it cannot be taken back, or, of a requeue
        whose task has to be looked for, a SourceError.
        """
        entry = self._journal.entry(repair_id)
        undo = plan_undo(entry, repair_id=self._new_id(), now=self._history().now)
        if undo.requeue is not None:
            self._requeuer.require_not_begun(undo.requeue)
        return undo

    def undo(self, undo: Repair, origin: Origin) -> Entry:
        """Carry out what `plan_undo` returned; raises as `perform` does."""
        nothing = Situation(complete=True)
        return self._carry_out(
            undo, origin, lambda history: decide(undo, nothing, history, self._guard_rules)
        )

    def reconcile(self) -> tuple[Entry, ...]:
        """Settle what a crash left without an outcome, from what the rows say.

        Raises JournalError. A repair of which nobody can say is left for the next time.
        """
        unfinished = self._journal.unfinished()
        if not unfinished:
            return ()
        now = self._history().now
        settled = (self._settle(entry) for entry in unfinished if self._is_left(entry, now))
        return tuple(entry for entry in settled if entry is not None)

    def review(self) -> tuple[Entry, ...]:
        """Find the repairs that somebody's later change has superseded; raises as `review`."""
        return review(self._journal, self._rows, now=self._history().now)

    def _situation(self, judgement: Judgement, repairs: Collection[Repair]) -> Situation:
        sketches = {repair.sketch_id for repair in repairs if repair.sketch_id is not None}
        # Without protected labels nobody need be asked for any.
        protected = self._guard_rules.protected_labels and sketches
        found = self._rows.labels(sketches) if protected else {}
        return Situation(
            complete=judgement.complete,
            incomplete_because=judgement.incomplete_because,
            processing=len(judgement.timelines),
            orphaned=orphaned_timelines(judgement),
            labels={sketch: found.get(sketch, frozenset()) for sketch in sketches},
        )

    def _history(self) -> History:
        return self._journal.history(orphan_window=self._guard_rules.brake_window)

    def _carry_out(
        self, repair: Repair, origin: Origin, decided: Callable[[History], Decision]
    ) -> Entry:
        began = self._monotonic()
        with self._lock:
            self._under_way.add(repair.repair_id)
        try:
            entry = self._journal.claim(
                repair, origin, decided, orphan_window=self._guard_rules.brake_window
            )
            if entry.outcome is None:
                entry = self._write(repair, began)
        finally:
            with self._lock:
                self._under_way.discard(repair.repair_id)
        _tell(entry)
        return entry

    def _write(self, repair: Repair, began: float) -> Entry:
        done: list[str] = []

        def may_write() -> bool:
            if self._monotonic() - began >= INTENT_LASTS:
                return False
            done[:] = [self._requeuer.before_rows(repair)]
            return True

        try:
            applied = self._writer.apply(repair, may_write=may_write)
            if applied.outcome is Outcome.APPLIED:
                self._requeuer.after_rows(repair)
        except RepairUnsettledError:
            raise  # the intent stays open until the rows can be read
        except ExporterError as error:
            return self._finish(repair, Outcome.FAILED, detail=str(error), after=None)
        detail = applied.detail or "".join(done)
        return self._finish(repair, applied.outcome, detail=detail, after=applied.after)

    def _finish(
        self, repair: Repair, outcome: Outcome, *, detail: str, after: Rows | None
    ) -> Entry:
        try:
            return self._journal.finish(repair.repair_id, outcome, detail=detail, after=after)
        except JournalError as error:
            did = "was written to Timesketch" if outcome is Outcome.APPLIED else "wrote nothing"
            message = (
                f"repair {repair.repair_id} {did}, but the journal could not take that down "
                f"({error}); the next start of serve or repair settles it from the rows"
            )
            raise OutcomeLostError(message) from error

    def _is_left(self, entry: Entry, now: float) -> bool:
        """Whether nobody can be working on this intent any more."""
        with self._lock:
            if entry.repair.repair_id in self._under_way:
                return False
        return (
            entry.instance == self._instance
            or self._is_dead(entry.instance)
            or now - entry.begun_at > FOREIGN_INTENT_LASTS
        )

    def _settle(self, entry: Entry) -> Entry | None:
        repair = entry.repair
        try:
            written = self._requeuer.settle(repair, self._writer.settle(repair))
        except ExporterError as error:
            _log.warning(
                "repair unsettled", extra={"repair_id": repair.repair_id, "error": str(error)}
            )
            return None
        if written is None:
            detail = "its process ended before it wrote anything"
            settled = self._journal.finish(repair.repair_id, Outcome.ABANDONED, detail=detail)
        else:
            settled = self._journal.finish(
                repair.repair_id, written.outcome, detail=written.detail, after=written.after
            )
        _tell(settled)
        return settled


def _tell(entry: Entry) -> None:
    repair = entry.repair
    _log.info(
        "repair",
        extra={
            "repair_id": repair.repair_id,
            "outcome": str(entry.outcome),
            "target": str(repair.target),
            "target_id": repair.target_id,
            "sketch_id": repair.sketch_id,
            "undoes": repair.undoes,
            "because": "; ".join(refusal.reason for refusal in entry.refusals) or entry.detail,
        },
    )
