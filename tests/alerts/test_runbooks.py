"""Each alert has a runbook that a person can follow at night."""

from __future__ import annotations

import re

import pytest
from promql_parser import VectorSelector, parse

from exporter.metrics.catalogue import CATALOGUE
from exporter.options import COMMANDS
from tests.alerts.result import nodes
from tests.alerts.rules import ALERTS, RULES, SHIPPED, Rule

_SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Automatic repair"]
_METRICS = {declared.name for declared in CATALOGUE}
_RECORDED = {rule.name: rule for rule in RULES if not rule.alerting}


def _runbook(rule: Rule) -> str:
    return (ALERTS / "runbooks" / f"{rule.name}.md").read_text(encoding="utf-8")


def test_one_for_each() -> None:
    """There is a runbook for each alert, and none for others."""
    assert {file.stem for file in (ALERTS / "runbooks").glob("*.md")} == {r.name for r in SHIPPED}


@pytest.mark.parametrize("rule", SHIPPED, ids=lambda rule: rule.name)
def test_sections(rule: Rule) -> None:
    """A runbook has all sections, in order, and something in each."""
    title, *sections = re.split(r"^## ", _runbook(rule), flags=re.MULTILINE)
    assert title.strip() == f"# {rule.name}"
    named = [section.partition("\n") for section in sections]
    assert [name for name, _, _ in named] == _SECTIONS
    assert all(text.strip() for _, _, text in named)


@pytest.mark.parametrize("rule", SHIPPED, ids=lambda rule: rule.name)
def test_names_what_exists(rule: Rule) -> None:
    """What a runbook names exists: metrics, commands, alerts; one metric is of its own alert."""
    text = _runbook(rule)
    metrics = set(re.findall(r"\btimesketch_\w+", text))
    assert metrics <= _METRICS
    assert metrics & _metrics_of(rule)
    assert set(re.findall(r"timesketch-exporter ([a-z]+)", _code(text))) <= {
        command.name for command in COMMANDS
    }
    assert set(re.findall(r"\bTimesketch[A-Z]\w+", text)) <= {each.name for each in SHIPPED}


def _metrics_of(rule: Rule) -> set[str]:
    names: set[str] = set()
    for node in nodes(parse(rule.expression)):
        name = node.name if isinstance(node, VectorSelector) else None
        if name in _RECORDED:
            names |= _metrics_of(_RECORDED[name])
        elif name:
            names.add(name)
    return names


def _code(text: str) -> str:
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, flags=re.DOTALL))
