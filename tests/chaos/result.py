"""What a run has shown: from everything that was recorded to figures and violations. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from tests.chaos.judging import SLACK, claims, false_orphans, first_found, missed_orphans
from tests.chaos.judging_repairs import by_outcome, judge_repairs
from tests.chaos.peer import Score, score
from tests.chaos.record import Begun
from tests.chaos.settings import BOUNDS
from tests.chaos.truth import find_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.chaos.judging import Violation
    from tests.chaos.peer import Check
    from tests.chaos.record import (
        Claim,
        Death,
        Ended,
        Held,
        InBroker,
        Repair,
        Request,
        RowChange,
        Scan,
        Work,
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was recorded of a run until `now`."""

    now: float
    records: Sequence[Begun | Ended | Held]
    deaths: Sequence[Death]
    in_broker: Sequence[InBroker]
    works: Sequence[Work]
    scans: Sequence[Scan]
    claims: Sequence[Claim]
    changes: Sequence[RowChange]
    repairs: Sequence[Repair]
    requests: Sequence[Request]
    checks: Sequence[Check]
    acts: Mapping[str, int]
    sent: int
    workers_started: int
    alerts_posted: int


@dataclass(frozen=True, slots=True)
class Result:
    """What a run has shown. Times are in seconds; `longest_to_find` is None without an orphan."""

    acts: Mapping[str, int]
    sent: int
    tasks: int
    runs: int
    workers_started: int
    scans: int
    complete_scans: int
    verdicts_judged: int
    verdict_changes: int
    orphans: int
    longest_to_find: float | None
    alerts_posted: int
    repairs: Mapping[str, int]
    peer: Score
    violations: Sequence[Violation]
    sent_too_late: int
    seconds: float = 0.0
    processor_seconds: float = 0.0


def judge(evidence: Evidence) -> Result:
    """Hold everything that was said and done against the truth."""
    truth = find_out(
        evidence.records, evidence.deaths, evidence.in_broker, evidence.works, now=evidence.now
    )
    claimed = [*claims(evidence.scans), *evidence.claims]
    found = first_found(claimed, truth)
    # Nobody can know of a message that is sent after the time of grace (docs/how-it-knows.md).
    late = {
        work.target for work in evidence.works if work.sent - work.committed > BOUNDS.grace - SLACK
    }
    found_wrong = (
        *false_orphans(claimed, truth),
        *missed_orphans(evidence.scans, evidence.changes, truth, BOUNDS),
        *judge_repairs(evidence.changes, evidence.repairs, evidence.requests, truth),
    )
    return Result(
        acts=evidence.acts,
        sent=evidence.sent,
        tasks=len(truth.tasks),
        runs=sum(isinstance(each, Begun) for each in evidence.records),
        workers_started=evidence.workers_started,
        scans=len(evidence.scans),
        complete_scans=sum(scan.complete for scan in evidence.scans),
        verdicts_judged=sum(len(scan.verdicts or ()) for scan in evidence.scans),
        verdict_changes=_changes(evidence.scans),
        orphans=len(found),
        longest_to_find=max(found.values(), default=None),
        alerts_posted=evidence.alerts_posted,
        repairs=by_outcome(evidence.repairs),
        peer=score(evidence.checks, truth),
        violations=[each for each in found_wrong if each.target not in late],
        sent_too_late=len(late),
    )


def _changes(scans: Sequence[Scan]) -> int:
    """How often a verdict was another one than in the scan before."""
    changes: Counter[str] = Counter()
    ordered = sorted(scans, key=lambda scan: (scan.exporter, scan.ended_to))
    for exporter, those in groupby(ordered, key=lambda scan: scan.exporter):
        told = [scan.verdicts for scan in those if scan.verdicts is not None]
        for before, after in pairwise(told):
            changes[exporter] += sum(before.get(key) != verdict for key, verdict in after.items())
    return changes.total()
