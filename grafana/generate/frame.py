"""What all dashboards share: variables, links, annotations, and how panels are laid out."""

from __future__ import annotations

from dataclasses import dataclass

from grafana_foundation_sdk.models.dashboard import (
    AnnotationContainer,
    AnnotationQuery,
    Dashboard,
    DashboardCursorSync,
    DashboardDashboardTemplating,
    DashboardDashboardTime,
    DashboardLink,
    DashboardLinkType,
    GridPos,
    Panel,
    RowPanel,
    VariableModel,
)

from grafana.generate.links import CONSOLE
from grafana.generate.queries import DATASOURCE, promql
from grafana.generate.variables import CONSOLE_ADDRESS, EVERYWHERE

TAG = "timesketch-exporter"
_ALERTS = "https://github.com/timesketch-exporter/timesketch-exporter/blob/main/docs/alerts.md"
_REPAIRS = """\
sum by (target, outcome) (
  max without (instance) (
    increase(
      timesketch_exporter_repairs_total{..., outcome=~"applied|failed|abandoned"}[$__rate_interval]
    )
  )
) > 0"""


@dataclass(frozen=True, slots=True)
class Band:
    """Panels side by side, each with its width; 24 columns fill a dashboard."""

    height: int
    panels: tuple[tuple[int, Panel], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Bands under a title; the first section of a dashboard has none."""

    title: str
    bands: tuple[Band, ...]


def section(title: str, *bands: Band) -> Section:
    """A section of these bands."""
    return Section(title, bands)


def band(height: int, *panels: tuple[int, Panel]) -> Band:
    """A band of these panels, each after its width."""
    return Band(height, panels)


def dashboard(
    *,
    uid: str,
    title: str,
    description: str,
    sections: tuple[Section, ...],
    variables: tuple[VariableModel, ...] = (),
) -> Dashboard:
    """A dashboard. Alerts link to its `uid`; the panels of the n-th section are numbered n01 on."""
    return Dashboard(
        uid=uid,
        title=title,
        description=description,
        tags=[TAG],
        timezone="browser",
        editable=False,
        graph_tooltip=DashboardCursorSync.CROSSHAIR,
        time=DashboardDashboardTime("now-6h", "now"),
        refresh="30s",
        panels=_laid_out(sections),
        templating=DashboardDashboardTemplating(
            [
                *EVERYWHERE,
                *variables,
                CONSOLE_ADDRESS,
            ]
        ),
        annotations=AnnotationContainer([_repairs()]),
        links=_links(),
    )


def _repairs() -> AnnotationQuery:
    return AnnotationQuery(
        name="Repairs",
        datasource=DATASOURCE,
        enable=True,
        icon_color="purple",
        expr=promql(_REPAIRS),
        step="10s",
        title_format="Repair of a {{target}}: {{outcome}}",
    )


def _links() -> list[DashboardLink]:
    return [
        DashboardLink(
            title="Timesketch",
            type_val=DashboardLinkType.DASHBOARDS,
            tags=[TAG],
            keep_time=True,
            include_vars=True,
        ),
        DashboardLink(
            title="Console",
            type_val=DashboardLinkType.LINK,
            icon="external link",
            url=f"{CONSOLE}/",
            target_blank=True,
        ),
        DashboardLink(
            title="Alerts and runbooks",
            type_val=DashboardLinkType.LINK,
            icon="doc",
            url=_ALERTS,
            target_blank=True,
        ),
    ]


def _laid_out(sections: tuple[Section, ...]) -> list[Panel | RowPanel]:
    placed: list[Panel | RowPanel] = []
    y = 0
    for number, section in enumerate(sections, start=1):
        identifier = 100 * number
        if section.title:
            place = GridPos(h=1, w=24, x=0, y=y)
            placed.append(
                RowPanel(title=section.title, id_val=identifier, grid_pos=place, panels=[])
            )
            y += 1
        for band in section.bands:
            x = 0
            for width, panel in band.panels:
                identifier += 1
                panel.id_val = identifier
                panel.grid_pos = GridPos(h=band.height, w=width, x=x, y=y)
                placed.append(panel)
                x += width
            y += band.height
    return placed
