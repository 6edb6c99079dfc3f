"""The variables at the top of a dashboard."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import (
    VariableModel,
    VariableOption,
    VariableRefresh,
    VariableSort,
    VariableType,
)

from grafana.generate.queries import DATASOURCE, promql

DATASOURCE_UID = "timesketch-prometheus"
"""The data source in provisioning/datasources."""

_CONSOLE = "http://localhost:19808"


def values_of(name: str, label: str, series: str) -> VariableModel:
    """A variable for the values that a label of the same name has in some series."""
    query = f"label_values({promql(series)}, {name})"
    return VariableModel(
        type_val=VariableType.QUERY,
        name=name,
        label=label,
        datasource=DATASOURCE,
        query=query,
        refresh=VariableRefresh.ON_TIME_RANGE_CHANGED,
        sort=VariableSort.ALPHABETICAL_ASC,
        multi=True,
        include_all=True,
        all_value=".+",
        current=VariableOption(selected=True, text=["All"], value=["$__all"]),
    )


EVERYWHERE = (
    VariableModel(
        type_val=VariableType.DATASOURCE,
        name="datasource",
        label="Data source",
        query="prometheus",
        current=VariableOption(selected=True, text="Prometheus", value=DATASOURCE_UID),
    ),
    values_of("job", "Job", "timesketch_exporter_build_info"),
    values_of("instance", "Instance", 'timesketch_exporter_build_info{job=~"$job"}'),
)
"""What every dashboard can be narrowed by."""

CONSOLE_ADDRESS = VariableModel(
    type_val=VariableType.TEXTBOX,
    name="console",
    label="Console",
    description="Where your browser finds the exporter's console. Links lead there.",
    query=_CONSOLE,
    current=VariableOption(selected=True, text=_CONSOLE, value=_CONSOLE),
)
