"""Every query of the dashboards returns data from a Prometheus that scraped a real run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from exporter.demo.cast import IMPORT_1, IMPORT_2
from tests.dashboards.boards import BOARDS
from tests.dashboards.played import played

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.dashboards.boards import Board, Json
    from tests.dashboards.played import Played

_LABEL = re.compile(r"\$\{__(?:data\.fields|field\.labels)\.(\w+)(?::\w+)?\}")

each_board = pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)


@pytest.fixture(scope="module")
def run() -> Iterator[Played]:
    """Return the run."""
    with played() as run:
        yield run


@each_board
def test_every_query(board: Board, run: Played) -> None:
    """There is something in every panel, and in the annotations."""
    assert list(run.empty(board)) == []


@each_board
def test_variables(board: Board, run: Played) -> None:
    """There is something to choose from."""
    found = {}
    for variable in board.variables("query"):
        series, label = (
            variable["query"].removeprefix("label_values(").removesuffix(")").rsplit(", ", 1)
        )
        found[variable["name"]] = run.label_values(label, run.chosen().put_into(series))
    assert found["job"] == {"timesketch-exporter"}
    assert found["instance"] == {f"127.0.0.1:{run.serving.port}"}
    if "worker" in found:
        assert found["worker"] == {IMPORT_1, IMPORT_2}
        assert found["queue"] == {"celery"}


@each_board
@pytest.mark.parametrize("name", ["job", "instance"])
def test_nothing_of_others(board: Board, run: Played, name: str) -> None:
    """Where only another job or instance is chosen, no panel shows anything."""
    assert [
        panel["title"]
        for panel, target in board.targets()
        if run.course(run.chosen(panel, **{name: "another"}).put_into(target["expr"]))
    ] == []


@pytest.mark.parametrize(("name", "value"), [("worker", IMPORT_1), ("queue", "another")])
def test_narrowed(run: Played, name: str, value: str) -> None:
    """Where a worker or a queue is chosen, the panels about them show less than they did."""
    (board,) = (each for each in BOARDS if each.variable(name))
    narrowed = [
        (p, target["expr"]) for p, target in board.targets() if f'"${name}"' in target["expr"]
    ]
    assert narrowed
    for panel, expression in narrowed:
        everything = run.course(run.chosen(panel).put_into(expression))
        less = run.course(run.chosen(panel, **{name: value}).put_into(expression))
        assert less != everything, panel["title"]
        assert all(series["metric"].get(name, value) == value for series in less)


@each_board
def test_links_to_the_console(board: Board, run: Played) -> None:
    """A link from what a panel shows leads to a page of the console that there is."""
    for panel in board.panels():
        shown = [
            series["metric"]
            for target in panel["targets"]
            for series in run.course(run.chosen(panel).put_into(target["expr"]))
        ]
        for link in _data_links(panel):
            address = _followed(link, shown[0], run)
            assert httpx.get(address, timeout=30).status_code == httpx.codes.OK, address


def _followed(link: str, labels: Json, run: Played) -> str:
    """The address that Grafana makes of a link at a series with these labels."""
    address = link.replace("${console:raw}", run.serving.url)
    return _LABEL.sub(lambda found: quote(labels[found[1]], safe=""), address)


def _data_links(panel: Json) -> list[str]:
    properties = [
        each for override in panel["fieldConfig"]["overrides"] for each in override["properties"]
    ]
    return [link["url"] for each in properties if each["id"] == "links" for link in each["value"]]


def test_what_is_shown(run: Played) -> None:
    """The headline counted the orphan and the band of the killed worker went from up to dead."""
    processing, _repair, workers = BOARDS
    assert _values(run, processing, "Orphaned timelines") >= {"0", "1"}
    assert _values(run, processing, "Orphaned analyses") >= {"0", "1"}
    up, dead = "1", "5"
    assert _values(run, workers, "States of workers", worker=IMPORT_1) >= {up, dead}
    assert dead not in _values(run, workers, "States of workers", worker=IMPORT_2)


def _values(run: Played, board: Board, title: str, **chosen: str) -> set[str]:
    panel = board.panel(title)
    (target,) = panel["targets"]
    course = run.course(run.chosen(panel, **chosen).put_into(target["expr"]))
    return {value for series in course for _, value in series["values"]}
