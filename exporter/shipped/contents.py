"""The files that come with the exporter for Prometheus, Alertmanager, Grafana and systemd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.shipped import shipped
from exporter.shipped.template import PLACES, fill

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

CONTENTS = (
    "alerts/prometheus.yml",
    "alerts/alertmanager.yml",
    "alerts/rules",
    "alerts/runbooks",
    "grafana/dashboards",
    "grafana/provisioning",
    "deploy/systemd",
)
"""Files and directories, as in a checkout; the wheel has just these of them (pyproject.toml)."""

_CONFIGURATIONS = ("alerts/prometheus.yml", "alerts/alertmanager.yml")


def names() -> list[str]:
    """The names of all files that came along, with slashes: `alerts/rules/workers.yml`."""
    return [name for entry in CONTENTS for name in _names(entry)]


def filled(name: str, **places: str) -> str:
    """The text of one of `names()`; a configuration has those places (`template.PLACES`) filled.

    In runbooks the places are parts of examples, and stay.
    """
    text = _path(name).read_text(encoding="utf-8")
    return fill(text, **_held(text, places)) if name in _CONFIGURATIONS else text


def _names(entry: str) -> Iterator[str]:
    try:
        path = _path(entry)
    except FileNotFoundError:
        return
    if not path.is_dir():
        yield entry
        return
    for file in sorted(path.rglob("*")):
        if file.is_file():
            yield f"{entry}/{file.relative_to(path).as_posix()}"


def _path(name: str) -> Path:
    directory, _, rest = name.partition("/")
    return shipped(directory) / rest


def _held(text: str, places: Mapping[str, str]) -> dict[str, str]:
    return {place: value for place, value in places.items() if PLACES[place] in text}
