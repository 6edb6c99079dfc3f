"""What stops, limits and redeliveries make of imports, at a real worker of the real Timesketch.

- stops: twelve files are uploaded, each of which takes 25 s to import. While the worker imports two
  of them and has taken eight more, it is stopped as `docker stop` does.
- limits: an import hangs, and a time limit ends it.
- redeliveries: a message has waited behind a busy worker for longer than the visibility time-out of
  5 s when a second worker comes; and the same where the first worker has been killed.
- events: what is published while ten files are imported, with task events and without.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from bench import waiting
from exporter.demo.servers import Postgres, Valkey
from tests.acceptance.exporter_command import Command
from tests.timesketch.container import SHELL, Container
from tests.timesketch.environment import Environment, ready_environment
from tests.timesketch.forge import Forge
from tests.timesketch.installation import Installation
from tests.timesketch.worker import HOST, worker_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_UPLOADS = 12
_PROCESSES = 2
_PREFETCH = 4
_IMPORT_SECONDS = 25.0
_DOCKER_DEFAULT = 10.0
_STOPS = {
    "as upstream, 10 s": (SHELL, _DOCKER_DEFAULT),
    "as upstream, 40 s": (SHELL, 40.0),
    "celery is pid 1, 10 s": (None, _DOCKER_DEFAULT),
    "celery is pid 1, 600 s": (None, 600.0),
}
_LIMITS: dict[str, dict[str, object]] = {
    "hard limit alone": {"CELERYD_TASK_TIME_LIMIT": 5},
    "soft limit before it": {"CELERYD_TASK_SOFT_TIME_LIMIT": 5, "CELERYD_TASK_TIME_LIMIT": 15},
}
_TIMEOUT = 5.0
_VISIBILITY: dict[str, dict[str, object]] = {
    "visible again after 5 s": {"BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": _TIMEOUT}},
    "after an hour, as by default": {},
}
_EVENTS: dict[str, dict[str, object]] = {
    "without task events": {},
    "with task events": {"CELERY_SEND_EVENTS": True},
}
_WATCHED = 10

QUICK = {"only": "hard limit alone"}


def measure(directory: Path, *, only: str | None = None) -> dict[str, object]:
    """Return the figures of everything, or of one case."""
    with ExitStack() as stack:
        environment = ready_environment()
        site = _Site(
            directory,
            environment,
            stack.enter_context(Forge(environment, directory)),
            stack.enter_context(Postgres(directory / "postgres")),
            stack.enter_context(Valkey(directory / "valkey")),
            count(1),
        )
        parts: dict[str, dict[str, Callable[[], dict[str, object]]]] = {
            "stops": {name: partial(_stop, site, *how) for name, how in _STOPS.items()},
            "limits": {name: partial(_limit, site, each) for name, each in _LIMITS.items()},
            "redeliveries": {
                f"{name}, first worker {'killed' if killed else 'busy'}": partial(
                    _redelivery, site, settings, killed=killed
                )
                for name, settings in _VISIBILITY.items()
                for killed in (False, True)
            },
            "events": {name: partial(_events, site, each) for name, each in _EVENTS.items()},
        }
        return {
            part: {name: take() for name, take in each.items() if only in {None, name}}
            for part, each in parts.items()
        }


@dataclass(frozen=True)
class _Site:
    """Where Timesketches are made."""

    directory: Path
    environment: Environment
    forge: Forge
    postgres: Postgres
    valkey: Valkey
    numbers: count[int]

    def install(self, settings: dict[str, object] | None = None) -> Installation:
        number = next(self.numbers)
        home = self.directory / f"timesketch{number}"
        home.mkdir()
        return Installation(
            forge=self.forge,
            postgres=self.postgres,
            valkey=self.valkey,
            database_number=number,
            directory=home,
            settings=settings,
        )

    @contextmanager
    def worker(
        self, timesketch: Installation, name: str = "one", *, script: str | None = None
    ) -> Iterator[Container]:
        """A worker as upstream starts it, ready to consume."""
        node = f"{name}@{HOST}"
        log = timesketch.directory / f"{name}.log"
        arguments = worker_arguments(
            node=node, log=log, pool="prefork", processes=_PROCESSES, prefetch=_PREFETCH
        )
        with Container(
            [self.environment.python, "-m", "celery", *arguments],
            name=name,
            directory=timesketch.directory,
            env={"TIMESKETCH_SETTINGS": str(timesketch.configuration), "C_FORCE_ROOT": "1"},
            script=script,
        ) as container:
            waiting.until(
                lambda: log.exists() and f"{node} ready." in log.read_text(), f"{node} is ready"
            )
            yield container


def _stop(site: _Site, script: str | None, grace: float) -> dict[str, object]:
    with site.install() as timesketch, site.worker(timesketch, script=script) as worker:
        timelines = _upload(timesketch, _UPLOADS)
        with _imports_lasting(timesketch, _IMPORT_SECONDS):
            _wait_taken(timesketch, _PROCESSES * _PREFETCH)
            stopped = worker.stop(grace)
            verdicts = _verdicts(timesketch)
        return {
            "seconds": round(stopped.seconds, 1),
            "ended_by": "SIGKILL" if stopped.killed else "itself",
            "ready": sum(timesketch.status(each) == "ready" for each in timelines),
            **verdicts,
        }


def _limit(site: _Site, settings: dict[str, object]) -> dict[str, object]:
    with site.install(settings) as timesketch, site.worker(timesketch):
        (timeline,) = _upload(timesketch, 1)
        timesketch.opensearch.wait_held("import0")
        began = time.monotonic()
        waiting.until(lambda: timesketch.result(timeline) != "STARTED", "the limit strikes")
        return {
            "seconds": round(time.monotonic() - began, 1),
            "task": timesketch.result(timeline),
            "timeline": timesketch.status(timeline),
            **_verdicts(timesketch),
        }


def _redelivery(site: _Site, settings: dict[str, object], *, killed: bool) -> dict[str, object]:
    """What becomes of one message that a worker took in advance, behind two that hang."""
    with site.install(settings) as timesketch, site.worker(timesketch) as first:
        waiting_behind = _upload(timesketch, _PROCESSES + 1)[-1]
        _wait_taken(timesketch, 1)
        timesketch.wait_prefetched_for(_TIMEOUT + 1)
        if killed:
            first.kill()
        with site.worker(timesketch, "two"):
            timesketch.opensearch.release(*(f"import{each}" for each in range(_UPLOADS)))
            # A worker that starts asks at once for what is to be handed out again; what is uploaded
            # afterwards comes later.
            after = timesketch.upload(timesketch.api.new_sketch("after"), "after")
            timesketch.wait_status(after, "ready")
            if not killed:
                waiting.until(lambda: not timesketch.started_pids(), "nobody imports any more")
                timesketch.wait_status(waiting_behind, "ready")
            logs = "".join(
                path.read_text()
                for name in ("one", "two")
                for path in [timesketch.directory / f"{name}.log"]
            )
            return {
                "imported_times": logs.count(f"Index timeline [file{_PROCESSES}]"),
                "timeline": timesketch.status(waiting_behind),
            }


def _events(site: _Site, settings: dict[str, object]) -> dict[str, object]:
    with site.install(settings) as timesketch, site.worker(timesketch):
        with timesketch.broker_client() as client, client.pubsub() as events:
            number = timesketch.broker.rsplit("/", 1)[1]
            events.psubscribe(f"/{number}.celeryev/*")
            sketch = timesketch.api.new_sketch("case")
            for each in range(_WATCHED):
                timeline = timesketch.upload(sketch, f"file{each}")
                timesketch.wait_status(timeline, "ready")
            heard: Counter[str] = Counter()
            size = 0
            while (message := events.get_message(timeout=1.0)) is not None:
                if message["type"] == "pmessage":
                    text = message["channel"].decode()
                    heard[text.rpartition("/")[2].replace("worker.heartbeat", "heartbeat")] += 1
                    size += len(message["data"]) if "task" in text else 0
        return {"messages": dict(sorted(heard.items())), "task_bytes_an_import": size // _WATCHED}


def _upload(timesketch: Installation, number: int) -> list[int]:
    sketch = timesketch.api.new_sketch("case")
    return [
        timesketch.upload(sketch, f"file{each}", held=f"import{each}") for each in range(number)
    ]


def _wait_taken(timesketch: Installation, in_advance: int) -> None:
    waiting.until(lambda: timesketch.prefetched() == in_advance, "the worker has taken its share")
    for each in range(_PROCESSES):
        timesketch.opensearch.wait_held(f"import{each}")


@contextmanager
def _imports_lasting(timesketch: Installation, seconds: float) -> Iterator[None]:
    """Let each import end so long after it has begun."""
    over = threading.Event()

    def release() -> None:
        began: dict[str, float] = {}
        while not over.wait(0.1):
            now = time.monotonic()
            for name in (f"import{each}" for each in range(_UPLOADS)):
                if timesketch.opensearch.holding(name):
                    began.setdefault(name, now)
                if now - began.get(name, now) > seconds:
                    timesketch.opensearch.release(name)

    thread = threading.Thread(target=release)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _verdicts(timesketch: Installation) -> dict[str, int]:
    """How many timelines that still say processing have which verdict, by the exporter."""
    scan = Command(timesketch).scan()
    return dict(sorted(Counter(scan.timelines().values()).items()))
