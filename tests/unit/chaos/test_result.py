"""From everything that was recorded to the figures and the violations of a run."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.chaos.judging import LIVING
from tests.chaos.peer import Check
from tests.chaos.record import Begun, Ended, Scan, Target, Work
from tests.chaos.result import Evidence, judge
from tests.chaos.told import as_json, as_table

TIMELINE: Target = ("timeline", 1)


def _scan(at: float, verdict: str) -> Scan:
    return Scan("a1", at, at + 0.3, 0.1, complete=True, verdicts={TIMELINE: verdict})


EVIDENCE = Evidence(
    now=100.0,
    records=[Begun(10.0, 11, 10, "t"), Ended(20.0, 11, "t")],
    deaths=[],
    in_broker=[],
    works=[Work(TIMELINE, 1.0, 2.0, ("t",))],
    scans=[_scan(12.0, "running"), _scan(13.0, "running"), _scan(30.0, "orphaned")],
    claims=[],
    changes=[],
    repairs=[],
    requests=[],
    checks=[],
    acts={"upload": 1},
    sent=1,
    workers_started=1,
    alerts_posted=0,
)


def test_a_run_without_a_violation() -> None:
    """Figures are counted, and nobody is accused."""
    result = judge(EVIDENCE)
    assert list(result.violations) == []
    assert (result.tasks, result.runs, result.scans, result.complete_scans) == (1, 1, 3, 3)
    assert (result.verdicts_judged, result.verdict_changes) == (3, 1)
    assert result.orphans == 1
    assert result.longest_to_find is not None
    assert 10.0 < result.longest_to_find < 11.0


def test_a_violation_is_told() -> None:
    """A planted false orphan comes out at the end, in the table and in JSON."""
    result = judge(replace(EVIDENCE, scans=[_scan(15.0, "orphaned")]))
    assert [each.promise for each in result.violations] == [LIVING]
    assert as_table(result, 7).splitlines()[-1].split() == ["violations", "1"]
    assert json.loads(as_json(result, 7))["violations"][0]["target"] == [*TIMELINE]


def test_a_message_that_was_sent_too_late_accuses_nobody() -> None:
    """The run itself may not break what the exporter relies on; such rows are counted instead."""
    late = Work(TIMELINE, 1.0, 9.0, ("t",))
    result = judge(replace(EVIDENCE, works=[late], scans=[_scan(15.0, "orphaned")]))
    assert (list(result.violations), result.sent_too_late) == ([], 1)


def test_a_peer_is_scored_by_the_same_truth() -> None:
    """What it calls stuck is counted, and of that what was alive."""
    checks = [
        Check(14.0, 15.0, frozenset({1}), frozenset({1})),
        Check(40.0, 41.0, frozenset({1}), frozenset({1})),
        Check(50.0, 51.0, frozenset({1}), frozenset()),
    ]
    score = judge(replace(EVIDENCE, checks=checks)).peer
    assert (score.checks, score.called_stuck, score.alive) == (3, 2, 1)
