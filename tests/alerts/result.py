"""Which labels the result of an expression has, and the walk through its syntax tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promql_parser import (
    AggModifierType,
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    LabelModifierType,
    MatchOp,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    StringLiteral,
    SubqueryExpr,
    UnaryExpr,
    VectorMatchCardinality,
    VectorSelector,
    walk,
)

if TYPE_CHECKING:
    from promql_parser import LabelModifier

    from tests.alerts.known import Known

COMPARISONS = frozenset({"==", "!=", ">", "<", ">=", "<="})
SETS = frozenset({"and", "or", "unless"})
_SCALARS = frozenset({"time", "scalar", "pi"})
_ABSENT = frozenset({"absent", "absent_over_time"})


def nodes(expression: Expr) -> list[Expr]:
    """Every node, the outer before the inner; the selector inside a range is one of them."""
    found: list[Expr] = []
    walk(expression, pre_visit=found.append)
    return found


def operator(expression: Expr) -> str:
    """The operator of a binary expression, "" for others."""
    if not isinstance(expression, BinaryExpr):
        return ""
    # Written as `== bool` where it has that modifier, and `and on (x)` without one.
    return str(expression.op).split()[0]


def bare(expression: Expr) -> Expr:
    """The expression without parentheses around it."""
    while isinstance(expression, ParenExpr):
        expression = expression.expr
    return expression


def is_scalar(expression: Expr) -> bool:
    """Whether it is a number rather than a vector."""
    match bare(expression):
        case Call() as call:
            return call.func.name in _SCALARS
        case BinaryExpr() as binary:
            return is_scalar(binary.lhs) and is_scalar(binary.rhs)
        case UnaryExpr() as unary:
            return is_scalar(unary.expr)
        case inner:
            return isinstance(inner, NumberLiteral | StringLiteral)


def labels_of(expression: Expr, metrics: Known) -> frozenset[str]:
    """The labels that every series of the result may have; none of unknown metrics."""
    match expression:
        case ParenExpr() | UnaryExpr() | SubqueryExpr() as wrapped:
            return labels_of(wrapped.expr, metrics)
        case Call() as call:
            return _of_call(call, metrics)
        case AggregateExpr() as aggregate:
            return _of_aggregate(aggregate, metrics)
        case BinaryExpr() as binary:
            return _of_binary(binary, metrics)
    selector = expression.vector_selector if isinstance(expression, MatrixSelector) else expression
    metric = metrics.get(selector.name or "") if isinstance(selector, VectorSelector) else None
    return metric.labels if metric else frozenset()


def _of_call(call: Call, metrics: Known) -> frozenset[str]:
    vectors = [argument for argument in call.args if not is_scalar(argument)]
    if not vectors:
        return frozenset()
    if call.func.name in _ABSENT:
        selectors = [node for node in nodes(vectors[0]) if isinstance(node, VectorSelector)]
        matchers = [m for selector in selectors for m in selector.matchers.matchers]
        return frozenset(m.name for m in matchers if m.op == MatchOp.Equal)
    return labels_of(vectors[0], metrics)


def _of_aggregate(aggregate: AggregateExpr, metrics: Known) -> frozenset[str]:
    modifier = aggregate.modifier
    if modifier is None:
        return frozenset()
    inner = labels_of(aggregate.expr, metrics)
    if modifier.type == AggModifierType.By:
        return inner & frozenset(modifier.labels)
    return inner - frozenset(modifier.labels)


def _of_binary(binary: BinaryExpr, metrics: Known) -> frozenset[str]:
    left, right = labels_of(binary.lhs, metrics), labels_of(binary.rhs, metrics)
    if is_scalar(binary.lhs) or is_scalar(binary.rhs):
        return left | right
    if operator(binary) in SETS:
        return left & right if operator(binary) == "or" else left
    modifier = binary.modifier
    if modifier is None:
        return left
    included = frozenset(modifier.group_labels or ())
    match modifier.card:
        case VectorMatchCardinality.ManyToOne:
            return left | included
        case VectorMatchCardinality.OneToMany:
            return right | included
    return _of_pairs(left, modifier.matching)


def _of_pairs(left: frozenset[str], matching: LabelModifier | None) -> frozenset[str]:
    if matching is None:
        return left
    labels = frozenset(matching.labels)
    return labels if matching.type == LabelModifierType.Include else left - labels
