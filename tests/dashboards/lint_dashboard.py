"""Rules about a dashboard's variables, and about itself; each as in lint.py."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.dashboards.syntax import complaint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.dashboards.boards import Board

_CALL = re.compile(r"([a-z_]+)\((.+)\)")
_ON_TIME_RANGE_CHANGED = 2


def template_datasource(board: Board) -> Iterator[str]:
    """The data source can be chosen, under a name that people know from other dashboards."""
    chosen = board.variables("datasource")
    if not chosen:
        yield "the data source cannot be chosen"
    for variable in chosen:
        kind = variable["query"]
        names, labels = {f"{kind}_datasource"}, {f"{kind.title()} data source"}
        if len(chosen) == 1:
            names.add("datasource")
            labels.add("Data source")
        if variable["name"] not in names:
            yield f"the variable {variable['name']} should be named {' or '.join(sorted(names))}"
        if variable["label"] not in labels:
            yield f"the label {variable['label']} should be {' or '.join(sorted(labels))}"


def template_job(board: Board) -> Iterator[str]:
    """Jobs can be chosen, any number of them."""
    return _target_label(board, "job")


def template_instance(board: Board) -> Iterator[str]:
    """Instances can be chosen, any number of them."""
    return _target_label(board, "instance")


def _target_label(board: Board, name: str) -> Iterator[str]:
    if board.datasource() != "prometheus":
        return
    variable = board.variable(name)
    if variable is None:
        yield f"there is no variable {name}"
        return
    source = (variable.get("datasource") or {}).get("uid", "")
    if source.strip("${}") not in {"datasource", "prometheus_datasource"}:
        yield f"{name} asks the data source {source!r}, not the one that is chosen"
    if variable["type"] != "query":
        yield f"{name} should be a query, and is a {variable['type']}"
    if variable["label"] != name.title():
        yield f"{name} should be labelled {name.title()}"
    if not variable["multi"]:
        yield f"only one {name} can be chosen"
    if variable.get("allValue") != ".+":
        yield f"All of {name} should be .+"


def template_label_promql(board: Board) -> Iterator[str]:
    """Queries of variables call a function that there is, for series that PromQL can select."""
    if board.datasource() != "prometheus":
        return
    for variable in board.variables("query"):
        called = _CALL.fullmatch(variable["query"])
        if called is None:
            yield f"{variable['name']} calls no function: {variable['query']}"
        elif called[1] not in {"label_names", "label_values", "metrics", "query_result"}:
            yield f"{variable['name']} calls {called[1]}, which there is not"
        elif called[1] == "label_values":
            series, _, label = called[2].rpartition(",")
            if not label.strip().isidentifier() or (series and complaint(series)):
                yield f"{variable['name']} asks for what PromQL cannot select: {called[2]}"
        elif called[1] == "query_result" and complaint(called[2]):
            yield f"{variable['name']} asks for what is no PromQL: {called[2]}"


def template_on_time_change_reload(board: Board) -> Iterator[str]:
    """Values of variables are those of the time range."""
    for variable in board.variables("query"):
        if variable["refresh"] != _ON_TIME_RANGE_CHANGED:
            yield f"{variable['name']} is not asked again when the time range changes"


def uneditable(board: Board) -> Iterator[str]:
    """Nobody edits what is made from code."""
    if board.json.get("editable", True):
        yield "can be edited"
