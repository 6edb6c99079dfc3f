"""Limits on how long an import may take, with a real Celery worker that is over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.integration.commands.serving import serve
from tests.integration.observe.workers.real_workers import Imports, start_worker

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.commands.repairing import Installation
    from tests.integration.commands.serving import Serving

LIMITED = {"limits.run-csv-jsonl": "1s", "workers.timeout": "1s"}
ENFORCED = {**LIMITED, "limits.enforce": "true", "repair.mode": "enforce"}


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
    """Stalled and left alone; where limits are enforced revoked and repaired, as guards allow."""
    timeline = installation.orphan("slow.csv")
    with start_worker("w1@here", installation.settings["broker.url"], tmp_path, "-c1"):
        task = uploads.send(timeline)
        serving = serving_with(installation, tmp_path / "told", **LIMITED)
        with serving.process:
            serving.wait_for(lambda: verdict(serving, timeline)[0] == "stalled")
            why = verdict(serving, timeline)[1]
            assert "longer than its limit of 1 s (limits.run-csv-jsonl)" in why
            series = "timesketch_processing_timelines"
            assert serving.value(series, verdict="stalled") == 1
        assert installation.run("pause", "rollout").returncode == 0
        assert installation.journal() == []

        serving = serving_with(installation, tmp_path / "enforced", **ENFORCED)
        with serving.process:
            serving.wait_for(lambda: bool(installation.journal()))
            assert verdict(serving, timeline)[0] == "stalled"
            assert installation.run("resume").returncode == 0
            serving.wait_for(lambda: installation.status(timeline) == "fail")
            assert "Traceback" not in serving.log()
    refused, applied = installation.journal()
    assert (refused["outcome"], refused["verdict"]) == ("refused", "stalled")
    assert "rollout" in str(refused["refusals"])
    assert (applied["outcome"], applied["verdict"]) == ("applied", "orphaned")
    for entry in (refused, applied):
        assert (entry["actor"], entry["trigger"]) == ("limits", "limits")
    assert f"its task {task} on w1@here was revoked by limits" in str(applied["reasons"])


def test_to_enforce_nothing_is_a_mistake(installation: Installation) -> None:
    """Without a limit there is nothing to enforce: one line, before anything is served."""
    ended = installation.run("serve", limits__enforce="true", web__listen_address="127.0.0.1:0")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "limits.enforce does nothing without a limit" in ended.stderr
