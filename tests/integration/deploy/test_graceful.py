"""What `docker stop` makes of imports, by what pid 1 is: docs/graceful-timesketch.md."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis
import yaml
from sqlalchemy import NullPool, create_engine

from exporter.demo.roles import make_roles
from exporter.demo.rows import Rows
from exporter.demo.tasks import HOLD, celery_app, import_pipeline
from tests.integration.commands.serving import run
from tests.integration.deploy.unit_file import REPOSITORY
from tests.planted import DATABASE_PASSWORD
from tests.timesketch.container import SHELL, Container
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

_OVERRIDE = REPOSITORY / "deploy" / "timesketch" / "docker-compose.override.yml"
_WORKER = yaml.safe_load(_OVERRIDE.read_text())["services"]["timesketch-worker"]
_QUICK = {"judge.grace": "1ms", "judge.confirm-after": "300ms", "workers.reconnect-within": "1ms"}
_UPLOADS = 3


@dataclass(frozen=True)
class Site:
    """A Timesketch's database, broker and uploads, each of which is held."""

    database_url: str
    reader_url: str
    broker_url: str
    directory: Path
    rows: Rows

    def upload(self) -> list[int]:
        """Upload files and return their timelines."""
        sketch = self.rows.add_sketch("case")
        app = celery_app(self.broker_url)
        timelines = []
        for number in range(_UPLOADS):
            file = self.directory / f"file{number}.csv"
            file.write_text("an event\n")
            self._hold(file).touch()
            rows = self.rows.add_upload(sketch, file.name, str(file))
            import_pipeline(
                app,
                file_path=file,
                timeline_name=file.name,
                rows=rows,
                sketch_id=sketch,
                analyzers=(),
            ).apply_async()
            timelines.append(rows.timeline_id)
        return timelines

    def release(self) -> None:
        """Let the import that runs end, and those that follow."""
        for number in range(_UPLOADS):
            self._hold(self.directory / f"file{number}.csv").unlink(missing_ok=True)

    def worker(self, *, script: str | None) -> Container:
        """Start the override's very command, with our application and log, and a small pool."""
        replaced: dict[str, str | Path] = {
            "celery": Path(sys.executable).with_name("celery"),
            "--app=timesketch.lib.tasks": "--app=importing_app",
            "--logfile=/var/log/timesketch/worker.log": f"--logfile={self.log}",
            "--loglevel=${WORKER_LOG_LEVEL:-info}": "--loglevel=info",
        }
        words: list[str] = [*_WORKER["entrypoint"], *_WORKER["command"]]
        assert replaced.keys() <= set(words)
        return Container(
            [*(replaced.get(word, word) for word in words), "--concurrency=1", "--without-mingle"],
            name="worker",
            directory=self.directory,
            env={
                "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), str(REPOSITORY)]),
                "BROKER_URL": self.broker_url,
                "DATABASE_URL": self.database_url,
                "C_FORCE_ROOT": "1",
            },
            script=script,
        )

    @property
    def log(self) -> Path:
        """The worker's log."""
        return self.directory / "celery.log"

    def wait_taken(self) -> None:
        """Wait until the worker imports one file and has taken the others in advance."""
        with redis.Redis.from_url(self.broker_url) as client:
            until(
                lambda: client.hlen("unacked") == _UPLOADS - 1 and client.llen("celery") == 0,
                f"the worker has taken everything (see {self.log})",
            )

    def verdicts(self) -> dict[int, str]:
        """What the exporter says of each processing timeline."""
        urls = {"database.url": self.reader_url, "broker.url": self.broker_url}
        done = run("scan", "--output", "json", settings={**urls, **_QUICK})
        return {
            each["timeline_id"]: each["verdict"] for each in json.loads(done.stdout)["timelines"]
        }

    @staticmethod
    def _hold(file: Path) -> Path:
        return Path(f"{file}{HOLD}")


@pytest.fixture
def site(database_url: str, broker_url: str, tmp_path: Path) -> Iterator[Site]:
    """Return an installation without a worker."""
    engine = create_engine(database_url, poolclass=NullPool)
    rows = Rows(engine)
    rows.create_tables()
    reader_url = make_roles(engine, password=DATABASE_PASSWORD).reader
    yield Site(database_url, reader_url, broker_url, tmp_path, rows)
    engine.dispose()


def test_override_is_valid() -> None:
    """The override is a compose file."""
    check = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [check, "--builtin-schema=vendor.compose-spec", _OVERRIDE],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_pid_1_is_a_shell(site: Site) -> None:
    """Below a shell the worker never hears of the stop: its import is lost, the rest held up."""
    lost, *others = site.upload()
    with site.worker(script=SHELL) as worker:
        site.wait_taken()
        assert worker.stop(grace=1.0).killed
    assert site.verdicts() == {lost: "orphaned", **dict.fromkeys(others, "parked")}
    assert "shutdown" not in site.log.read_text()


def test_pid_1_is_celery(site: Site) -> None:
    """With the override it ends its import, gives the others back, and then stops by itself."""
    finished, *others = site.upload()
    with site.worker(script=None) as worker, ThreadPoolExecutor(1) as pool:
        site.wait_taken()
        stopping = pool.submit(worker.stop, grace=60.0)
        until(lambda: "Warm shutdown" in worker.log.read_text(), "the worker shuts down")
        site.release()
        assert not stopping.result().killed
    assert site.rows.timeline_statuses()[finished] == "ready"
    assert site.verdicts() == dict.fromkeys(others, "queued")
