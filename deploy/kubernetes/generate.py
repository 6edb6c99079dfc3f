"""What Kubernetes is given of the alert rules and the dashboards, made from their own files.

Printed by `python -m deploy.kubernetes.generate rules`, and `dashboards`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOP = Path(__file__).parents[2]
_NAME = "timesketch-exporter"
_MADE = "# Made by `make docs` from {source}.\n"


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, as people would."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def rules(directory: Path = _TOP / "alerts" / "rules") -> str:
    """The PrometheusRule: the groups of all rule files, by the files' names."""
    groups = [
        group
        for file in sorted(directory.glob("*.yml"))
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    ]
    document = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": _metadata(_NAME),
        "spec": {"groups": groups},
    }
    return _MADE.format(source="alerts/rules") + _written(document)


def dashboards(directory: Path = _TOP / "grafana" / "dashboards") -> str:
    """A ConfigMap for each dashboard, with the label by which Grafana's sidecar finds it."""
    documents = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": _metadata(f"{_NAME}-{file.stem}", grafana_dashboard="1"),
            "data": {file.name: file.read_text(encoding="utf-8")},
        }
        for file in sorted(directory.glob("*.json"))
    ]
    return _MADE.format(source="grafana/dashboards") + "---\n".join(map(_written, documents))


MADE = {"rules": rules, "dashboards": dashboards}
"""What can be made, by the name of its file in `monitoring`."""


def _metadata(name: str, **labels: str) -> Mapping[str, object]:
    return {"name": name, "labels": {"app.kubernetes.io/name": _NAME, **labels}}


def _written(document: Mapping[str, object]) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=1000)


if __name__ == "__main__":
    sys.stdout.write(MADE[sys.argv[1]]())
