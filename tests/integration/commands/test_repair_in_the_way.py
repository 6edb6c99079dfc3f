"""What keeps a repair from being made: the journal and the rights. Nothing is changed by halves."""

from __future__ import annotations

import sqlite3
import uuid
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from tests.integration.commands.repairing import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENFORCE = {"repair__mode": "enforce"}
PASSWORD = "hunter2"


@pytest.fixture
def installation(database_url: str, broker_url: str, tmp_path: Path) -> Installation:
    """An installation with one orphan and without workers."""
    made = Installation.make(database_url, broker_url, tmp_path)
    made.orphan()
    return made


@pytest.fixture
def roles(installation: Installation) -> Iterator[dict[str, str]]:
    """The two users that `grants` prints the rights of: their URLs, `reader` and `repairer`."""
    names = {role: f"{role}_{uuid.uuid4().hex[:8]}" for role in ("reader", "repairer")}
    printed = installation.run(
        "grants", "--reader", names["reader"], "--repairer", names["repairer"]
    )
    assert printed.returncode == 0, printed.stderr
    with installation.engine.begin() as connection:
        for name in names.values():
            connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")
        connection.exec_driver_sql(printed.stdout.replace("%", "%%"))
    url = sqlalchemy.make_url(installation.settings["database.url"])
    yield {
        role: url.set(username=name, password=PASSWORD).render_as_string(hide_password=False)
        for role, name in names.items()
    }
    with installation.engine.begin() as connection:
        for name in names.values():
            connection.exec_driver_sql(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_without_a_journal_nothing_is_repaired(installation: Installation) -> None:
    """A journal that cannot be made, or of a newer version, is told before any scan."""
    assert installation.run("pause", "while testing").returncode == 0
    path = installation.settings["journal.url"].removeprefix("sqlite:///")
    with sqlite3.connect(path) as journal:
        (table,) = journal.execute(
            "SELECT name FROM sqlite_master WHERE name LIKE '%version%' AND type = 'table'"
        ).fetchone()
        journal.execute(f"UPDATE {table} SET version_num = '9999'")  # noqa: S608  read just now
    journal.close()
    before = installation.contents()
    nowhere = {"journal__url": "sqlite:////proc/nowhere/journal.db"}
    for arguments, changed in (
        (("repair", "1", "--yes"), {}),
        (("journal",), {}),
        (("repair", "1", "--yes"), nowhere),
        (("undo", "0000", "--yes"), nowhere),
    ):
        ended = installation.run(*arguments, **ENFORCE, **changed)
        assert (ended.returncode, ended.stdout) == (1, ""), ended.stderr
        assert ended.stderr.count("\n") == 1
        assert "journal" in ended.stderr
    assert installation.contents() == before
    checked = installation.run("check", **ENFORCE)
    assert checked.returncode == 1
    assert "✗ journal" in checked.stdout


def test_the_granted_rights_are_enough(installation: Installation, roles: dict[str, str]) -> None:
    """With the users that `grants` describes everything works: check, repair and undo."""
    users = {"database__url": roles["reader"], "repair__database_url": roles["repairer"]}
    checked = installation.run("check", **ENFORCE, **users)
    assert checked.returncode == 0, checked.stdout
    assert "✓ repair rights" in checked.stdout
    repaired = installation.run("repair", "1", "--yes", **ENFORCE, **users)
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    assert installation.status(1) == "fail"
    (entry,) = installation.journal()
    undone = installation.run("undo", str(entry["repair_id"]), "--yes", **ENFORCE, **users)
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert installation.status(1) == "processing"


def test_a_user_who_may_only_read_repairs_nothing(
    installation: Installation, roles: dict[str, str]
) -> None:
    """A lacking right is named, journalled as a failure, and nothing is half done."""
    users = {"database__url": roles["reader"], "repair__database_url": ""}
    before = installation.contents()
    failed = installation.run("repair", "1", "--yes", **ENFORCE, **users)
    assert failed.returncode == 1
    assert "lacks" in " ".join(failed.stdout.split())
    assert PASSWORD not in failed.stdout + failed.stderr
    assert "Traceback" not in failed.stderr
    assert installation.contents() == before
    (entry,) = installation.journal()
    assert entry["outcome"] == "failed"

    checked = installation.run("check", **ENFORCE, **users)
    assert checked.returncode == 1
    assert "✗ repair rights" in checked.stdout
    warned = installation.run("check", **users)
    assert warned.returncode == 0, warned.stdout
    assert "! repair rights" in warned.stdout
