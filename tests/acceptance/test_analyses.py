"""Automatic analyses behind imports: they wait with a living one, and are lost with a dead one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.timesketch.patience import until
from tests.timesketch.worker import kill

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.exporter_command import Evidence, Exporter
    from tests.timesketch.installation import Installation

# Analyzers that need no data files, each with a text by which its query is told from others.
# Timesketch puts them into an order of its own.
ANALYZERS = {"gcp_logging": b"gcp:log:json", "win_crash": b"WER-SystemErrorReporting"}
ORPHANED = ("orphaned", "orphaned")


@dataclass(frozen=True, slots=True)
class Story:
    """Analyses (first, second) by the fate of the import or analysis before them."""

    behind_running: tuple[int, int]
    behind_failed: tuple[int, int]
    first_runs: tuple[int, int]
    first_dies: tuple[int, int]
    importing: int
    alive: Evidence
    dead: Evidence
    done: dict[int, str]
    ever_orphaned: frozenset[int]


@pytest.fixture(scope="module")
def story(install: Callable[..., Installation], attach: Callable[..., Exporter]) -> Story:
    """Imports with two automatic analyses each: one runs on, one fails, two get to analyses."""
    timesketch = install(AUTO_SKETCH_ANALYZERS=list(ANALYZERS))
    exporter = attach(timesketch)
    timesketch.worker("worker", processes=4).wait_ready()
    pids: dict[str, set[int]] = {}

    def hold_queries(name: str) -> None:
        for text in ANALYZERS.values():
            timesketch.opensearch.hold(text, name)

    def held_pids(count: int) -> set[int]:
        # A task sends its successor on before its own result says that it has ended.
        until(lambda: len(timesketch.started_pids()) == count, f"{count} tasks are held")
        return timesketch.started_pids()

    def analyses(sketch: int) -> tuple[int, int]:
        first, second = timesketch.analyses(sketch)
        return first, second

    running = timesketch.api.new_sketch("behind a running import")
    importing = timesketch.upload_running(running, "running", held="import")
    failing = timesketch.api.new_sketch("behind a failed import")
    failed = timesketch.upload(failing, "failed", content="no,such\n1,2\n")
    timesketch.wait_status(failed, "fail")
    sketches = {}
    for others_held, name in enumerate(("first-runs", "first-dies"), 1):
        hold_queries(name)
        others = held_pids(others_held)
        sketches[name] = timesketch.api.new_sketch(name)
        timesketch.upload(sketches[name], name)
        timesketch.opensearch.wait_held(name)
        pids[name] = held_pids(others_held + 1) - others
    alive = exporter.evidence()

    (pid,) = pids["first-dies"]
    kill(pid)
    # Its worker notices after some seconds, and says until then that it runs.
    exporter.serve.until(
        lambda scrape: scrape.orphaned_analyses() >= {*analyses(sketches["first-dies"])},
        "the analyses of the process that was killed are found",
    )
    dead = exporter.evidence()
    hold_queries("first-runs")
    timesketch.opensearch.release("import", "first-runs")
    living = (*analyses(running), *analyses(sketches["first-runs"]))

    def statuses() -> dict[int, str]:
        found = timesketch.analyses(running) | timesketch.analyses(sketches["first-runs"])
        return {analysis: found[analysis] for analysis in living}

    until(lambda: set(statuses().values()) == {"DONE"}, "the living analyses are done")
    return Story(
        behind_running=analyses(running),
        behind_failed=analyses(failing),
        first_runs=analyses(sketches["first-runs"]),
        first_dies=analyses(sketches["first-dies"]),
        importing=importing,
        alive=alive,
        dead=dead,
        done=statuses(),
        ever_orphaned=exporter.serve.ever_orphaned_analyses(),
    )


def test_waiting_behind_an_import(story: Story) -> None:
    """Analyses wait while the import before them runs."""
    for analysis in story.behind_running:
        assert story.alive.analysis(analysis) == ("waiting", False)
    assert story.alive.timeline(story.importing) == ("running", "running")


def test_left_behind_by_a_failed_import(story: Story) -> None:
    """Analyses behind a failed import are orphaned, though its timeline is not."""
    for analysis in story.behind_failed:
        assert story.alive.analysis(analysis) == ("orphaned", True)


def test_running_analysis(story: Story) -> None:
    """The first analysis of a chain is running and the second one waits behind it."""
    first, second = story.first_runs
    assert story.alive.analysis(first) == ("running", False)
    assert story.alive.analysis(second) == ("waiting", False)


def test_analyzer_killed(story: Story) -> None:
    """The analysis whose process was killed is orphaned, and so is the one that waited for it."""
    for analysis in story.first_dies:
        assert story.alive.analysis(analysis)[0] in {"running", "waiting"}
        assert story.dead.analysis(analysis) == ("orphaned", True)
    assert story.dead.scan.exit_code == 3


def test_counts(story: Story) -> None:
    """The gauges count four orphaned analyses, three that wait and one that runs."""
    assert story.dead.scrape.value("timesketch_orphaned_analyses") == 4
    counted = story.dead.scrape.counted("timesketch_unfinished_analyses")
    assert counted == {"orphaned": 4, "waiting": 3, "running": 1}


def test_living_analyses_end(story: Story) -> None:
    """What waited or ran is done in the end, and only the lost ones were ever called orphaned."""
    assert set(story.done.values()) == {"DONE"}
    assert story.ever_orphaned == {*story.behind_failed, *story.first_dies}
