"""From an orphan to its repair and back, by the installed command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.commands.repairing import Installation

if TYPE_CHECKING:
    from pathlib import Path

ENFORCE = {"repair__mode": "enforce"}


@pytest.fixture
def installation(database_url: str, broker_url: str, tmp_path: Path) -> Installation:
    """An installation without workers."""
    return Installation.make(database_url, broker_url, tmp_path)


def test_the_way_of_a_repair(installation: Installation) -> None:
    """Dry run, repair, undo: each shows what it does, does only that, and is in the journal."""
    orphan = installation.orphan(analyzers=("sigma",))
    before = installation.contents()

    dry = installation.run("repair", str(orphan))
    assert dry.returncode == 3, dry.stderr
    assert "timeline 1 'disk.csv'" in dry.stdout
    assert "queueing → fail" in dry.stdout
    assert "repair.mode is dry-run. To write: --repair.mode=enforce" in dry.stdout
    assert installation.contents() == before

    applied = installation.run("repair", str(orphan), "--yes", **ENFORCE)
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert installation.status(orphan) == "fail"
    assert set(installation.rows.analysis_statuses().values()) == {"ERROR"}
    dried, _, repaired, _ = installation.journal()
    assert (dried["outcome"], repaired["outcome"]) == ("dry-run", "applied")
    assert str(repaired["actor"]).count("@") == 1
    message = str(installation.contents()["datasource"])
    assert str(repaired["repair_id"]) in message
    assert str(repaired["repair_id"]) in applied.stdout

    undone = installation.run("undo", str(repaired["repair_id"]), "--yes", **ENFORCE)
    assert undone.returncode == 0, undone.stderr
    assert installation.status(orphan) == "processing"
    assert str(repaired["repair_id"]) not in str(installation.contents()["datasource"])
    *_, taken_back, _, undo = installation.journal()
    assert taken_back["undone_by"] == undo["repair_id"]
    assert (undo["undoes"], undo["outcome"]) == (repaired["repair_id"], "applied")

    again = installation.run("undo", str(repaired["repair_id"]), "--yes", **ENFORCE)
    assert (again.returncode, again.stdout) == (1, "")
    assert "took it back already" in again.stderr


def test_a_dry_run_that_is_asked_for_succeeds(installation: Installation) -> None:
    """--dry-run writes nothing in any mode, journals what it would do, and ends with 0."""
    installation.orphan()
    before = installation.contents()
    ended = installation.run("repair", "--all", "--dry-run", **ENFORCE)
    assert ended.returncode == 0, ended.stderr
    assert "Nothing was written: --dry-run." in ended.stdout
    assert installation.contents() == before
    assert [entry["outcome"] for entry in installation.journal()] == ["dry-run"]


def test_guards_refuse_and_say_what_lifts_them(installation: Installation) -> None:
    """A pause holds everything up until resume; what the budget leaves over waits."""
    for number in range(2):
        installation.orphan(f"{number}.csv")
    pause = installation.run("pause", "until", "the", "rollout", "ends")
    assert pause.returncode == 0
    assert "for all who use the journal sqlite:" in pause.stdout
    paused = installation.run("repair", "--all", "--yes", **ENFORCE)
    assert paused.returncode == 3
    assert "(until the rollout ends)" in paused.stdout
    assert set(installation.rows.timeline_statuses().values()) == {"processing"}

    assert installation.run("resume").stdout == "Repairs go on.\n"
    assert installation.run("resume").stdout == "Repairs are not paused.\n"
    one = installation.run("repair", "--all", "--yes", **ENFORCE, repair__budget="1")
    assert one.returncode == 3
    assert sorted(installation.rows.timeline_statuses().values()) == ["fail", "processing"]
    assert "the budget of 1 repairs an hour is spent" in one.stdout


def test_the_brake_holds_until_it_is_released(installation: Installation) -> None:
    """Many orphans at once are refused; `resume brake` lets them be repaired."""
    for number in range(3):
        installation.orphan(f"{number}.csv")
    stopped = installation.run("repair", "--sketch", "1", "--yes", **ENFORCE)
    assert stopped.returncode == 3
    assert "`timesketch-exporter resume brake` releases it" in " ".join(stopped.stdout.split())
    assert installation.run("resume", "brake").stdout == "The storm brake is released.\n"
    repaired = installation.run("repair", "--sketch", "1", "--yes", **ENFORCE)
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    assert set(installation.rows.timeline_statuses().values()) == {"fail"}


def test_nothing_to_repair_is_said(installation: Installation) -> None:
    """Where nothing is orphaned, --all says so and succeeds."""
    ended = installation.run("repair", "--all")
    assert (ended.returncode, ended.stdout) == (
        0,
        "Nothing is orphaned, so there is nothing to repair.\n",
    )


WRONG = [
    (("repair",), 2, "nothing to repair: give ids of timelines"),
    (("repair", "1", "--all"), 2, "several choices at once"),
    (("repair", "1"), 2, "standard input is no terminal: give --yes"),
    (("undo", "0000"), 2, "standard input is no terminal: give --yes"),
    (("undo", "0000", "--yes"), 1, "the journal holds no repair 0000"),
    (("pause", " "), 2, "a pause needs a reason"),
    (("repair", "1", "2", "--yes"), 1, "timeline 2 is not processing"),
    (("repair", "999", "--yes"), 1, "timeline 999 is not processing"),
]


def test_bad_input_is_one_line(installation: Installation) -> None:
    """What cannot be meant, or is no orphan, is told in a line, and nothing is changed."""
    installation.orphan()
    healthy = installation.orphan("healthy.csv")
    installation.rows.set_import_status(healthy, "/uploads/healthy.csv", "ready")
    before = installation.contents()
    for arguments, code, words in WRONG:
        ended = installation.run(*arguments, **ENFORCE)
        assert (ended.returncode, ended.stdout) == (code, ""), ended.stderr
        assert words in ended.stderr
        assert ended.stderr.count("\n") == 1
    assert installation.contents() == before
    assert installation.journal() == []


def test_superseded_repairs_are_found_when_the_journal_is_told(installation: Installation) -> None:
    """A timeline that Timesketch sets ready after its repair shows in the journal as superseded."""
    orphan = installation.orphan()
    assert installation.run("repair", str(orphan), "--yes", **ENFORCE).returncode == 0
    installation.rows.set_import_status(orphan, "/uploads/disk.csv", "ready")
    (entry,) = installation.journal("--timeline", str(orphan), "--since", "1h")
    assert "timeline 1 says ready" in str(entry["superseded_by"])
    table = installation.run("journal").stdout
    assert "superseded" in table
    heading, row = installation.run("journal", "--output", "csv").stdout.splitlines()[:2]
    assert heading.startswith("repair_id,begun_at,")
    assert row.startswith(str(entry["repair_id"]))
    assert installation.journal("--timeline", "999") == []


def test_the_journal_is_told_without_a_database(installation: Installation) -> None:
    """With Timesketch's database away, the journal is told all the same, with a remark."""
    orphan = installation.orphan()
    assert installation.run("repair", str(orphan), "--yes", **ENFORCE).returncode == 0
    told = installation.run(
        "journal", database__url="postgresql://timesketch:secret@127.0.0.1:1/timesketch"
    )
    assert told.returncode == 0
    assert "applied" in told.stdout
    assert "Not looked whether the repairs still stand" in told.stderr
    assert "secret" not in told.stderr
