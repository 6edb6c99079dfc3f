"""Rules about panels; each as in lint.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.models import units as known_units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.dashboards.boards import Board, Json

_UNITS = frozenset(unit for unit in vars(known_units).values() if isinstance(unit, str))


def datasource(board: Board) -> Iterator[str]:
    """Panels ask the data source that is chosen at the top."""
    names = {variable["name"] for variable in board.variables("datasource")}
    allowed = {written for name in names for written in (f"${name}", f"${{{name}}}")}
    for panel in board.panels():
        for asking in (panel, *panel.get("targets", ())):
            source = (asking.get("datasource") or {}).get("uid")
            if source not in allowed:
                yield f"{panel['title']} asks the data source {source!r}"


def title_description(board: Board) -> Iterator[str]:
    """Panels say what they show."""
    for panel in board.panels():
        if not panel.get("title") or not panel.get("description"):
            yield f"panel {panel['id']} has no title or no description"


def units(board: Board) -> Iterator[str]:
    """Values have a unit that Grafana knows, or words in their place."""
    for panel in board.panels():
        found = list(_settings(panel, "unit"))
        if not found and not any(_settings(panel, "mappings")):
            yield f"{panel['title']} has no unit"
        for unit in found:
            if unit not in _UNITS:
                yield f"{panel['title']} has the unit {unit!r}, which there is not"


def no_targets(board: Board) -> Iterator[str]:
    """Panels ask for something."""
    for panel in board.panels():
        if not panel.get("targets"):
            yield f"{panel['title']} asks for nothing"


def _settings(panel: Json, name: str) -> Iterator[object]:
    """Each value that a setting of fields has, by default and for single ones."""
    fields = panel.get("fieldConfig") or {}
    if name in fields.get("defaults", {}):
        yield fields["defaults"][name]
    for override in fields.get("overrides", ()):
        yield from (each["value"] for each in override["properties"] if each["id"] == name)
