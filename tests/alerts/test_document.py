"""docs/alerts.md tells what the rule files hold."""

from __future__ import annotations

from alerts.document import document
from tests.alerts.rules import ALERTS, RULES, SHIPPED


def test_up_to_date() -> None:
    """The committed document is the one that `make docs` writes."""
    assert (ALERTS.parent / "docs" / "alerts.md").read_text(encoding="utf-8") == document()


def test_each_rule_is_told() -> None:
    """Every alert has a section with its expression and threshold, and every recording is told."""
    text = document()
    for rule in RULES:
        assert rule.expression.strip() in text
    for rule in SHIPPED:
        assert f"### {rule.name}\n" in text
        assert rule.annotations["summary"] in text
