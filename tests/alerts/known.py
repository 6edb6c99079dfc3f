"""What an expression may name: the metrics of the catalogue, and what rules record from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from promql_parser import parse

from exporter.metrics.catalogue import CATALOGUE
from tests.alerts.result import labels_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.alerts.rules import Rule

TARGET_LABELS = frozenset({"job", "instance"})
"""Labels that Prometheus adds to every series."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as rules see it. `values` are those of its fixed labels."""

    kind: str
    labels: frozenset[str]
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Known = dict[str, Metric]


def known(rules: Iterable[Rule] = ()) -> Known:
    """The catalogue, and what these rules record, each of which may use those before it."""
    metrics = {
        declared.name: Metric(
            declared.kind, frozenset(declared.labels) | TARGET_LABELS, dict(declared.values)
        )
        for declared in CATALOGUE
    }
    for rule in rules:
        if not rule.alerting:
            labels = labels_of(parse(rule.expression), metrics) | rule.labels.keys()
            metrics[rule.name] = Metric("gauge", labels)
    return metrics
