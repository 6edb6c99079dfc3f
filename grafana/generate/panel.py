"""What a panel of any kind has: a title, a description, queries, and links to runbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.models.dashboard import (
    DashboardLink,
    DashboardLinkType,
    FieldConfigSource,
    Panel,
)

from grafana.generate.queries import DATASOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grafana_foundation_sdk.models.dashboard import (
        DashboardFieldConfigSourceOverrides,
        FieldConfig,
    )

    from grafana.generate.queries import Query

_RUNBOOKS = "https://github.com/timesketch-exporter/timesketch-exporter/blob/main/alerts/runbooks"


def panel(
    kind: str,
    title: str,
    description: str,
    queries: Iterable[Query],
    *,
    defaults: FieldConfig,
    options: object,
    overrides: Iterable[DashboardFieldConfigSourceOverrides] = (),
    runbooks: Iterable[str] = (),
) -> Panel:
    """A panel without its place, which its dashboard gives it.

    `runbooks` are the alerts whose runbooks it links to.
    """
    return Panel(
        type_val=kind,
        title=title,
        description=description,
        datasource=DATASOURCE,
        targets=[query.target(place, table=kind == "table") for place, query in enumerate(queries)],
        field_config=FieldConfigSource(defaults=defaults, overrides=list(overrides)),
        options=options,
        links=[_runbook(alert) for alert in runbooks],
    )


def _runbook(alert: str) -> DashboardLink:
    return DashboardLink(
        title=f"Runbook: {alert}",
        type_val=DashboardLinkType.LINK,
        url=f"{_RUNBOOKS}/{alert}.md",
        target_blank=True,
    )
