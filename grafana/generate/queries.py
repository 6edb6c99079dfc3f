"""Queries of panels, and what each of them selects its series by."""

from __future__ import annotations

from dataclasses import dataclass

from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.prometheus import Dataquery, PromQueryFormat, QueryEditorMode

DATASOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
"""The data source that is chosen at the top of a dashboard."""

_CHOSEN = 'job=~"$job", instance=~"$instance"'


def promql(text: str) -> str:
    """The expression: `{...}` in it stands for the chosen job and instance.

    Replicas of an exporter see the same Timesketch, so whoever writes an expression takes their
    maximum (or minimum) and sums over jobs, each of which is a Timesketch of its own.
    """
    return text.replace("{...", "{" + _CHOSEN)


@dataclass(frozen=True, slots=True)
class Query:
    """One query. `legend` names its series; `now` asks for the end of the time range only."""

    text: str
    legend: str = ""
    now: bool = False

    def target(self, number: int, *, table: bool = False) -> Dataquery:
        """The query as the panel's `number`-th; a `table` has a column for each label."""
        return Dataquery(
            datasource=DATASOURCE,
            editor_mode=QueryEditorMode.CODE,
            expr=promql(self.text),
            format_val=PromQueryFormat.TABLE if table else PromQueryFormat.TIME_SERIES,
            instant=self.now or table,
            legend_format=self.legend or None,
            range_val=not (self.now or table),
            ref_id=chr(ord("A") + number),
        )


def counted(metric: str, label: str) -> Query:
    """How many each replica counted in its own process, added up; by a label."""
    return Query(f"sum by ({label}) (increase({metric}{{...}}[$__interval]))", f"{{{{{label}}}}}")


def journalled(metric: str, label: str) -> Query:
    """How many a journal tells, which replicas may share; by a label."""
    counted = f"max without (instance) (increase({metric}{{...}}[$__interval]))"
    return Query(f"sum by ({label}) ({counted})", f"{{{{{label}}}}}")
