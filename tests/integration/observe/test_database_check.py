"""What `check` finds out about the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url, text

from exporter.demo.processes import free_port
from exporter.observe import index_proposal
from exporter.observe.database import reading_engine
from exporter.observe.database_check import check_database
from tests.integration.observe.test_database import READ_TABLES, add_user, changed, grants

if TYPE_CHECKING:
    from exporter.snapshot import Finding
    from tests.integration.observe.timesketch_database import TimesketchDatabase


def check(url: str) -> dict[str, Finding]:
    """Return the findings by name."""
    findings = check_database(reading_engine(url, timeout=10))
    return {finding.name.removeprefix("database "): finding for finding in findings}


def levels(found: dict[str, Finding]) -> dict[str, str]:
    """Return the levels by name."""
    return {name: finding.level for name, finding in found.items()}


@pytest.mark.parametrize("kind", ["on_postgres", "on_mariadb"])
def test_all_well(request: pytest.FixtureRequest, kind: str) -> None:
    """With a user that may only read, every line is ok and says what is there."""
    database: TimesketchDatabase = request.getfixturevalue(kind)
    database.timeline(database.sketch("new"), "processing")

    found = check(add_user(database, "checking", *grants(*READ_TABLES)))

    assert set(levels(found).values()) == {"ok"}
    assert found["contents"].text.startswith("1 timelines in living sketches, 1 processing")
    assert ("PostgreSQL" if kind == "on_postgres" else "MariaDB") in found["connection"].text


@pytest.mark.parametrize("kind", ["on_postgres", "on_mariadb"])
def test_user_who_may_write(request: pytest.FixtureRequest, kind: str) -> None:
    """A user with more rights than needed is a warning that names the tables."""
    database: TimesketchDatabase = request.getfixturevalue(kind)
    rights = [*grants(*READ_TABLES), "GRANT INSERT ON sketch TO {}"]

    found = check(add_user(database, "too_mighty", *rights))

    assert found["rights"].level == "warning"
    assert "(sketch)" in found["rights"].text


@pytest.mark.parametrize("kind", ["on_postgres", "on_mariadb"])
def test_superuser(request: pytest.FixtureRequest, kind: str) -> None:
    """A superuser is a warning too."""
    database: TimesketchDatabase = request.getfixturevalue(kind)

    assert check(database.url)["rights"].level == "warning"


@pytest.mark.parametrize("kind", ["on_postgres", "on_mariadb"])
def test_missing_rights(request: pytest.FixtureRequest, kind: str) -> None:
    """Missing rights are a failure that names the tables."""
    database: TimesketchDatabase = request.getfixturevalue(kind)
    allowed = [name for name in READ_TABLES if name != "timeline"]

    found = check(add_user(database, "half_checking", *grants(*allowed)))

    assert found["rights"].level == "failure"
    assert "SELECT from timeline:" in found["rights"].text


def test_not_timesketch(database: TimesketchDatabase) -> None:
    """A database of something else is a failure that names what is missing."""
    database.execute("DROP TABLE analysis_status")

    found = check(database.url)

    assert found["schema"].level == "failure"
    assert found["schema"].text.endswith("missing: analysis_status")


def test_unreachable(on_postgres: TimesketchDatabase) -> None:
    """Without a connection there is one line, and it says why."""
    found = check(changed(on_postgres.url, port=free_port()))

    assert levels(found) == {"connection": "failure"}
    assert "cannot read" in found["connection"].text


def test_clock(on_sqlite: TimesketchDatabase) -> None:
    """A clock that differs is a warning with the difference."""
    engine = reading_engine(on_sqlite.url, timeout=10)

    (found,) = [
        finding
        for finding in check_database(engine, clock=lambda: 0.0)
        if finding.name == "database clock"
    ]

    assert found.level == "warning"


def test_time_zone_of_the_user(on_postgres: TimesketchDatabase) -> None:
    """A time zone that only this user's sessions have is a warning."""
    user = make_url(on_postgres.url).username
    on_postgres.execute(f"ALTER ROLE {user} SET timezone = 'Asia/Tokyo'")
    try:
        found = check(on_postgres.url)
    finally:
        on_postgres.execute(f"ALTER ROLE {user} RESET timezone")

    assert found["time zone"].level == "warning"
    assert "Asia/Tokyo" in found["time zone"].text


@pytest.mark.parametrize("kind", ["on_postgres", "on_mariadb", "on_sqlite"])
def test_large_database(
    request: pytest.FixtureRequest, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Indexes are proposed by statements that the owner can run as they are; then no longer."""
    database: TimesketchDatabase = request.getfixturevalue(kind)
    sketch = database.sketch("new")
    for _ in range(3):
        database.timeline(sketch, "ready")
    monkeypatch.setattr(index_proposal, "LARGE", 4)
    assert "indexes" not in check(database.url)
    monkeypatch.setattr(index_proposal, "LARGE", 3)

    found = check(database.url)["indexes"]

    assert found.level == "ok"
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in found.text.partition(": ")[2].split("; "):
            connection.execute(text(statement))
    assert "indexes" not in check(database.url)
