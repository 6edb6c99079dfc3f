"""The dashboards keep all rules of grafana/dashboard-linter, and each rule finds its fault."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import pytest

from tests.dashboards.boards import BOARDS, Board
from tests.dashboards.lint import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

_PANEL = "Orphaned timelines"
_CHOSEN = 'job=~"$job", instance=~"$instance"'


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_sound(board: Board, rule: str) -> None:
    """No dashboard breaks a rule, and there are no exclusions."""
    assert list(RULES[rule](board)) == []


def _variable(name: str, /, **changes: object) -> Callable[[Board], None]:
    def change(board: Board) -> None:
        variable = board.variable(name)
        assert variable is not None
        variable.update(changes)

    return change


def _without(name: str) -> Callable[[Board], None]:
    def remove(board: Board) -> None:
        board.json["templating"]["list"].remove(board.variable(name))

    return remove


def _panel(**changes: object) -> Callable[[Board], None]:
    return lambda board: board.panel(_PANEL).update(changes)


def _query(expression: str, *, loki: bool = False) -> Callable[[Board], None]:
    def change(board: Board) -> None:
        (target,) = board.panel(_PANEL)["targets"]
        target["expr"] = expression
        if loki:
            target["datasource"] = {"type": "loki", "uid": "${datasource}"}

    return change


_REPAIRS = f"timesketch_exporter_repairs_total{{{_CHOSEN}}}"


_FAULTS = (
    ("template-datasource-rule", _without("datasource"), "cannot be chosen"),
    ("template-datasource-rule", _variable("datasource", name="ds"), "should be named"),
    ("template-datasource-rule", _variable("datasource", label="Source"), "label Source"),
    ("template-job-rule", _without("job"), "no variable job"),
    ("template-job-rule", _variable("job", multi=False), "only one job"),
    ("template-job-rule", _variable("job", allValue=".*"), "All of job"),
    ("template-job-rule", _variable("job", label="Timesketch"), "labelled Job"),
    ("template-instance-rule", _without("instance"), "no variable instance"),
    ("template-instance-rule", _variable("instance", type="custom"), "should be a query"),
    ("template-instance-rule", _variable("instance", datasource={"uid": "a"}), "source 'a'"),
    ("template-label-promql-rule", _variable("job", query="up"), "calls no function"),
    ("template-label-promql-rule", _variable("job", query="values(up, job)"), "calls values"),
    (
        "template-label-promql-rule",
        _variable("job", query="label_values(up{, job)"),
        "cannot select",
    ),
    ("template-on-time-change-reload-rule", _variable("job", refresh=1), "not asked again"),
    ("panel-datasource-rule", _panel(datasource={"uid": "prometheus"}), "'prometheus'"),
    ("panel-title-description-rule", _panel(description=""), "no title or no description"),
    ("panel-title-description-rule", _panel(title=""), "no title or no description"),
    ("panel-units-rule", _panel(fieldConfig={"defaults": {"unit": "parsec"}}), "'parsec'"),
    ("panel-units-rule", _panel(fieldConfig={"defaults": {}}), "no unit"),
    ("panel-no-targets-rule", _panel(targets=[]), "asks for nothing"),
    ("target-logql-rule", _query("rate([5m])", loki=True), "no LogQL"),
    ("target-logql-auto-rule", _query('rate({a="b"}[5m])', loki=True), "[$__auto]"),
    ("target-promql-rule", _query("sum(up"), "no PromQL"),
    ("target-promql-rule", _query(""), "no PromQL"),
    ("target-rate-interval-rule", _query("rate(up[5m])"), "of $__rate_interval"),
    ("target-job-rule", _query('up{job="a", instance=~"$instance"}'), "without job"),
    ("target-job-rule", _query('up{instance=~"$instance"}'), "without job"),
    ("target-instance-rule", _query('up{job=~"$job"}'), "without instance"),
    ("target-counter-agg-rule", _query(f"sum({_REPAIRS})"), "shows the counter"),
    (
        "target-counter-agg-rule",
        _query(f"max_over_time({_REPAIRS}[1h]) + increase({_REPAIRS}[1h])"),
        "shows the counter",
    ),
    ("uneditable-dashboard", lambda board: board.json.update(editable=True), "be edited"),
)


@pytest.mark.parametrize(("rule", "fault", "found"), _FAULTS)
def test_a_planted_fault_is_found(rule: str, fault: Callable[[Board], None], found: str) -> None:
    """Each rule finds the fault that it is for."""
    board = Board(deepcopy(BOARDS[0].json))
    fault(board)
    assert found in " | ".join(RULES[rule](board))


def test_every_rule_has_a_fault() -> None:
    """No rule is there without having found something."""
    assert {rule for rule, _, _ in _FAULTS} == RULES.keys()
