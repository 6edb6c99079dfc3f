"""The files that come with the exporter: alert rules, runbooks, dashboards, units."""

from __future__ import annotations

from pathlib import Path

# In an installed package beside this file, in a checkout at the top.
_PLACES = (Path(__file__).parent, Path(__file__).parents[2])


def shipped(name: str) -> Path:
    """The directory `alerts`, `grafana` or `deploy`; FileNotFoundError where none came along."""
    for place in _PLACES:
        if (place / name).is_dir():
            return place / name
    raise FileNotFoundError(f"{name} did not come with this installation")
