"""`repair --revoke` on real Celery workers that keep no results, by the installed command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.observe.workers.real_workers import Imports, start_worker, until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.commands.repairing import Installation

ENFORCE = {"repair__mode": "enforce", "workers__timeout": "1s"}


@pytest.fixture
def processes(installation: Installation, tmp_path: Path) -> Iterator[None]:
    """A worker whose pool are processes."""
    with start_worker("w1@here", installation.settings["broker.url"], tmp_path, "--concurrency=2"):
        yield


@pytest.fixture
def threads(installation: Installation, tmp_path: Path) -> Iterator[None]:
    """A worker whose pool are threads."""
    options = ("--concurrency=2", "--pool=threads")
    with start_worker("w2@here", installation.settings["broker.url"], tmp_path, *options):
        yield


def running(installation: Installation, uploads: Imports, name: str) -> tuple[int, str]:
    """Import a file until a scan calls it running; returns timeline and task."""
    timeline = installation.orphan(name)
    task = uploads.send(timeline)
    installation.rows.set_import_status(timeline, f"/uploads/{name}", "processing")
    until(lambda: "is active on" in explain(installation, timeline).stdout, timeout=60)
    return timeline, task


def explain(installation: Installation, timeline: int) -> subprocess.CompletedProcess[str]:
    """What `explain` says."""
    return installation.run("explain", str(timeline), workers__timeout="1s")


def revoke(
    installation: Installation, *timelines: int, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run `repair --revoke --yes` in the mode enforce."""
    named = [str(timeline) for timeline in timelines]
    return installation.run("repair", *named, "--revoke", "--yes", **{**ENFORCE, **settings})


@pytest.mark.usefixtures("processes")
def test_terminated_proven_gone_and_repaired(installation: Installation, uploads: Imports) -> None:
    """Without results, two complete scans prove a terminated task gone; an orphan goes along."""
    timeline, task = running(installation, uploads, "stuck.csv")
    other, _ = running(installation, uploads, "other.csv")
    orphan = installation.orphan("orphan.csv")
    ended = revoke(installation, timeline, orphan)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert [installation.status(each) for each in (timeline, orphan)] == ["fail", "fail"]
    assert installation.status(other) == "processing"
    assert "is active on w1@here" in explain(installation, other).stdout
    first, second = installation.journal()
    assert (first["target_id"], second["target_id"]) == (orphan, timeline)
    assert f"its task {task} on w1@here was revoked by" in str(second["reasons"])
    assert "was revoked" not in str(first["reasons"])


@pytest.mark.usefixtures("processes")
def test_what_is_not_proven_gone_in_time_is_not_written(
    installation: Installation, uploads: Imports
) -> None:
    """Past the time-out it says how things stand; a later repair tells of the termination."""
    timeline, task = running(installation, uploads, "stuck.csv")
    slow = {"judge__confirm_after": "1h", "repair__revoke_timeout": "1s"}
    ended = revoke(installation, timeline, **slow)
    assert ended.returncode == 1, ended.stdout
    assert f"w1@here was told to terminate task {task}, and after 1 s it is suspect" in ended.stderr
    assert installation.status(timeline) == "processing"
    later = installation.run("repair", str(timeline), "--yes", **ENFORCE)
    assert later.returncode == 0, later.stdout + later.stderr
    (entry,) = installation.journal()
    assert f"its task {task} on w1@here was revoked by" in str(entry["reasons"])


@pytest.mark.usefixtures("threads")
def test_what_cannot_be_terminated_is_told(installation: Installation, uploads: Imports) -> None:
    """A pool of threads cannot terminate a task; what waits in a queue is none to terminate."""
    threaded, _ = running(installation, uploads, "threaded.csv")
    queued = installation.orphan("queued.csv")
    uploads.send(queued, queue="nobody")
    ended = revoke(installation, threaded, queued)
    assert ended.returncode == 3, ended.stderr
    told = " ".join(ended.stdout.split())
    assert "w2@here has the pool thread, in which no task can be terminated" in told
    assert "it is queued, and only what a worker runs can be revoked" in told
    assert "is active on w2@here" in explain(installation, threaded).stdout
    assert installation.journal() == []


@pytest.mark.usefixtures("processes")
def test_a_storm_is_foreseen(installation: Installation, uploads: Imports) -> None:
    """What would be a storm once it is terminated is refused before, and is no storm yet."""
    timeline, _ = running(installation, uploads, "stuck.csv")
    ended = revoke(installation, timeline, repair__brake_least="1")
    assert ended.returncode == 3, ended.stderr
    assert "the storm brake holds" in " ".join(ended.stdout.split())
    assert "is active on w1@here" in explain(installation, timeline).stdout
    assert installation.run("resume", "brake").stdout == "The storm brake is not engaged.\n"
    assert [entry["outcome"] for entry in installation.journal()] == ["refused"]


WRONG = [
    (("repair", "--all", "--revoke", "--yes"), 2, "never part of --all or --sketch"),
    (("repair", "--sketch", "1", "--revoke", "--yes"), 2, "name each timeline by its id"),
    (("repair", "1", "--revoke"), 2, "standard input is no terminal: give --yes"),
    (("repair", "1", "9", "--revoke", "--yes"), 1, "timeline 9 is not processing"),
]


def test_bad_input_is_one_line(installation: Installation) -> None:
    """What --revoke cannot mean is told in a line, and nothing is changed."""
    orphan = installation.orphan()
    for arguments, code, words in WRONG:
        ended = installation.run(*arguments, **ENFORCE)
        assert (ended.returncode, ended.stdout) == (code, ""), ended.stderr
        assert words in ended.stderr
        assert ended.stderr.count("\n") == 1
    assert installation.status(orphan) == "processing"
    assert installation.journal() == []
