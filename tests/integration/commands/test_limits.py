"""Limits on how long an import may take, with a real Celery worker that is over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.commands.repairing import Installation
from tests.integration.commands.serving import serve
from tests.integration.observe.workers.real_workers import Imports, imports, start_worker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.commands.serving import Serving

LIMITED = {"limits.run-csv-jsonl": "1s", "workers.timeout": "1s"}
ENFORCED = {**LIMITED, "limits.enforce": "true", "repair.mode": "enforce"}


@pytest.fixture
def installation(database_url: str, broker_url: str, tmp_path: Path) -> Installation:
    """An installation without workers."""
    return Installation.make(database_url, broker_url, tmp_path)


@pytest.fixture
def uploads(installation: Installation, tmp_path: Path) -> Iterator[Imports]:
    """A sender of imports, which end with the test."""
    with imports(installation.settings["broker.url"], tmp_path) as sender:
        yield sender


def verdict(serving: Serving, timeline: int) -> tuple[str, str]:
    """The verdict on a timeline and its reasons, by the API; both empty where it is none."""
    listed: list[dict[str, Any]] = serving.get("/api/v1/timelines").json()["timelines"]
    judged = next((each for each in listed if each["timeline_id"] == timeline), None)
    return ("", "") if judged is None else (judged["verdict"], "; ".join(judged["reasons"]))


def serving_with(installation: Installation, directory: Path, **settings: str) -> Serving:
    """Serve with these settings besides, the log in a directory of its own."""
    directory.mkdir()
    return serve(directory, {**installation.settings, **settings})


def test_over_the_limit(installation: Installation, uploads: Imports, tmp_path: Path) -> None:
    """Stalled, and left alone; in a dry run told once; enforced: revoked, repaired, journalled."""
    timeline, patient = installation.orphan("slow.csv"), installation.orphan("queued.csv")
    worker = start_worker("w1@here", installation.settings["broker.url"], tmp_path, "-c1")
    with worker:
        task = uploads.send(timeline)
        uploads.send(patient)
        serving = serving_with(installation, tmp_path / "told", **LIMITED)
        with serving.process:
            serving.wait_for(lambda: verdict(serving, timeline)[0] == "stalled")
            assert (
                "longer than its limit of 1 s (limits.run-csv-jsonl)"
                in verdict(serving, timeline)[1]
            )
            stalled = {"verdict": "stalled"}
            assert serving.value("timesketch_processing_timelines", **stalled) == 1
        assert installation.journal() == []

        rehearsed = {**ENFORCED, "repair.mode": "dry-run"}
        serving = serving_with(installation, tmp_path / "rehearsed", **rehearsed)
        with serving.process:
            serving.wait_for(lambda: bool(installation.journal()))
            assert verdict(serving, timeline)[0] == "stalled"
        (rehearsal,) = installation.journal()
        assert (rehearsal["outcome"], rehearsal["verdict"]) == ("dry-run", "stalled")
        assert (rehearsal["actor"], rehearsal["trigger"]) == ("limits", "limits")

        serving = serving_with(installation, tmp_path / "enforced", **ENFORCED)
        with serving.process:
            serving.wait_for(lambda: installation.status(timeline) == "fail")
            serving.wait_for(lambda: verdict(serving, patient)[0] in {"running", "stalled"})
            assert "Traceback" not in serving.log()
    entries = [entry for entry in installation.journal() if entry["target_id"] == timeline]
    applied = entries[-1]
    assert (applied["outcome"], applied["verdict"]) == ("applied", "orphaned")
    assert (applied["actor"], applied["trigger"]) == ("limits", "limits")
    assert f"its task {task} on w1@here was revoked by limits" in str(applied["reasons"])


def test_guards_hold_before_anything_is_ended(
    installation: Installation, uploads: Imports, tmp_path: Path
) -> None:
    """While repairs are paused the task lives; that is journalled once, whenever it is tried."""
    timeline = installation.orphan("slow.csv")
    assert installation.run("pause", "rollout").returncode == 0
    with start_worker("w1@here", installation.settings["broker.url"], tmp_path, "-c1"):
        uploads.send(timeline)
        serving = serving_with(installation, tmp_path / "paused", **ENFORCED)
        with serving.process:
            serving.wait_for(lambda: bool(installation.journal()))
            assert verdict(serving, timeline)[0] == "stalled"
    (entry,) = installation.journal()
    assert (entry["outcome"], entry["verdict"]) == ("refused", "stalled")
    assert "rollout" in str(entry["refusals"])


def test_to_enforce_nothing_is_a_mistake(installation: Installation) -> None:
    """Without a limit there is nothing to enforce: one line, before anything is served."""
    ended = installation.run("serve", limits__enforce="true", web__listen_address="127.0.0.1:0")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "limits.enforce does nothing without a limit" in ended.stderr
