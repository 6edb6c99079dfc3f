"""The checks of rules find what they are for."""

from __future__ import annotations

import pytest

from tests.alerts import check_names, check_shape
from tests.alerts.known import known
from tests.alerts.rules import Rule

_RECORDED = "job:timesketch_worker_up:max"
_KNOWN = known([Rule(_RECORDED, "max by (job) (timesketch_worker_up)", alerting=False)])


@pytest.mark.parametrize(
    ("check", "expression", "found"),
    [
        (check_names.selectors, "timesketch_worker_upp == 0", "no metric timesketch_worker_upp"),
        (check_names.selectors, 'timesketch_worker_up{name="a"} == 0', "no label name"),
        (check_names.selectors, 'timesketch_workers{state="busy"} > 0', "never has state='busy'"),
        (check_names.selectors, 'timesketch_workers{state=~"up|busy"} > 0', "like 'busy'"),
        (check_names.selectors, 'timesketch_workers{state=~"up"} > 0', "needs no regular"),
        (check_names.selectors, 'timesketch_workers{state=~"^(up|dead)"} > 0', "anchored anyway"),
        (check_names.selectors, 'timesketch_workers{state=~".+"} > 0', "matches all of state"),
        (check_names.selectors, 'timesketch_workers{state=~"wed"} > 0', "matches none of state"),
        (
            check_names.selectors,
            'timesketch_workers{state="up",state="dead"} > 0',
            "cannot have two values",
        ),
        (check_names.counters, "increase(timesketch_workers[5m]) > 0", "which is a gauge"),
        (check_names.counters, "timesketch_exporter_repairs_total > 0", "is a counter"),
        (
            check_names.matching,
            "timesketch_worker_up == 0 and on (queue) timesketch_queue_messages > 0",
            "on queue, which not both sides have",
        ),
        (
            check_names.matching,
            "timesketch_worker_up == 0 and timesketch_orphaned_timelines > 0",
            "only one has worker",
        ),
        (
            check_names.matching,
            "job:timesketch_worker_up:max == 0 and timesketch_worker_up == 0",
            "only one has instance, worker",
        ),
        (check_names.templates, "sum(timesketch_worker_up) == 0", "shows the label worker"),
        (check_shape.conditions, "timesketch_worker_up", "fires whatever the value is"),
        (check_shape.conditions, "timesketch_worker_up == bool 0", "fires whatever the value is"),
        (
            check_shape.conditions,
            "timesketch_worker_up == 0 or timesketch_worker_up",
            "fires whatever the value is",
        ),
        (check_shape.gaps, "timesketch_worker_up == 0", "gone after one missed scrape"),
        (check_shape.gaps, "max_over_time(timesketch_worker_up[20s]) == 0", "fewer than four"),
        (check_shape.possibilities, "timesketch_orphaned_timelines < 0", "no value is < 0"),
        (check_shape.possibilities, "timesketch_orphaned_timelines == -1", "no value is == -1"),
        (check_shape.possibilities, "timesketch_worker_up > 1", "no value is > 1"),
        (
            check_shape.possibilities,
            "max without (instance) (last_over_time(timesketch_worker_up[2m])) == 2",
            "no value is == 2",
        ),
        (check_shape.possibilities, "1 > bool 2", "compares two numbers"),
        (
            check_shape.possibilities,
            "timesketch_orphaned_timelines > 5 and timesketch_orphaned_timelines < 3",
            "cannot be both",
        ),
    ],
)
def test_a_planted_fault_is_found(check: check_names.Check, expression: str, found: str) -> None:
    """Each check finds the fault that it is for."""
    rule = Rule("Alert", expression, hold=60, annotations={"description": "{{ $labels.worker }}"})
    assert found in " | ".join(check(rule, _KNOWN))


@pytest.mark.parametrize(
    ("expression", "hold", "found"),
    [
        ("timesketch_worker_up == 0", None, "is missing"),
        ("timesketch_worker_up == 0", 5, "shorter than"),
        ("absent(timesketch_workers)", 10, "two scrapes"),
    ],
)
def test_a_wrong_for_is_found(expression: str, hold: float | None, found: str) -> None:
    """A `for` that is missing or too short is found."""
    assert found in " | ".join(check_shape.holds(Rule("Alert", expression, hold=hold), _KNOWN))


def test_a_sound_rule_passes() -> None:
    """What is right raises no complaint, joins and flags included."""
    rule = Rule(
        "Alert",
        """
        sum by (job) (
          increase(timesketch_exporter_repairs_total{outcome=~"failed|refused"}[5m])
        ) > 1
        and on (job)
        max by (job) (last_over_time(timesketch_exporter_repair_mode{mode!="off"}[2m])) == 1
        unless on (job)
        job:timesketch_worker_up:max == 0
        """,
        hold=60,
        labels={"severity": "info"},
        annotations={"description": "{{ $labels.job }} {{ $labels.severity }}"},
    )
    assert [
        text for check in (*check_names.CHECKS, *check_shape.CHECKS) for text in check(rule, _KNOWN)
    ] == []
