"""The rule files that are shipped, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from promql_parser import parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ALERTS = Path(__file__).parents[2] / "alerts"
RULE_FILES = tuple(sorted((ALERTS / "rules").glob("*.yml")))


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. `hold` is its `for` in seconds; None where it has none, as recording rules do."""

    name: str
    expression: str
    alerting: bool = True
    hold: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


def read(file: Path) -> Iterator[Rule]:
    """The rules of a file, in the order in which Prometheus evaluates them."""
    for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
        yield from map(_rule, group["rules"])


def _rule(written: Mapping[str, Any]) -> Rule:  # Any: what a YAML file holds
    hold = written.get("for")
    return Rule(
        name=written.get("alert") or written["record"],
        expression=written["expr"],
        alerting="alert" in written,
        hold=None if hold is None else seconds(hold),
        labels=written.get("labels", {}),
        annotations=written.get("annotations", {}),
    )


def seconds(duration: str) -> float:
    """A duration as Prometheus writes it, in seconds."""
    return 0.0 if duration == "0s" else parse_duration(duration).total_seconds()


RULES = tuple(rule for file in RULE_FILES for rule in read(file))
SHIPPED = tuple(rule for rule in RULES if rule.alerting)
"""All alerting rules."""
