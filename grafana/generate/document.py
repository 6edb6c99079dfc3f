"""docs/dashboards.md, made from the dashboards and introduction.md.

Printed by `python -m grafana.generate.document`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from grafana_foundation_sdk.models.dashboard import RowPanel

from grafana.generate.write import dashboards

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Dashboard

_INTRODUCTION = Path(__file__).parents[1] / "introduction.md"


def document() -> str:
    """The whole document."""
    lines = [_INTRODUCTION.read_text(encoding="utf-8")]
    for dashboard in dashboards():
        lines += _section(dashboard)
    return "\n".join(lines)


def _section(dashboard: Dashboard) -> list[str]:
    lines = [
        f"## {dashboard.title}",
        "",
        f"{dashboard.description} Address: `/d/{dashboard.uid}`.",
        "",
        "| panel | |",
        "|---|---|",
    ]
    for panel in dashboard.panels or ():
        if isinstance(panel, RowPanel):
            lines.append(f"| **{panel.title}** | |")
        else:
            lines.append(f"| {panel.title} | {panel.description} |")
    return [*lines, ""]


if __name__ == "__main__":
    sys.stdout.write(document())
