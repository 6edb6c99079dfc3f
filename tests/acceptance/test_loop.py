"""A worker dies while it imports; Prometheus, Alertmanager and the exporter put it right.

The rules and configurations are the shipped ones, with nothing replaced but addresses, paths and,
in the second of two runs, intervals. How long each leg took is printed at the end of the test run.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from time import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from exporter.demo.monitoring import Monitoring
from tests.dashboards.boards import BOARDS
from tests.dashboards.watched import Watched
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.exporter_command import Exporter
    from tests.timesketch.installation import Installation

ALERT = "TimesketchTimelineOrphaned"
PATIENCE = 240.0
DEFAULTS = {
    "judge__grace": "60s",
    "judge__confirm_after": "15s",
    "scan__interval": "5s",
    "workers__reconnect_within": "45s",
}
SECONDS = {
    "scrape_interval": "1s",
    "scrape_timeout": "1s",
    "evaluation_interval": "1s",
    "group_wait": "1s",
    "group_interval": "1s",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run it: the exporter's settings, the others' intervals, our aim in seconds.

    `scrape` is the scrape interval, in seconds.
    """

    name: str
    settings: dict[str, str]
    intervals: dict[str, str]
    aim: float
    scrape: int


SHIPPED = Way("shipped intervals and default settings", DEFAULTS, {}, 90.0, 10)
QUICK = Way("intervals of 1 s, confirmed after 2 s", {"scan__interval": "1s"}, SECONDS, 15.0, 1)


@dataclass(frozen=True, slots=True)
class Story:
    """What was seen of one loop; moments are Unix seconds, `legs` in the order of the loop.

    `empty` are the panels of the dashboards that never had anything to show.
    """

    way: Way
    timeline: int
    legs: dict[str, float]
    shown: dict[str, Any]
    journal: list[dict[str, Any]]
    request: dict[str, Any]
    history: list[str]
    empty: set[str]


@pytest.fixture(scope="module", params=[SHIPPED, QUICK], ids=["shipped", "quick"])
def story(
    request: pytest.FixtureRequest,
    install: Callable[..., Installation],
    attach: Callable[..., Exporter],
    tmp_path_factory: pytest.TempPathFactory,
) -> Story:
    """Two workers, of which one is killed in the midst of an import that began minutes ago."""
    way: Way = request.param
    directory = tmp_path_factory.mktemp("loop")
    token = directory / "token"
    token.write_text("s3cret\n")
    timesketch = install()
    victim = timesketch.worker("victim")
    victim.wait_ready()
    sketch = timesketch.api.new_sketch("loop")
    timeline = timesketch.upload_running(sketch, "lost", held="lost")
    timesketch.worker("survivor").wait_ready()
    make_older(timesketch, timeline)
    exporter = attach(
        timesketch, repair__mode="enforce", webhook__token_file=str(token), **way.settings
    )
    address = exporter.serve.url.removeprefix("http://")
    begun = time()
    with ExitStack() as stack:
        monitoring = stack.enter_context(
            Monitoring(exporter=address, token=token, directory=directory, intervals=way.intervals)
        )
        exporter.serve.until(
            lambda scrape: scrape.timelines().get(timeline) == "running",
            "the import is seen running",
            timeout=PATIENCE,
        )
        until(monitoring.scrapes, "Prometheus scrapes", timeout=PATIENCE)

        victim.kill()
        killed = time()
        until(lambda: monitoring.firing(ALERT), "the alert fires", timeout=PATIENCE)
        (alert,) = monitoring.firing(ALERT)
        until(lambda: timesketch.status(timeline) == "fail", "it is repaired", timeout=PATIENCE)
        repaired = time()
        shown = timesketch.api.timeline(sketch, timeline)
        until(lambda: not monitoring.firing(ALERT), "the alert is resolved", timeout=PATIENCE)
        resolved = time()
        watched = Watched(monitoring.prometheus, begun, way.scrape)
        empty = {title for board in BOARDS for title in watched.empty(board)}
        journal = exporter.journal()
        answer = httpx.get(
            f"{exporter.serve.url}/api/v1/requests/{journal[-1]['request']}",
            headers={"Authorization": "Bearer s3cret"},
        ).raise_for_status()
    asked = answer.json()
    return Story(
        way=way,
        timeline=timeline,
        legs={
            "kill": killed,
            "gauge": exporter.serve.orphaned_at(timeline),
            "alert": moment(alert["activeAt"]),
            "webhook": moment(asked["attempts"][0]["received_at"]),
            "row": repaired,
            "resolved": resolved,
        },
        shown=shown,
        journal=journal,
        request=asked,
        history=exporter.serve.history(timeline),
        empty=empty,
    )


def test_repaired(story: Story) -> None:
    """Timesketch's API shows the timeline failed, and why, with the repair's id."""
    assert [status["status"] for status in story.shown["status"]] == ["fail"]
    (source,) = story.shown["datasources"]
    assert [status["status"] for status in source["status"]] == ["fail"]
    assert story.journal[-1]["repair_id"] in source["error_message"]


def test_once_and_explained(story: Story) -> None:
    """One repair, asked for by the alert, for which the request tells how it ended."""
    (entry,) = story.journal
    assert (entry["outcome"], entry["trigger"]) == ("applied", "webhook")
    assert str(entry["actor"]).startswith(f"alert {ALERT} ")
    (attempt,) = story.request["attempts"]
    assert (attempt["outcome"], attempt["repairs"]) == ("repaired", [entry["repair_id"]])
    assert (story.request["target"], story.request["target_id"]) == ("timeline", story.timeline)


def test_verdicts(story: Story) -> None:
    """Until it was proven lost it was never called so, and then it was gone from the metrics."""
    assert story.history[0] == "running"
    assert story.history[-1] == "orphaned"
    assert set(story.history) <= {"running", "unknown", "suspect", "orphaned"}


def test_dashboards(story: Story) -> None:
    """Every panel shows something, but for lost analyses, a backlog and progress: none there."""
    assert story.empty <= {
        *("Orphaned analyses", "Oldest message", "Age of the oldest message"),
        *("Events in OpenSearch", "Share of what is expected"),
    }


def test_legs(story: Story, record_property: Callable[[str, object], None]) -> None:
    """The legs of the loop follow each other; how long they took is printed."""
    legs = story.legs
    # Prometheus dates an alert by the evaluation that found it, a request by the journal's clock.
    assert legs["kill"] <= legs["gauge"] <= legs["webhook"] <= legs["row"] <= legs["resolved"]
    took = [f"{name} {legs[name] - legs[before]:.1f}" for before, name in pairwise(legs)]
    total = legs["row"] - legs["kill"]
    record_property(
        "measured",
        f"Loop with {story.way.name}: {total:.1f} s from kill to repaired row (aim: "
        f"{story.way.aim:g} s); seconds from each to the next: kill, {', '.join(took)}",
    )


def make_older(timesketch: Installation, timeline: int) -> None:
    """Date a timeline's status back, as if its import had been running for a while."""
    timesketch.rows(
        "UPDATE timeline_status SET created_at = created_at - interval '2 minutes' "
        "WHERE parent_id = %s RETURNING id",
        timeline,
    )


def moment(text: str) -> float:
    """Unix seconds of a moment that an API tells, whatever fraction of a second it has."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{fraction or 0}")
