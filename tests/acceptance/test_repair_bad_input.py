"""A repair that cannot be: wrong timelines, users who lack a right. Nothing is ever changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.acceptance.exporter_command import Command
    from tests.timesketch.installation import Installation

READER, REPAIRER = "acceptance_reader", "acceptance_repairer"
PASSWORD = "open-sesame"
NOBODY = 999_999


@dataclass(frozen=True, slots=True)
class Setting:
    """A Timesketch with a ready timeline, a running one and a lost one."""

    timesketch: Installation
    exporter: Command
    ready: int
    running: int
    lost: int

    def url(self, role: str) -> str:
        """The URL of Timesketch's database for one of the two roles."""
        url = make_url(self.timesketch.database.url).set(username=role, password=PASSWORD)
        return url.render_as_string(hide_password=False)

    def execute(self, statement: str) -> None:
        """Change something in the database as its superuser."""
        self.timesketch.database.rows(statement)


@pytest.fixture(scope="module")
def setting(
    install: Callable[..., Installation], command: Callable[[Installation], Command]
) -> Setting:
    """One message is lost with the queue; and `grants` is carried out for two new roles."""
    timesketch = install()
    exporter = command(timesketch)
    sketch = timesketch.api.new_sketch("bad input")
    lost = timesketch.upload(sketch, "lost")
    with timesketch.broker_client() as client:
        client.delete("celery")
    timesketch.worker("worker").wait_ready()
    ready = timesketch.upload(sketch, "ready")
    timesketch.wait_status(ready, "ready")
    running = timesketch.upload_running(sketch, "running", held="running")
    setting = Setting(timesketch, exporter, ready=ready, running=running, lost=lost)
    for role in (READER, REPAIRER):
        setting.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    grants = exporter.run("grants", "--reader", READER, "--repairer", REPAIRER)
    assert grants.exit_code == 0, grants.errors
    setting.execute(grants.output)
    return setting


@pytest.fixture
def _unchanged(setting: Setting) -> Iterator[None]:
    """Nothing in Timesketch's database is changed by the test."""
    before = setting.timesketch.database.everything()
    yield
    assert setting.timesketch.database.everything() == before


@pytest.mark.usefixtures("_unchanged")
def test_unknown_timeline(setting: Setting) -> None:
    """A timeline that does not exist is an error that says so."""
    done = setting.exporter.repair(str(NOBODY))
    assert done.exit_code == 1
    assert f"timeline {NOBODY} is not processing" in done.errors
    assert "it does not exist" in done.errors
    assert "nothing was changed" in done.errors


@pytest.mark.usefixtures("_unchanged")
def test_ready_timeline(setting: Setting) -> None:
    """A timeline that is ready is an error, even beside one that is orphaned."""
    done = setting.exporter.repair(str(setting.lost), str(setting.ready))
    assert done.exit_code == 1
    assert f"timeline {setting.ready} is not processing" in done.errors
    assert f"timeline {setting.lost}" not in done.errors


@pytest.mark.usefixtures("_unchanged")
def test_running_timeline(setting: Setting) -> None:
    """A timeline that is being imported is an error that names its verdict."""
    done = setting.exporter.repair(str(setting.running))
    assert done.exit_code == 1
    assert f"timeline {setting.running} is running" in done.errors


@pytest.mark.usefixtures("_unchanged")
def test_unknown_repair(setting: Setting) -> None:
    """An undo of a repair that the journal does not know is an error that names it."""
    done = setting.exporter.undo("deadbeef")
    assert done.exit_code == 1
    assert "deadbeef" in done.errors


@pytest.mark.usefixtures("_unchanged")
def test_reader_as_repairer(setting: Setting) -> None:
    """A user who may only read fails, with every right that is lacking."""
    settings = {"repair.database-url": setting.url(READER)}
    done = setting.exporter.repair(str(setting.lost), settings=settings)
    assert done.exit_code == 1
    entry = setting.exporter.journal()[-1]
    assert entry["outcome"] == "failed"
    assert entry["detail"].startswith(f"user {READER} of ")
    for right in (
        "UPDATE (updated_at) on timeline",
        "UPDATE (error_message, updated_at) on datasource",
        "DELETE on timeline_status",
        "INSERT (created_at, parent_id, status, updated_at, user_id) on datasource_status",
    ):
        assert right in entry["detail"]
    assert "timesketch-exporter grants" in entry["detail"]
    assert PASSWORD not in done.output + done.errors + entry["detail"]


@pytest.mark.usefixtures("_unchanged")
def test_one_right_is_lacking(setting: Setting) -> None:
    """A user who lacks one right fails after half of the work, and that right alone is named."""
    settings = {"repair.database-url": setting.url(REPAIRER)}
    setting.execute(f"REVOKE DELETE ON timeline_status FROM {REPAIRER}")
    try:
        done = setting.exporter.repair(str(setting.lost), settings=settings)
        check = setting.exporter.run("check", settings={**settings, "repair.mode": "enforce"})
    finally:
        setting.execute(f"GRANT DELETE ON timeline_status TO {REPAIRER}")
    assert done.exit_code == 1
    entry = setting.exporter.journal()[-1]
    assert entry["outcome"] == "failed"
    assert "lacks DELETE on timeline_status: `timesketch-exporter grants`" in entry["detail"]
    assert check.exit_code == 1
    assert "this user lacks DELETE on timeline_status" in " ".join(check.output.split())


def test_least_privileges(setting: Setting) -> None:
    """With the rights that `grants` prints, and no others, scan, repair and undo work."""
    settings = {
        "database.url": setting.url(READER),
        "repair.database-url": setting.url(REPAIRER),
    }
    before = setting.timesketch.database.everything()
    done = setting.exporter.repair(str(setting.lost), settings=settings)
    assert done.exit_code == 0, done.errors
    assert setting.timesketch.status(setting.lost) == "fail"
    repair = setting.exporter.journal()[-1]["repair_id"]
    undo = setting.exporter.run("undo", repair, "--yes", settings=settings)
    assert undo.exit_code == 0, undo.errors
    assert setting.timesketch.database.everything() == before
