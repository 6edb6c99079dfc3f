"""Links from what a panel shows to its page in the exporter's console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.models.dashboard import (
    DashboardFieldConfigSourceOverrides,
    DynamicConfigValue,
    MatcherConfig,
)

if TYPE_CHECKING:
    Overrides = list[DashboardFieldConfigSourceOverrides]

CONSOLE = "${console:raw}"
"""The console's address, which a variable of each dashboard holds."""


def console(title: str, path: str) -> dict[str, object]:
    """A link to a page of the console; its path may hold Grafana's `${__data.fields...}`."""
    return {"title": title, "url": f"{CONSOLE}{path}", "targetBlank": True}


TIMELINE = console(
    "Timeline ${__data.fields.timeline_id} in the console",
    "/timelines/${__data.fields.timeline_id}",
)
SKETCH = console(
    "Timelines of sketch ${__data.fields.sketch_id} in the console",
    "/timelines?sketch=${__data.fields.sketch_id}",
)
# A worker's name may hold slashes and spaces.
WORKER_OF_ROW = console(
    "${__data.fields.worker} in the console", "/workers/${__data.fields.worker:percentencode}"
)
WORKER_OF_SERIES = console(
    "${__field.labels.worker} in the console", "/workers/${__field.labels.worker:percentencode}"
)


def every_series(link: dict[str, object] | None) -> Overrides:
    """Overrides that give this link to every series, if there is one."""
    if link is None:
        return []
    return [
        DashboardFieldConfigSourceOverrides(
            matcher=MatcherConfig("byRegexp", ".*"),
            properties=[DynamicConfigValue("links", [link])],
        )
    ]
