"""A run: `serve` on a made-up installation under steady load, sampled until the time is over."""

from __future__ import annotations

import contextlib
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import redis

from exporter.demo.processes import free_port, spawn
from exporter.demo.servers import Postgres, Valkey
from tests.broker_user import make_broker_user, rules
from tests.integration.commands.serving import Serving, environment
from tests.soak.sampling import Ports, sample
from tests.soak.uploads import QUEUE as IMPORTS
from tests.soak.uploads import Uploads
from tests.soak.workers import QUEUE as OTHERS
from tests.soak.workers import Workers
from tests.unit.web.webhook.notifications import alert, body

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_TOKEN = "s0ak-s0ak-s0ak-s0ak"
_HEADERS = {"Content-Type": "application/json", "Authorization": f"Bearer {_TOKEN}"}
_PAGES = ("/", "/timelines", "/timelines/1", "/analyses", "/workers", "/repairs", "/scans")
#: As many as the exporter remembers what it heard from (exporter/observe/roll.py).
_FORMER_WORKERS = 10_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How often what happens, in seconds; a scrape and an upload are there every second."""

    sample: float = 5.0
    page: float = 3.0
    notification: float = 15.0
    cut: float = 120.0
    new_workers_a_second: float = 3.0


@dataclass(slots=True)
class Happened:
    """What a run was made of."""

    scrapes: int = 0
    failed_scrapes: int = 0
    pages: int = 0
    notifications: int = 0
    cuts: int = 0
    uploads: int = 0
    workers: int = 0
    samples: list[dict[str, float]] = field(default_factory=list)


class _Due:
    """Says when something is to be done again."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = time.monotonic() + seconds

    def __call__(self) -> bool:
        if time.monotonic() < self._next:
            return False
        self._next += self._seconds
        return True


def soak(directory: Path, seconds: float, pace: Pace) -> Happened:
    """Run for so long and tell what happened; the servers end with it."""
    token = directory / "token"
    token.write_text(f"{_TOKEN}\n")
    with (
        Postgres(directory / "postgres") as postgres,
        Valkey(directory / "valkey") as valkey,
        contextlib.closing(Uploads(postgres.create_database("timesketch"), valkey.url)) as uploads,
    ):
        queues = {"broker.queues": f"{IMPORTS},{OTHERS}"}
        broker_url = make_broker_user(valkey.url, rules(queues))
        settings = {
            "database.url": uploads.roles.reader,
            "repair.database-url": uploads.roles.repairer,
            "repair.mode": "enforce",
            "broker.url": broker_url,
            "results.url": broker_url,
            **queues,
            "journal.url": f"sqlite:///{directory / 'journal.db'}",
            "webhook.token-file": str(token),
            "scan.interval": "1s",
            # Short, so that a run sees the end of what it saw begin.
            "workers.forget-after": "30s",
            "workers.drain-timeout": "30s",
            "workers.reconnect-within": "5s",
            "judge.grace": "5s",
            "judge.confirm-after": "5s",
            "events.retention": "1m",
        }
        port = free_port()
        with spawn(
            [sys.executable, "-m", "exporter", f"--web.listen-address=127.0.0.1:{port}", "serve"],
            name="serve",
            directory=directory,
            env=environment(settings),
        ) as process:
            serving = Serving(process, port)
            serving.wait_for(lambda: serving.get("/-/ready").is_success)
            workers = Workers(valkey.url, a_second=pace.new_workers_a_second)
            workers.introduce(_FORMER_WORKERS)
            workers.start()
            try:
                load = _Load(serving, uploads, valkey, Ports(valkey.port, postgres.port))
                happened = load.run(directory, seconds, pace)
                # What is away grows nothing: whatever was cut has to be there again.
                serving.wait_for(
                    lambda: serving.value("timesketch_exporter_source_up", source="broker") == 1
                )
            finally:
                workers.stop()
            happened.uploads, happened.workers = uploads.made, workers.came
            return happened


class _Load:
    def __init__(self, serving: Serving, uploads: Uploads, valkey: Valkey, ports: Ports) -> None:
        self._serving = serving
        self._uploads = uploads
        self._valkey = valkey
        self._ports = ports
        self._scrape = ""
        self._happened = Happened()

    def run(self, directory: Path, seconds: float, pace: Pace) -> Happened:
        """Do everything in its rhythm."""
        deadline = time.monotonic() + seconds
        acts: list[tuple[_Due, Callable[[], None]]] = [
            (_Due(1.0), self._scrape_it),
            (_Due(1.0), self._uploads.go_on),
            (_Due(pace.page), self._look),
            (_Due(pace.notification), self._notify),
            (_Due(pace.cut), self._cut),
            (_Due(pace.sample), lambda: self._sample(directory)),
        ]
        with httpx.Client(base_url=self._serving.url, timeout=60.0) as self._client:
            while time.monotonic() < deadline:
                for due, act in acts:
                    if due():
                        act()
                assert self._serving.process.alive(), self._serving.log()[-2_000:]
                time.sleep(0.02)
        return self._happened

    def _scrape_it(self) -> None:
        answer = self._client.get("/metrics")
        self._scrape = answer.text
        self._happened.scrapes += 1
        self._happened.failed_scrapes += not answer.is_success

    def _look(self) -> None:
        self._client.get(_PAGES[self._happened.pages % len(_PAGES)])
        self._happened.pages += 1

    def _notify(self) -> None:
        """Alertmanager asks for the repair of what is lost."""
        alerts = [alert(timeline_id) for timeline_id in self._uploads.lost]
        self._client.post("/webhook", content=body(*alerts), headers=_HEADERS)
        self._happened.notifications += 1

    def _cut(self) -> None:
        """Every connection of the broker ends, the workers' and ours as well."""
        self._happened.cuts += 1
        with (
            contextlib.suppress(redis.RedisError),
            redis.Redis.from_url(self._valkey.url) as client,
        ):
            for kind in ("pubsub", "normal"):
                client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")

    def _sample(self, directory: Path) -> None:
        pid = self._serving.process.pid
        self._happened.samples.append(sample(pid, self._ports, self._scrape, directory))
