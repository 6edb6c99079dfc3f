"""docs/alerts.md, made from the rule files and introduction.md.

Printed by `python -m alerts.document`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Rule = Mapping[str, Any]  # Any: what a YAML file holds

_HERE = Path(__file__).parent
_FILES = tuple(
    _HERE / "rules" / f"{name}.yml"
    for name in ("timelines", "workers", "repair", "webhook", "history", "exporter")
)
_TEMPLATE = re.compile(r"{{\s*\$(?:labels\.)?(\w+)[^}]*}}")

_INTRODUCTION = _HERE / "introduction.md"


def document() -> str:
    """The whole document."""
    rules = [rule for file in _FILES for rule in _rules(file)]
    alerts = [rule for rule in rules if "alert" in rule]
    recorded = [rule for rule in rules if "record" in rule]
    lines = [
        _INTRODUCTION.read_text(encoding="utf-8"),
        "| alert | severity | for | |",
        "|---|---|---|---|",
    ]
    lines += [_row(alert) for alert in alerts]
    lines += ["", *(line for alert in alerts for line in _section(alert))]
    lines += ["## Recorded", "", "What several alerts are made from.", ""]
    for rule in recorded:
        lines += [f"`{rule['record']}`", "", *_code(rule["expr"])]
    return "\n".join(lines).rstrip() + "\n"


def _rules(file: Path) -> Iterator[Rule]:
    for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
        yield from group["rules"]


def _row(alert: Rule) -> str:
    name = alert["alert"]
    severity, summary = alert["labels"]["severity"], alert["annotations"]["summary"]
    return f"| [{name}](#{name.lower()}) | {severity} | {alert['for']} | {summary} |"


def _section(alert: Rule) -> list[str]:
    name, labels = alert["alert"], alert["labels"]
    facts = [f"{key} `{value}`" for key, value in labels.items()]
    held = "at once" if alert["for"] == "0s" else f"after `{alert['for']}`"
    description = _TEMPLATE.sub(r"*\1*", alert["annotations"]["description"])
    return [
        f"### {name}",
        "",
        f"{alert['annotations']['summary']} {description}",
        "",
        f"Fires {held}; {', '.join(facts)}; [runbook](../alerts/runbooks/{name}.md).",
        "",
        *_code(alert["expr"]),
    ]


def _code(expression: str) -> list[str]:
    return ["```promql", expression.strip(), "```", ""]


if __name__ == "__main__":
    sys.stdout.write(document())
