"""Whether the metrics, labels and values that a rule names exist, and its joins and texts fit.

Each check takes a rule and what is known, and returns what is wrong, in words. They look for what
cloudflare/pint looks for, but need no server, since the catalogue says which series there can be.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

from promql_parser import (
    BinaryExpr,
    Call,
    LabelModifierType,
    Matcher,
    MatchOp,
    MatrixSelector,
    VectorSelector,
    parse,
)

from tests.alerts.result import is_scalar, labels_of, nodes, operator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from promql_parser import Expr

    from tests.alerts.known import Known, Metric
    from tests.alerts.rules import Rule

    Check = Callable[[Rule, Known], Iterator[str]]

_Node = TypeVar("_Node", bound="Expr")

_COUNTING = frozenset({"rate", "irate", "increase", "resets"})
_TEMPLATE_LABEL = re.compile(r"\$labels\.(\w+)")
_SPECIAL = re.compile(r"[.*+?()\[\]{}|\\^$]")
_REGEXES = (MatchOp.Re, MatchOp.NotRe)


def selectors(rule: Rule, metrics: Known) -> Iterator[str]:
    """Unknown metrics, labels and label values; matchers that contradict each other."""
    for selector in _of(rule, VectorSelector):
        metric = metrics.get(selector.name or "")
        if metric is None:
            yield f"there is no metric {selector.name}"
            continue
        for matcher in selector.matchers.matchers:
            yield from _matcher(selector.name or "", matcher, metric)
        asked = [m.name for m in selector.matchers.matchers if m.op == MatchOp.Equal]
        if len(asked) != len(set(asked)):
            yield f"{selector.name}: a label cannot have two values"


def _matcher(name: str, matcher: Matcher, metric: Metric) -> Iterator[str]:
    if matcher.name not in metric.labels:
        yield f"{name} has no label {matcher.name}"
        return
    values = metric.values.get(matcher.name)
    if matcher.op not in _REGEXES:
        if values is not None and matcher.value not in values:
            yield f"{name} never has {matcher.name}={matcher.value!r}"
        return
    if not _SPECIAL.search(matcher.value):
        yield f"{name}: {matcher.name}=~{matcher.value!r} needs no regular expression"
    if matcher.value.startswith("^") or matcher.value.endswith("$"):
        yield f"{name}: {matcher.value!r} is anchored anyway"
        return
    if values is None:
        return
    found = [value for value in values if re.fullmatch(matcher.value, value)]
    if not found or len(found) == len(values):
        yield f"{name}: {matcher.value!r} matches {'all' if found else 'none'} of {matcher.name}"
    for alternative in matcher.value.split("|") if "(" not in matcher.value else ():
        if not any(re.fullmatch(alternative, value) for value in values):
            yield f"{name} never has {matcher.name} like {alternative!r}"


def counters(rule: Rule, metrics: Known) -> Iterator[str]:
    """A gauge under rate or increase, and a counter without them."""
    counted: set[str] = set()
    for call in _of(rule, Call):
        for matrix in (argument for argument in call.args if isinstance(argument, MatrixSelector)):
            name = matrix.vector_selector.name or ""
            kind = metrics[name].kind if name in metrics else ""
            if call.func.name in _COUNTING:
                counted.add(name)
                if kind == "gauge":
                    yield f"{call.func.name} of {name}, which is a gauge"
    for selector in _of(rule, VectorSelector):
        name = selector.name or ""
        if name in metrics and metrics[name].kind == "counter" and name not in counted:
            yield f"{name} is a counter, whose value says nothing without increase or rate"


def matching(rule: Rule, metrics: Known) -> Iterator[str]:
    """Joins on labels that one side does not have, or without `on` where labels differ."""
    for binary in _of(rule, BinaryExpr):
        if is_scalar(binary.lhs) or is_scalar(binary.rhs):
            continue
        left, right = labels_of(binary.lhs, metrics), labels_of(binary.rhs, metrics)
        match = binary.modifier.matching if binary.modifier else None
        if match is not None and match.type == LabelModifierType.Include:
            lacking = [label for label in match.labels if label not in left & right]
            if lacking:
                yield f"{operator(binary)} on {', '.join(lacking)}, which not both sides have"
            continue
        ignored = frozenset(match.labels) if match else frozenset()
        if left - ignored != right - ignored:
            differ = ", ".join(sorted((left ^ right) - ignored))
            yield f"the sides of {operator(binary)} never match: only one has {differ}"


def templates(rule: Rule, metrics: Known) -> Iterator[str]:
    """Annotations that show a label which neither the result nor the rule has."""
    has = labels_of(parse(rule.expression), metrics) | rule.labels.keys()
    for name, text in rule.annotations.items():
        for label in _TEMPLATE_LABEL.findall(text):
            if label not in has:
                yield f"{name} shows the label {label}, which the alert does not have"


def _of(rule: Rule, kind: type[_Node]) -> list[_Node]:
    return [node for node in nodes(parse(rule.expression)) if isinstance(node, kind)]


CHECKS: tuple[Check, ...] = (selectors, counters, matching, templates)
