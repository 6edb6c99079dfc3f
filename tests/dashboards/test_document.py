"""docs/dashboards.md tells what the dashboards hold, and its steps do what it says."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import yaml

from grafana.generate.document import document
from tests.dashboards.boards import BOARDS, GRAFANA, read

if TYPE_CHECKING:
    from pathlib import Path

_CONSOLE = "https://timesketch-exporter.example.org"


def test_up_to_date() -> None:
    """The committed document is the one that `make docs` writes."""
    file = GRAFANA.parent / "docs" / "dashboards.md"
    assert file.read_text(encoding="utf-8") == document()


def test_each_panel_is_told() -> None:
    """Every dashboard has a section, and every panel a line."""
    text = document()
    for board in BOARDS:
        assert f"## {board.json['title']}\n" in text
        for panel in board.panels():
            assert f"| {panel['title']} | {panel['description']} |" in text


def test_steps(tmp_path: Path) -> None:
    """The commands put everything where Grafana looks, with links to the operator's console."""
    blocks = re.findall(r"^```\n(.*?)^```", document(), flags=re.MULTILINE | re.DOTALL)
    for block in blocks:
        (tmp_path / "provisioning").mkdir(exist_ok=True)
        subprocess.run(
            ["sh", "-euc", block.replace("/etc/grafana", str(tmp_path))],
            cwd=GRAFANA.parent,
            check=True,
        )
    provided = yaml.safe_load(
        (tmp_path / "provisioning/dashboards/timesketch-exporter.yml").read_text()
    )
    assert provided["providers"][0]["options"]["path"] == "/etc/grafana/dashboards"
    assert (tmp_path / "provisioning/datasources/timesketch-exporter.yml").exists()
    for board in map(read, (tmp_path / "dashboards").iterdir()):
        console = board.variable("console")
        assert console is not None
        assert console["query"] == console["current"]["value"] == _CONSOLE
