"""Tables: a row for each object, a column for each label and each query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grafana_foundation_sdk.models import common, table
from grafana_foundation_sdk.models.dashboard import (
    DashboardFieldConfigSourceOverrides,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldConfig,
    MatcherConfig,
    Panel,
)

from grafana.generate.panel import panel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grafana_foundation_sdk.models.dashboard import ValueMap

    from grafana.generate.queries import Query


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `field` is the label, or `Value #A` for what the first of the queries returns."""

    field: str
    title: str
    unit: str = ""
    meaning: ValueMap | None = None
    link: Mapping[str, object] | None = None
    width: int | None = None

    def override(self) -> DashboardFieldConfigSourceOverrides:
        """What makes the field look as wanted."""
        properties: dict[str, object] = {"displayName": self.title}
        if self.unit:
            properties["unit"] = self.unit
        if self.unit == "s":
            properties["decimals"] = 1
        if self.width:
            properties["custom.width"] = self.width
        if self.link:
            properties["links"] = [self.link]
        if self.meaning:
            properties["mappings"] = [self.meaning]
            properties["custom.cellOptions"] = {"type": "color-text"}
        return DashboardFieldConfigSourceOverrides(
            matcher=MatcherConfig("byName", self.field),
            properties=[DynamicConfigValue(name, value) for name, value in properties.items()],
        )


def rows(
    title: str,
    description: str,
    *queries: Query,
    columns: tuple[Column, ...],
    descending: str,
    without: str = "none",
    runbooks: Iterable[str] = (),
) -> Panel:
    """A table, whose rows are put in the order of the column with the title `descending`.

    Queries that return the same labels fill the same rows. `without` stands where one has no value,
    and where there is no row.
    """
    made = panel(
        "table",
        title,
        description,
        queries,
        defaults=FieldConfig(
            unit="none",
            decimals=0,
            no_value=without,
            custom=table.FieldConfig(filterable=True, inspect=False),
        ),
        overrides=[column.override() for column in columns],
        runbooks=runbooks,
        options=table.Options(
            sort_by=[common.TableSortByFieldState(descending, desc=True)],
            cell_height=common.TableCellHeight.SM,
        ),
    )
    made.transformations = [
        DataTransformerConfig("merge", options={}),
        DataTransformerConfig(
            "organize",
            options={
                "excludeByName": {"Time": True},
                "indexByName": {column.field: place for place, column in enumerate(columns)},
            },
        ),
    ]
    return made
