"""What happened to a timeline of a real Timesketch, with events of tasks and without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.exporter_command import Done, Exporter
    from tests.timesketch.installation import Installation


@dataclass(frozen=True)
class Past:
    """The stories of three timelines, as the API and `explain` told them.

    `plain` was lost while no task events were asked for, `lost` and `ended` while they were.
    """

    plain: list[dict[str, Any]]
    lost: list[dict[str, Any]]
    ended: list[dict[str, Any]]
    explained: Done
    never: Done


def chapters(exporter: Exporter, timeline: int) -> list[dict[str, Any]]:
    """The chapters of a timeline's history; none before it was opened and anything of it kept."""
    answer = httpx.get(f"{exporter.serve.url}/api/v1/timelines/{timeline}/history", timeout=60)
    if answer.status_code in {httpx.codes.NOT_FOUND, httpx.codes.SERVICE_UNAVAILABLE}:
        return []
    assert answer.status_code == httpx.codes.OK, answer.text
    told: list[dict[str, Any]] = answer.json()["chapters"]
    return told


def told(exporter: Exporter, timeline: int, what: str) -> list[dict[str, Any]]:
    """The chapters, once this is one of them."""

    def tells_it() -> list[dict[str, Any]]:
        found = chapters(exporter, timeline)
        return found if any(what in each["text"] for each in found) else []

    return until(tells_it, f"the history of timeline {timeline} tells: {what}")


def ready(exporter: Exporter, *workers: str) -> None:
    """Wait until the exporter has seen these workers up."""
    wanted = {f"{worker}@importer": "up" for worker in workers}
    exporter.serve.until(
        lambda scrape: wanted.items() <= scrape.worker_states().items(), f"{workers} are up"
    )


@pytest.fixture(scope="module")
def past(install: Callable[..., Installation], attach: Callable[..., Exporter]) -> Past:
    """Two workers are killed at work and one ends its import, under two exporters in turn."""
    timesketch = install()
    sketch = timesketch.api.new_sketch("history")
    exporter = attach(timesketch)
    worker = timesketch.worker("plain")
    worker.wait_ready()
    ready(exporter, "plain")
    plain = timesketch.upload_running(sketch, "plain", held="plain")
    told(exporter, plain, "found active on plain@importer")
    worker.kill()
    of_plain = told(exporter, plain, "orphaned")
    exporter.close()

    exporter = attach(timesketch, events__enable_task_events="true")
    worker = timesketch.worker("eventful")
    worker.wait_ready()
    until(lambda: "eventful@importer" in exporter.serve.process.log.read_text(), "it is asked")
    ended = timesketch.upload(sketch, "ended")
    timesketch.wait_status(ended, "ready")
    lost = timesketch.upload_running(sketch, "lost", held="lost")
    told(exporter, lost, "found active on eventful@importer")
    worker.kill()
    of_lost = told(exporter, lost, "orphaned")
    # Its repair is by the command; `serve` finds out by its next scan.
    assert exporter.repair(str(lost)).exit_code == 0
    of_lost = told(exporter, lost, "not unfinished any more")
    return Past(
        plain=of_plain,
        lost=of_lost,
        ended=told(exporter, ended, ""),
        explained=exporter.run("explain", str(lost)),
        never=exporter.run("explain", "4711"),
    )


def texts(story: list[dict[str, Any]]) -> list[str]:
    """What happened, without task ids."""
    return [" ".join(word for word in each["text"].split() if not _is_id(word)) for each in story]


def _is_id(word: str) -> bool:
    return len(word) == 8 and all(letter in "0123456789abcdef" for letter in word)


def in_order(story: list[dict[str, Any]], *wanted: str) -> bool:
    """Whether these things happened in this order, whatever else did."""
    found = iter(texts(story))
    return all(any(each in text for text in found) for each in wanted)


def test_without_task_events(past: Past) -> None:
    """Stock workers send none: scans and heartbeats alone tell how an import was lost."""
    assert in_order(
        past.plain,
        "found active on plain@importer",
        "plain@importer: its connection is gone",
        "orphaned",
    )
    assert "set to processing" in texts(past.plain)
    assert any("uploaded: data source" in text for text in texts(past.plain))
    assert "task events" not in {each["source"] for each in past.plain}


def test_with_task_events(past: Past) -> None:
    """Asked for, workers tell when a task was received and begun."""
    assert in_order(
        past.lost,
        "task was received by eventful@importer",
        "task was started on eventful@importer",
        "found active on eventful@importer",
        "eventful@importer: its connection is gone",
        "orphaned",
        "repair of timeline",
        "not unfinished any more",
    )


def test_an_import_that_no_scan_saw(past: Past) -> None:
    """An import that ended within a moment is known from its events, by its arguments."""
    assert in_order(
        past.ended,
        "task was received by eventful@importer",
        "task was started on eventful@importer",
        "task succeeded on eventful@importer",
    )


def test_explains_what_is_over(past: Past) -> None:
    """`explain` tells the story of a timeline that is not processing any more."""
    assert past.explained.exit_code == 0, past.explained.errors
    assert "is not processing" in past.explained.output
    assert "Its story" in past.explained.output
    assert "last seen active at eventful@importer" in past.explained.output


def test_explains_nothing_of_what_never_was(past: Past) -> None:
    """Of a timeline that nobody knows there is no story, but one line."""
    assert past.never.exit_code == 1
    assert "timeline 4711 is not processing" in past.never.errors
    assert not past.never.output
