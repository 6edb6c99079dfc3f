"""The syntax of queries, once Grafana's own variables are replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promql_parser import parse

from tests.dashboards.interpolation import Chosen

if TYPE_CHECKING:
    from promql_parser import Expr

RATE_INTERVAL = 7919
"""What `$__rate_interval` becomes here, in seconds: no query says so by itself."""

_CHOSEN = Chosen(
    step=RATE_INTERVAL - 1,
    scrape_interval=1,
    values={name: f"${name}" for name in ("job", "instance", "worker", "queue")},
)


def tree(expression: str) -> Expr:
    """The syntax tree; matchers keep the variables. Raises ValueError for what is no PromQL."""
    return parse(_CHOSEN.put_into(expression))


def complaint(expression: str) -> str:
    """Why it is no PromQL, "" if it is."""
    try:
        tree(expression)
    except ValueError as error:
        return str(error)
    return ""
