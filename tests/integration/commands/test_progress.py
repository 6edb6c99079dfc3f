"""`serve` watches imports in OpenSearch: one that outlives its worker, with a real process."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pytest

from exporter.commands.opensearch_check import check_opensearch
from exporter.settings import load
from tests.integration.commands.serving import serve
from tests.integration.observe.workers.real_workers import Imports, start_worker
from tests.servers.opensearch import OpenSearch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.commands.repairing import Installation
    from tests.integration.commands.serving import Serving

PLASO = "timesketch.lib.tasks.run_plaso"
WATCHED = {"opensearch.interval": "200ms", "judge.quiet-after": "3s"}


@pytest.fixture
def opensearch() -> Iterator[OpenSearch]:
    """An OpenSearch whose indexes show events after half a second."""
    with OpenSearch(refresh=0.5) as running:
        yield running


def told(serving: Serving, timeline: int) -> dict[str, Any]:
    """What the API says of a processing timeline."""
    listed = serving.get("/api/v1/timelines").json()["timelines"]
    return next((each for each in listed if each["timeline_id"] == timeline), {})


def test_a_psort_that_outlives_its_worker(
    installation: Installation, uploads: Imports, opensearch: OpenSearch, tmp_path: Path
) -> None:
    """It is running as long as events come in, and orphaned once it has ended."""
    broker = installation.settings["broker.url"]
    upload = installation.rows.add_upload(installation.sketch_id, "disk.plaso", "/disk.plaso")
    timeline = upload.timeline_id
    series = {"sketch_id": str(installation.sketch_id), "timeline_id": str(timeline)}
    settings = {**installation.settings, **WATCHED, "opensearch.url": opensearch.url}
    worker = start_worker("w1@here", broker, tmp_path, "-c1", opensearch_url=opensearch.url)
    serving = serve(tmp_path, settings)
    with serving.process, worker:
        uploads.send(timeline, name=PLASO, index=upload.index_name)
        serving.wait_for(lambda: "is active on w1@here" in str(told(serving, timeline)))
        serving.wait_for(
            lambda: (serving.value("timesketch_timeline_indexed_events", **series) or 0) > 0
        )
        worker.send(signal.SIGKILL)
        outlived = "its events in OpenSearch still grow"
        serving.wait_for(lambda: outlived in str(told(serving, timeline).get("reasons")))
        running = told(serving, timeline)
        assert running["verdict"] == "running"
        assert running["progress"]["events_per_second"] > 0
        assert "a second" in serving.get(f"/timelines/{timeline}").text
        quick = {"opensearch__url": opensearch.url, "opensearch__interval": "200ms"}
        assert "In OpenSearch" in installation.run("explain", str(timeline), **quick).stdout
        assert serving.value("timesketch_orphaned_timelines") == 0

        uploads.let_go()
        serving.wait_for(lambda: told(serving, timeline)["verdict"] == "orphaned")
        assert "no new event of it in OpenSearch since" in str(told(serving, timeline)["reasons"])


def test_while_opensearch_is_away_nothing_is_claimed(
    installation: Installation, opensearch: OpenSearch, tmp_path: Path
) -> None:
    """Its source is down and an absent task unknown; once it is back the orphan is found."""
    timeline = installation.orphan()
    opensearch.stop()
    settings = {**installation.settings, **WATCHED, "opensearch.url": opensearch.url}
    serving = serve(tmp_path, settings)
    with serving.process:
        serving.wait_for(lambda: told(serving, timeline).get("verdict") == "unknown")
        assert serving.value("timesketch_exporter_source_up", source="opensearch") == 0
        assert serving.value("timesketch_exporter_source_up", source="database") == 1
        assert "an import that outlived its worker" in str(told(serving, timeline)["reasons"])
        opensearch.start()
        serving.wait_for(lambda: told(serving, timeline)["verdict"] == "orphaned")
        assert serving.value("timesketch_exporter_source_up", source="opensearch") == 1


def test_without_opensearch_there_is_no_such_source(
    installation: Installation, tmp_path: Path
) -> None:
    """Where it is not watched there is no series of it."""
    installation.orphan()
    serving = serve(tmp_path, installation.settings)
    with serving.process:
        serving.wait_for(lambda: serving.value("timesketch_orphaned_timelines") == 1)
        assert "opensearch" not in serving.get("/metrics").text.replace("_exporter_series", "")


def test_check_looks_into_opensearch(installation: Installation, opensearch: OpenSearch) -> None:
    """`check` makes one search, and tells what is wrong in a line."""
    installation.orphan()
    flags = {**installation.settings, "opensearch.url": opensearch.url}
    (well,) = check_opensearch(load(flags, {}))
    assert well.level == "ok"
    assert well.text == f"{opensearch.url} answers; events of 1 processing timelines counted"
    opensearch.stop()
    (away,) = check_opensearch(load(flags, {}))
    assert (away.name, away.level) == ("opensearch", "failure")
    assert list(check_opensearch(load({**flags, "opensearch.watch": "false"}, {}))) == []
