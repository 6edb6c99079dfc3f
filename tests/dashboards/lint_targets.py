"""Rules about queries; each as in lint.py."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from promql_parser import Call, MatchOp, MatrixSelector, VectorSelector

from tests.alerts.result import nodes
from tests.dashboards.syntax import RATE_INTERVAL, complaint, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from promql_parser import Expr

    from tests.dashboards.boards import Board, Json

_COUNTING = frozenset({"rate", "irate", "increase"})
_STREAM = re.compile(r'{\s*\w+\s*(=~|!~|!=|=)\s*("[^"]*"|`[^`]*`)[^{}]*}')
_LOG_RANGE = re.compile(r"\[([^\]]+)\]")


def promql(board: Board) -> Iterator[str]:
    """Queries are PromQL, and none is empty."""
    for panel, target in _asking(board, "prometheus"):
        if wrong := complaint(target.get("expr", "")):
            yield f"{panel['title']} asks for what is no PromQL: {wrong}"


def rate_interval(board: Board) -> Iterator[str]:
    """Rates are of windows that grow with the time range and always hold enough scrapes."""
    for panel, expression in _trees(board):
        for call in (node for node in nodes(expression) if isinstance(node, Call)):
            for matrix in (each for each in call.args if isinstance(each, MatrixSelector)):
                seconds = matrix.range.total_seconds()
                if call.func.name in {"rate", "irate"} and seconds != RATE_INTERVAL:
                    yield f"{panel['title']}: {call.func.name} should be of $__rate_interval"


def job(board: Board) -> Iterator[str]:
    """Every series is of the chosen jobs."""
    return _chosen(board, "job")


def instance(board: Board) -> Iterator[str]:
    """Every series is of the chosen instances."""
    return _chosen(board, "instance")


def _chosen(board: Board, name: str) -> Iterator[str]:
    for panel, expression in _trees(board):
        for selector in (node for node in nodes(expression) if isinstance(node, VectorSelector)):
            if not any(
                (m.name, m.value) == (name, f"${name}") and m.op == MatchOp.Re
                for m in selector.matchers.matchers
            ):
                yield f'{panel["title"]}: {selector.name} without {name}=~"${name}"'


def counter_agg(board: Board) -> Iterator[str]:
    """Of counters only the growth is shown."""
    for panel, expression in _trees(board):
        found = nodes(expression)
        counted = Counter(
            matrix.vector_selector.name
            for call in found
            if isinstance(call, Call) and call.func.name in _COUNTING
            for matrix in call.args
            if isinstance(matrix, MatrixSelector)
        )
        named = Counter(node.name for node in found if isinstance(node, VectorSelector))
        for name in named - counted:
            if name and name.endswith("_total"):
                yield f"{panel['title']} shows the counter {name} itself"


def logql(board: Board) -> Iterator[str]:
    """Queries of a Loki select a stream.

    There is none here, and no parser of LogQL for Python: this looks for a selector and for
    parentheses that match.
    """
    for panel, target in _asking(board, "loki"):
        text = target.get("expr", "")
        if not _STREAM.search(text) or text.count("(") != text.count(")"):
            yield f"{panel['title']} asks for what is no LogQL: {text!r}"


def logql_auto(board: Board) -> Iterator[str]:
    """Windows of a Loki grow with the time range."""
    for panel, target in _asking(board, "loki"):
        for window in _LOG_RANGE.findall(target.get("expr", "")):
            if window not in {"$__auto", "${__auto}"}:
                yield f"{panel['title']}: [{window}] should be [$__auto]"


def _asking(board: Board, kind: str) -> Iterator[tuple[Json, Json]]:
    """The queries for one kind of data source, hidden ones left out."""
    for panel, target in board.targets():
        asked = (target.get("datasource") or {}).get("type") or board.datasource()
        if asked == kind and not target.get("hide"):
            yield panel, target


def _trees(board: Board) -> Iterator[tuple[Json, Expr]]:
    """The queries in PromQL that can be read; `promql` complains of the others."""
    for panel, target in _asking(board, "prometheus"):
        if not complaint(target.get("expr", "")):
            yield panel, tree(target["expr"])
