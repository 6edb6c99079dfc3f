"""The files that come with the exporter: alert rules, runbooks, configurations, dashboards."""

from __future__ import annotations

from pathlib import Path

# In an installed package beside this file, in a checkout at the top.
_PLACES = (Path(__file__).parent, Path(__file__).parents[2])


def shipped(name: str) -> Path:
    """The directory `alerts` or `grafana`; FileNotFoundError where it did not come along."""
    for place in _PLACES:
        if (place / name).is_dir():
            return place / name
    raise FileNotFoundError(f"{name} did not come with this installation")
