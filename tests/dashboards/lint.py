"""What a rule of grafana/dashboard-linter is here, and all of them.

Each takes a dashboard and returns what is wrong, in words. They keep the meaning and the names of
the linter's rules; where that looks only at some kinds of panels, these look at every panel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.dashboards import lint_dashboard, lint_panels, lint_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.dashboards.boards import Board

    Rule = Callable[[Board], Iterator[str]]

RULES: dict[str, Rule] = {
    "template-datasource-rule": lint_dashboard.template_datasource,
    "template-job-rule": lint_dashboard.template_job,
    "template-instance-rule": lint_dashboard.template_instance,
    "template-label-promql-rule": lint_dashboard.template_label_promql,
    "template-on-time-change-reload-rule": lint_dashboard.template_on_time_change_reload,
    "panel-datasource-rule": lint_panels.datasource,
    "panel-title-description-rule": lint_panels.title_description,
    "panel-units-rule": lint_panels.units,
    "panel-no-targets-rule": lint_panels.no_targets,
    "target-logql-rule": lint_targets.logql,
    "target-logql-auto-rule": lint_targets.logql_auto,
    "target-promql-rule": lint_targets.promql,
    "target-rate-interval-rule": lint_targets.rate_interval,
    "target-job-rule": lint_targets.job,
    "target-instance-rule": lint_targets.instance,
    "target-counter-agg-rule": lint_targets.counter_agg,
    "uneditable-dashboard": lint_dashboard.uneditable,
}
