"""One whole Timesketch: database, broker, OpenSearch's stand-in, web application, workers."""

from __future__ import annotations

import json
import os
import time
import uuid
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import redis
from sqlalchemy import NullPool, create_engine

from exporter.demo.processes import Process, free_port, spawn
from exporter.demo.roles import Roles, make_roles
from tests.planted import DATABASE_PASSWORD
from tests.timesketch.configuration import write_configuration
from tests.timesketch.opensearch import OpenSearch
from tests.timesketch.patience import until
from tests.timesketch.postgres_session import PostgresSession
from tests.timesketch.web_api import PASSWORD, USER, WebApi
from tests.timesketch.worker import HOST, Worker, kill, worker_arguments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from exporter.demo.servers import Postgres, Valkey
    from tests.smithy.forged import Forged
    from tests.timesketch.forge import Forge

_CSV = "message,datetime,timestamp_desc\n{},2026-11-23T10:00:00+00:00,written\n"


class Installation:
    """A Timesketch of its own, with everything between its parts configured in one file."""

    def __init__(
        self,
        *,
        forge: Forge,
        postgres: Postgres,
        valkey: Valkey,
        database_number: int,
        directory: Path,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        self.directory = directory
        self.configuration = directory / "timesketch.conf"
        self.postgres = postgres
        self.valkey = valkey
        self.broker = f"{valkey.url.removesuffix('/0')}/{database_number}"
        self.opensearch = OpenSearch()
        self._number = database_number
        self._forge = forge
        self._settings = dict(settings or {})
        self._database = f"timesketch_{uuid.uuid4().hex[:12]}"
        self._exit = ExitStack()
        self._workers: list[Worker] = []
        self.tasks: dict[int, str] = {}
        """The id of the last task that an upload to each timeline made."""
        self.api: WebApi
        self.roles: Roles
        """The two users that the exporter has in the database."""

    def start(self) -> None:
        """Start everything but workers."""
        self._exit.enter_context(self.opensearch)
        database = self.postgres.create_database(self._database)
        self._exit.callback(self.postgres.drop_database, self._database)
        (self.directory / "uploads").mkdir()
        self.configure(self.configuration, database=database)
        self.api = self.web("web", self.configuration)
        # The application has made the tables.
        engine = create_engine(database, poolclass=NullPool)
        self.roles = make_roles(engine, password=DATABASE_PASSWORD)
        engine.dispose()

    def configure(
        self, path: Path, *, database: str | None = None, broker: str | None = None
    ) -> None:
        """Write a timesketch.conf; `broker` may be another than our own."""
        broker = broker or self.broker
        settings = {
            "SECRET_KEY": "a secret of this test",
            "WTF_CSRF_ENABLED": False,
            "SQLALCHEMY_DATABASE_URI": database or self.postgres.database_url(self._database),
            "OPENSEARCH_HOSTS": [{"host": "127.0.0.1", "port": self.opensearch.port}],
            "UPLOAD_ENABLED": True,
            "UPLOAD_FOLDER": str(self.directory / "uploads"),
            "CELERY_BROKER_URL": broker,
            "CELERY_RESULT_BACKEND": broker,
            "GENERIC_MAPPING_FILE": str(self._forge.environment.data / "generic.mappings"),
            **self._settings,
        }
        write_configuration(self._forge.environment.data / "timesketch.conf", path, settings)

    def web(self, name: str, configuration: Path) -> WebApi:
        """Start a web application and log in to it."""
        port = free_port()
        arguments = (str(port), USER, PASSWORD)
        process = self.script("web.py", arguments, name=name, configuration=configuration)
        self._exit.callback(_end, process)
        api = WebApi(f"http://127.0.0.1:{port}")
        self._exit.callback(api.close)
        until(api.login, f"Timesketch's web application answers (see {process.log})", timeout=60)
        return api

    def script(
        self,
        script: str,
        arguments: Sequence[str],
        *,
        name: str,
        configuration: Path | None = None,
    ) -> Forged:
        """Start a script of the folder `inside` with our configuration, or another one."""
        environment = _environment(configuration or self.configuration)
        return self._forge.script(script, arguments, name=name, env=environment)

    @property
    def database(self) -> PostgresSession:
        """Timesketch's database, by its superuser."""
        return PostgresSession(self.postgres.database_url(self._database))

    def worker(
        self,
        name: str,
        *,
        pool: str = "prefork",
        processes: int = 2,
        prefetch: int = 4,
        as_upstream: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> Worker:
        """Start a worker; `as_upstream` from the command line, which takes seconds longer.

        `prefetch` is how many messages it takes in advance for each process, 4 as Celery's own.
        """
        node = f"{name}@{HOST}"
        log = self.directory / f"{name}.log"
        settings = {**_environment(self.configuration), **(env or {})}
        arguments = worker_arguments(
            node=node, log=log, pool=pool, processes=processes, prefetch=prefetch
        )
        process: Process | Forged
        if as_upstream:
            process = spawn(
                [self._forge.environment.python, "-m", "celery", *arguments],
                name=name,
                directory=self.directory,
                env={**os.environ, **settings},
            )
        else:
            process = self._forge.celery(
                arguments, name=f"{self.directory.name}-{name}", env=settings
            )
        worker = Worker(node, process, log)
        self._workers.append(worker)
        return worker

    def upload(
        self, sketch: int, name: str, *, held: str | None = None, content: str | None = None
    ) -> int:
        """Upload a small CSV file and return the timeline's id.

        `held` names the hold under which OpenSearch keeps its import waiting; `content` replaces
        the file.
        """
        content = content or _CSV.format("an event" if held is None else f"held-{held}")
        upload = self.api.upload_file(sketch, name=name, file_name=f"{name}.csv", content=content)
        self.tasks[upload.timeline] = upload.task_id
        return upload.timeline

    def upload_running(self, sketch: int, name: str, *, held: str) -> int:
        """Upload a small file and wait until a worker has sent its events to OpenSearch."""
        timeline = self.upload(sketch, name, held=held)
        self.opensearch.wait_held(held)
        return timeline

    def status(self, timeline: int) -> str:
        """The status of a timeline in the database."""
        return str(self._value("SELECT status FROM timeline_status WHERE parent_id = %s", timeline))

    def wait_status(self, timeline: int, status: str) -> None:
        """Wait until a timeline has a status."""
        until(lambda: self.status(timeline) == status, f"timeline {timeline} is {status}")

    def analyses(self, sketch: int) -> dict[int, str]:
        """The statuses of a sketch's analyses, by id."""
        rows = self.rows(
            "SELECT analysis.id, status FROM analysis JOIN analysis_status"
            " ON analysis_status.parent_id = analysis.id WHERE analysis.sketch_id = %s ORDER BY 1",
            sketch,
        )
        return {int(str(identifier)): str(status) for identifier, status in rows}

    def rows(self, statement: str, *parameters: object) -> list[tuple[object, ...]]:
        """What a statement reads from Timesketch's database."""
        return self.database.rows(statement, *parameters)

    def running_process(self, timeline: int) -> int:
        """The pid of the pool's process that imports a timeline, from the result backend."""
        stored = self._result(timeline)
        assert stored["status"] == "STARTED", f"timeline {timeline}: {stored}"
        return int(stored["result"]["pid"])

    def result(self, timeline: int) -> str:
        """The state of a timeline's last task in the result backend."""
        return str(self._result(timeline)["status"])

    def started_pids(self) -> set[int]:
        """The pids of all pool processes that run a task, from the result backend."""
        pids = set()
        with self.broker_client() as client:
            for key in client.scan_iter("celery-task-meta-*"):
                stored = client.get(key)
                result = json.loads(stored) if isinstance(stored, bytes) else {}
                if result.get("status") == "STARTED":
                    pids.add(int(result["result"]["pid"]))
        return pids

    def _result(self, timeline: int) -> dict[str, Any]:
        with self.broker_client() as client:
            stored = client.get(f"celery-task-meta-{self.tasks[timeline]}")
        found: dict[str, Any]
        found = json.loads(stored) if isinstance(stored, bytes) else {"status": "PENDING"}
        return found

    def queue_length(self) -> int:
        """How many messages wait in the queue `celery`."""
        with self.broker_client() as client:
            return int(client.llen("celery"))

    def prefetched(self) -> int:
        """How many messages workers have taken and not acknowledged."""
        with self.broker_client() as client:
            return int(client.hlen("unacked"))

    def wait_prefetched_for(self, seconds: float) -> None:
        """Wait until every message that workers have prefetched was taken longer ago than this."""

        def long_ago() -> bool:
            with self.broker_client() as client:
                taken: list[tuple[bytes, float]] = client.zrange(
                    "unacked_index", 0, -1, withscores=True
                )
            return bool(taken) and max(at for _, at in taken) < time.time() - seconds

        until(long_ago, f"what is prefetched was taken {seconds:g} s ago", interval=0.25)

    def reply_lists(self) -> list[str]:
        """The lists of replies to questions (of anybody) that are in Redis."""
        with self.broker_client() as client:
            return [key.decode() for key in client.scan_iter("*.reply.celery.pidbox")]

    def listeners(self) -> int:
        """How many connections of workers listen for broadcasts: two a worker (pidbox, gossip)."""
        return sum(int(client["psub"]) > 0 for client in self.clients())

    def pollers(self) -> list[str]:
        """The addresses of clients whose last command was BRPOP: workers, and those who asked."""
        return [client["addr"] for client in self.clients() if client["cmd"] == "brpop"]

    def wait_connected_for(self, seconds: int) -> None:
        """Wait until everybody who polls has been connected for longer than this."""
        until(
            lambda: all(int(c["age"]) > seconds for c in self.clients() if c["cmd"] == "brpop"),
            f"everybody is connected for {seconds} s",
        )

    def clients(self) -> list[dict[str, str]]:
        """Everybody who is connected to our database of Redis, the exporter left out."""
        own = "timesketch-exporter"
        with self.broker_client() as client:
            connected: list[dict[str, str]] = client.client_list()
        return [
            each
            for each in connected
            if each["db"] == str(self._number) and not each["name"].startswith(own)
        ]

    def broker_client(self) -> redis.Redis:
        """A client of the broker, which closes at the end of its context."""
        return redis.Redis.from_url(self.broker)

    def _value(self, statement: str, *parameters: object) -> object:
        rows = self.rows(f"{statement} ORDER BY id DESC LIMIT 1", *parameters)
        assert rows, f"no row: {statement} {json.dumps(parameters)}"
        return rows[0][0]

    def close(self) -> None:
        """End everything, workers first and without ceremony."""
        for worker in self._workers:
            _end(worker.process)
        self._exit.close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _environment(configuration: Path) -> dict[str, str]:
    return {
        "TIMESKETCH_SETTINGS": str(configuration),
        # A worker that runs as root warns and goes on only where this says so.
        "C_FORCE_ROOT": "1",
    }


def _end(process: Process | Forged) -> None:
    kill(process.pid)
    process.wait(10)
