"""`serve` and `scan` beside servers that come, go and return."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from exporter.demo.processes import free_port
from exporter.demo.roles import make_roles
from exporter.demo.rows import Rows
from exporter.demo.servers import Valkey
from tests.integration.commands.serving import Serving, run, serve
from tests.planted import DATABASE_PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUICK = {"scan.interval": "200ms", "judge.grace": "1ms", "judge.confirm-after": "300ms"}


@dataclass(frozen=True)
class Installation:
    """A database with one timeline whose message was never sent, and a broker without workers."""

    settings: dict[str, str]
    engine: sqlalchemy.Engine
    valkey: Valkey
    timeline_id: int


@pytest.fixture
def installation(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    """An installation whose broker is not running yet."""
    engine = sqlalchemy.create_engine(database_url, poolclass=sqlalchemy.NullPool)
    rows = Rows(engine)
    rows.create_tables()
    upload = rows.add_upload(rows.add_sketch("case"), "disk.csv", "/uploads/disk.csv")
    valkey = Valkey(tmp_path / "valkey", free_port())
    reader = make_roles(engine, password=DATABASE_PASSWORD).reader
    settings = {"database.url": reader, "broker.url": valkey.url, "results.url": valkey.url}
    yield Installation({**settings, **QUICK}, engine, valkey, upload.timeline_id)
    valkey.stop()
    engine.dispose()


def is_up(serving: Serving, source: str) -> bool:
    """Whether the last scan could read a source."""
    return serving.value("timesketch_exporter_source_up", source=source) == 1


def test_recovers_when_the_broker_comes_and_returns(
    installation: Installation, tmp_path: Path
) -> None:
    """The broker may be away at the start and later: each return is noticed without help."""
    serving = serve(tmp_path, installation.settings)
    with serving.process:
        assert not is_up(serving, "broker")
        assert serving.value("timesketch_timelines", status="processing") == 1
        assert serving.value("timesketch_processing_timelines", verdict="unknown") == 1
        assert serving.value("timesketch_orphaned_timelines") == 0
        for _ in range(2):
            installation.valkey.start()
            for source in ("broker", "workers", "heartbeats"):
                serving.wait_for(partial(is_up, serving, source))
            assert serving.value("timesketch_workers", state="up") == 0
            assert serving.value("timesketch_queue_messages", queue="celery", state="ready") == 0
            installation.valkey.kill()
            serving.wait_for(lambda: not is_up(serving, "broker"))
            assert serving.value("timesketch_workers", state="up") is None
        assert "Traceback" not in serving.log()


def test_recovers_when_the_database_is_made_later(
    installation: Installation, tmp_path: Path
) -> None:
    """A database that is not Timesketch's yet is said to be none, and read once it is."""
    installation.valkey.start()
    with installation.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE timeline RENAME TO elsewhere")
    serving = serve(tmp_path, installation.settings)
    with serving.process:
        assert not is_up(serving, "database")
        assert serving.value("timesketch_orphaned_timelines") is None
        with installation.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO timeline")
        serving.wait_for(lambda: is_up(serving, "database"))
        assert serving.value("timesketch_timelines", status="processing") == 1


def test_scan_prints_one_document(installation: Installation) -> None:
    """The JSON document is all of standard output, and the exit code agrees with it."""
    installation.valkey.start()
    ended = run("scan", "--output", "json", settings=installation.settings)
    document = json.loads(ended.stdout)
    (found,) = document["timelines"]
    assert (found["timeline_id"], found["name"]) == (installation.timeline_id, "disk.csv")
    expected = {"orphaned": 3}.get(found["verdict"], 0 if document["complete"] else 4)
    assert ended.returncode == expected
    assert document["queues"] == [{"queue": "celery", "ready": 0, "unacked": 0}]


def test_scan_of_another_sketch_is_empty(installation: Installation) -> None:
    """Timelines of other sketches are not in the output, and no orphan is counted."""
    installation.valkey.start()
    ended = run("scan", "--sketch", "999", "--output", "json", settings=installation.settings)
    assert json.loads(ended.stdout)["timelines"] == []
    assert ended.returncode != 3


def test_explain_tells_the_story(installation: Installation) -> None:
    """`explain` tells of the timeline, and of one that is not processing only that."""
    installation.valkey.start()
    told = run("explain", str(installation.timeline_id), settings=installation.settings)
    assert told.returncode == 0, told.stderr
    assert f"Timeline {installation.timeline_id} 'disk.csv' of sketch 1" in told.stdout
    assert "Data sources\n  - 1 (file): queueing" in told.stdout
    unknown = run("explain", "999", settings=installation.settings)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "timeline 999 is not processing" in unknown.stderr
    assert unknown.stderr.count("\n") == 1


def test_check_finds_everything_in_place(installation: Installation) -> None:
    """`check` ends with 0 where nothing fails, though there is no worker yet."""
    installation.valkey.start()
    checked = run("check", settings=installation.settings)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "✓ database schema" in checked.stdout
    assert "no worker is connected" in checked.stdout
