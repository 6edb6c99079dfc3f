"""Panels that show the course of things: lines, counts, and states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.models import common, statetimeline, timeseries
from grafana_foundation_sdk.models.dashboard import FieldColor, FieldColorModeId, FieldConfig

from grafana.generate.colours import NEUTRAL, by_name, steps
from grafana.generate.links import every_series
from grafana.generate.panel import panel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grafana_foundation_sdk.models.dashboard import Panel, ValueMap

    from grafana.generate.queries import Query

COUNTED_EVERY = "2m"
"""The least width of a bar that counts events: holds two scrapes even at one every 30 s."""

_LEGEND = common.VizLegendOptions(
    display_mode=common.LegendDisplayMode.LIST,
    placement=common.LegendPlacement.BOTTOM,
    show_legend=True,
    calcs=[],
)
_OPTIONS = timeseries.Options(
    legend=_LEGEND,
    tooltip=common.VizTooltipOptions(
        mode=common.TooltipDisplayMode.MULTI, sort=common.SortOrder.DESCENDING, hide_zeros=True
    ),
)
_CLASSIC = FieldColor(mode=FieldColorModeId.PALETTE_CLASSIC_BY_NAME)


def lines(
    title: str,
    description: str,
    *queries: Query,
    unit: str = "none",
    colours: Mapping[str, str] | None = None,
    stacked: bool = False,
    limit: float | None = None,
    link: dict[str, object] | None = None,
    runbooks: Iterable[str] = (),
) -> Panel:
    """Courses of values; `limit` draws the line above which an alert waits."""
    custom = common.GraphFieldConfig(
        draw_style=common.GraphDrawStyle.LINE,
        line_interpolation=common.LineInterpolation.STEP_AFTER,
        line_width=1,
        fill_opacity=60 if stacked else 8,
        show_points=common.VisibilityMode.NEVER,
        stacking=_stacking(stacked=stacked),
        axis_soft_min=0,
        axis_soft_max=None if unit == "s" else 1,
        thresholds_style=common.GraphThresholdsStyleConfig(
            common.GraphThresholdsStyleMode.DASHED if limit else common.GraphThresholdsStyleMode.OFF
        ),
    )
    defaults = FieldConfig(
        unit=unit,
        decimals=0 if unit == "none" else None,
        color=_CLASSIC,
        custom=custom,
        thresholds=steps("transparent", (limit, "red")) if limit else None,
    )
    return panel(
        "timeseries",
        title,
        description,
        queries,
        defaults=defaults,
        options=_OPTIONS,
        overrides=[*by_name(colours or {}), *every_series(link)],
        runbooks=runbooks,
    )


def bars(
    title: str,
    description: str,
    *queries: Query,
    colours: Mapping[str, str] | None = None,
    runbooks: Iterable[str] = (),
) -> Panel:
    """How many of each there were; the queries count over `$__interval`, so that bars adjoin."""
    custom = common.GraphFieldConfig(
        draw_style=common.GraphDrawStyle.BARS,
        line_width=0,
        fill_opacity=80,
        stacking=_stacking(stacked=True),
        axis_soft_min=0,
        axis_soft_max=1,
    )
    made = panel(
        "timeseries",
        title,
        description,
        queries,
        defaults=FieldConfig(unit="none", decimals=0, color=_CLASSIC, custom=custom),
        options=_OPTIONS,
        overrides=by_name(colours or {}),
        runbooks=runbooks,
    )
    made.interval = COUNTED_EVERY
    return made


def states(
    title: str,
    description: str,
    *queries: Query,
    meaning: ValueMap,
    link: dict[str, object] | None = None,
    runbooks: Iterable[str] = (),
) -> Panel:
    """A band for each series, in the colour of the word that its value means."""
    defaults = FieldConfig(
        unit="none",
        mappings=[meaning],
        color=FieldColor(mode=FieldColorModeId.THRESHOLDS),
        thresholds=steps(NEUTRAL),
        custom=statetimeline.FieldConfig(line_width=0, fill_opacity=75),
    )
    options = statetimeline.Options(
        show_value=common.VisibilityMode.NEVER,
        row_height=0.8,
        legend=_LEGEND,
        tooltip=common.VizTooltipOptions(mode=common.TooltipDisplayMode.SINGLE),
    )
    return panel(
        "state-timeline",
        title,
        description,
        queries,
        defaults=defaults,
        options=options,
        overrides=every_series(link),
        runbooks=runbooks,
    )


def _stacking(*, stacked: bool) -> common.StackingConfig:
    return common.StackingConfig(
        common.StackingMode.NORMAL if stacked else common.StackingMode.NONE, "A"
    )
