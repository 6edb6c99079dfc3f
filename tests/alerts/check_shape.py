"""Whether a rule can fire and resolve, and bears a missed scrape; each as in check_names.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promql_parser import (
    BinaryExpr,
    Call,
    MatrixSelector,
    NumberLiteral,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
    parse,
)

from tests.alerts.result import COMPARISONS, bare, is_scalar, nodes, operator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promql_parser import Expr

    from tests.alerts.check_names import Check
    from tests.alerts.known import Known
    from tests.alerts.rules import Rule

SCRAPE = EVALUATION = 10.0
"""Seconds, as in alerts/prometheus.yml (a test compares)."""

_BOOLEAN_SUFFIXES = ("_up", "_state", "_mode", "_paused", "_engaged")
_KEEPS_VALUES = frozenset({"max_over_time", "min_over_time", "last_over_time"})
_LEAST_ABSENT = 2 * SCRAPE


def conditions(rule: Rule, _metrics: Known) -> Iterator[str]:
    """Alerts without a comparison, which fire as long as a series exists; recordings with one."""
    if rule.alerting and not _is_condition(parse(rule.expression)):
        yield "fires whatever the value is: it needs a comparison, or absent()"


def _is_condition(expression: Expr) -> bool:
    inner = bare(expression)
    if isinstance(inner, Call):
        return inner.func.name == "absent"
    if not isinstance(inner, BinaryExpr):
        return False
    match operator(inner):
        case "or":
            return _is_condition(inner.lhs) and _is_condition(inner.rhs)
        case "and":
            return _is_condition(inner.lhs) or _is_condition(inner.rhs)
        case "unless":
            return _is_condition(inner.lhs)
        case comparison:
            return comparison in COMPARISONS and not _returns_bool(inner)


def holds(rule: Rule, _metrics: Known) -> Iterator[str]:
    """`for` that is missing, shorter than an evaluation, or too short for absent()."""
    if not rule.alerting:
        return
    if rule.hold is None:
        yield "`for` is missing"
    elif 0 < rule.hold < EVALUATION:
        yield f"`for` is shorter than the {EVALUATION:g} s from one evaluation to the next"
    elif _has_absent(rule) and rule.hold < _LEAST_ABSENT:
        yield "absent() needs a `for` of two scrapes at least"


def gaps(rule: Rule, metrics: Known) -> Iterator[str]:
    """Gauges that one missed scrape takes away, which would start `for` anew; too short ranges."""
    expression = parse(rule.expression)
    ranges = [node for node in nodes(expression) if isinstance(node, MatrixSelector)]
    for matrix in ranges:
        if matrix.range.total_seconds() < 4 * SCRAPE:
            yield f"[{matrix.range}] holds fewer than four scrapes"
    ranged = [matrix.vector_selector.name for matrix in ranges]
    # With `for: 0s` there is nothing to start anew; tests tell what a gap does to such alerts.
    if rule.hold == 0 or _has_absent(rule):
        return
    for selector in _selectors(expression):
        name = selector.name or ""
        if name in metrics and name not in ranged and ":" not in name:
            yield f"{name} is gone after one missed scrape: use last_over_time"


def possibilities(rule: Rule, _metrics: Known) -> Iterator[str]:
    """Comparisons that no value can ever fulfil: nothing here is negative, and flags are 0 or 1."""
    comparisons = [node for node in nodes(parse(rule.expression)) if operator(node) in COMPARISONS]
    for node in comparisons:
        if not isinstance(node, BinaryExpr):
            continue
        threshold = _number(node.rhs)
        if is_scalar(node.lhs) and is_scalar(node.rhs):
            yield "compares two numbers"
        elif threshold is not None and not _reachable(
            operator(node), threshold, highest=_highest(node.lhs)
        ):
            yield f"no value is {operator(node)} {threshold:g}"
    for node in nodes(parse(rule.expression)):
        if isinstance(node, BinaryExpr) and operator(node) == "and":
            yield from _contradiction(bare(node.lhs), bare(node.rhs))


def _reachable(comparison: str, threshold: float, *, highest: float) -> bool:
    match comparison:
        case "==":
            return threshold in {0, 1} if highest == 1 else threshold >= 0
        case ">":
            return threshold < highest
        case ">=":
            return threshold <= highest
        case "<":
            return threshold > 0
        case "<=":
            return threshold >= 0
    return True


def _contradiction(left: Expr, right: Expr) -> Iterator[str]:
    """`x > 5 and x < 3`."""
    if not (isinstance(left, BinaryExpr) and isinstance(right, BinaryExpr)):
        return
    if bare(left.lhs).prettify() != bare(right.lhs).prettify():
        return
    below = [_number(b.rhs) for b in (left, right) if operator(b) in {"<", "<=", "=="}]
    above = [_number(b.rhs) for b in (left, right) if operator(b) in {">", ">=", "=="}]
    if any(b is not None and a is not None and b < a for b in below for a in above):
        yield f"{bare(left.lhs).prettify()} cannot be both"


def _highest(expression: Expr) -> float:
    """1 for flags whose value is kept, else no limit."""
    found = nodes(expression)
    calculated = any(isinstance(node, BinaryExpr | UnaryExpr | SubqueryExpr) for node in found)
    calls = {node.func.name for node in found if isinstance(node, Call)}
    names = [selector.name or "" for selector in _selectors(expression)]
    summed = any(node.prettify().startswith(("sum", "count")) for node in found)
    flags = bool(names) and all(name.endswith(_BOOLEAN_SUFFIXES) for name in names)
    kept = not calculated and not summed and calls <= _KEEPS_VALUES
    return 1.0 if flags and kept else float("inf")


def _number(expression: Expr) -> float | None:
    match bare(expression):
        case NumberLiteral() as number:
            return number.val
        case UnaryExpr() as unary:
            inner = _number(unary.expr)
            return None if inner is None else -inner
    return None


def _returns_bool(binary: BinaryExpr) -> bool:
    return binary.modifier is not None and binary.modifier.return_bool


def _has_absent(rule: Rule) -> bool:
    calls = (node for node in nodes(parse(rule.expression)) if isinstance(node, Call))
    return any(call.func.name == "absent" for call in calls)


def _selectors(expression: Expr) -> list[VectorSelector]:
    return [node for node in nodes(expression) if isinstance(node, VectorSelector)]


CHECKS: tuple[Check, ...] = (conditions, holds, gaps, possibilities)
