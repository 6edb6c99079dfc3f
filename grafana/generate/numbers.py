"""Panels that show how things are now: a number, or a bar for each series."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.models import bargauge, common, stat
from grafana_foundation_sdk.models.dashboard import FieldColor, FieldColorModeId, FieldConfig

from grafana.generate.colours import NEUTRAL, by_name, steps
from grafana.generate.panel import panel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grafana_foundation_sdk.models.dashboard import Panel, ThresholdsConfig, ValueMap

    from grafana.generate.queries import Query

_LAST = common.ReduceDataOptions(values=False, calcs=["lastNotNull"], fields="")


def number(
    title: str,
    description: str,
    query: Query,
    *,
    unit: str = "none",
    colours: ThresholdsConfig | None = None,
    meaning: ValueMap | None = None,
    without: str = "unknown",
    runbooks: Iterable[str] = (),
) -> Panel:
    """One number, large, with its course behind it; `without` is said where there is none.

    The values of a `meaning` are words that have no course. A query that asks for now alone and
    names its series shows the name instead of the number.
    """
    named = query.now and bool(query.legend)
    plain = named or query.now or meaning is not None
    options = stat.Options(
        graph_mode=common.BigValueGraphMode.NONE if plain else common.BigValueGraphMode.AREA,
        color_mode=common.BigValueColorMode.VALUE,
        text_mode=common.BigValueTextMode.NAME if named else common.BigValueTextMode.VALUE,
        reduce_options=_LAST,
    )
    defaults = FieldConfig(
        unit=unit,
        decimals=0 if unit == "none" else None,
        thresholds=colours or steps(NEUTRAL),
        mappings=[meaning] if meaning else None,
        color=FieldColor(mode=FieldColorModeId.THRESHOLDS),
        no_value=without,
    )
    return panel(
        "stat", title, description, [query], defaults=defaults, options=options, runbooks=runbooks
    )


def gauges(
    title: str, description: str, query: Query, *, colours: Mapping[str, str] | None = None
) -> Panel:
    """A bar for each series, side by side, as they are now."""
    options = bargauge.Options(
        display_mode=common.BarGaugeDisplayMode.BASIC,
        value_mode=common.BarGaugeValueMode.COLOR,
        show_unfilled=False,
        reduce_options=_LAST,
        orientation=common.VizOrientation.HORIZONTAL,
    )
    defaults = FieldConfig(
        unit="none",
        decimals=0,
        min_val=0,
        color=FieldColor(mode=FieldColorModeId.PALETTE_CLASSIC_BY_NAME),
        no_value="unknown",
    )
    return panel(
        "bargauge",
        title,
        description,
        [query],
        defaults=defaults,
        options=options,
        overrides=by_name(colours or {}),
    )
