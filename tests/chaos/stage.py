"""Everything that a run needs: servers, ways to the broker, workers, exporters and witnesses."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from exporter.demo.attached import Token
from exporter.demo.servers import Postgres, Valkey
from tests.chaos.alerting import Alerting
from tests.chaos.books import Books, as_author, open_books
from tests.chaos.clocks import Clock
from tests.chaos.crew import Crew
from tests.chaos.exporters import Exporter
from tests.chaos.peer import Peer
from tests.chaos.proxy import Proxy
from tests.chaos.record import Author
from tests.chaos.settings import SETTINGS, TRANSPORT
from tests.chaos.uploads import Uploads
from tests.chaos.witness import Witness
from tests.chaos.worker import Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.demo.roles import Roles

_READY_WITHIN = 120.0


class Stage:
    """Lies in a temporary directory; none of its processes outlives `close` or this process."""

    def __init__(self, seed: int) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="timesketch-exporter-chaos-"))
        # Searchable by others: as root, the database server runs as user nobody.
        self.directory.chmod(0o711)
        self._pause = threading.Event()
        self._stack = contextlib.ExitStack()
        self._stack.callback(shutil.rmtree, self.directory, ignore_errors=True)
        try:
            self._set_up(seed)
        except BaseException:
            self.close()
            raise

    def _set_up(self, seed: int) -> None:
        enter = self._stack.enter_context
        self.postgres = enter(Postgres(self.directory))
        self.valkey = enter(
            Valkey(self.directory, config={"appendonly": "yes", "appendfsync": "always"})
        )
        database = self.postgres.create_database("timesketch")
        journal = self.postgres.create_database("journal")
        uploaded = self.directory / "uploads"
        uploaded.mkdir()
        self.uploads = Uploads(database, self.valkey.url, uploaded)
        self._stack.callback(self.uploads.close)
        self.uploads.open()
        roles = open_books(database)
        self.books = Books(database, journal)
        self._stack.callback(self.books.close)
        self.ways = {
            "workers": enter(Proxy(self.valkey.port)),
            "exporters": enter(Proxy(self.valkey.port)),
        }
        record = self.directory / "record.jsonl"
        self.witness = enter(Witness(record, self.valkey.port))
        job = Job(self._way("workers"), as_author(database, Author.WORKER), str(record))
        self.crew = Crew(job, self.directory, self.witness)
        self._stack.callback(self.crew.close)
        self._token = Token(self.directory / "webhook.token")
        self.exporters = [
            self._exporter(name, roles, journal, clock)
            for name, clock in (
                ("a", None),
                ("b", Clock.make(self.directory / "exporter.clock")),
            )
        ]
        self.alerting = Alerting(self.exporters, self._token.secret, seed)
        self._stack.callback(self.alerting.close)
        self.peer = Peer(self.uploads, self.valkey.url)
        self._stack.callback(self.peer.close)

    def _way(self, whose: str) -> str:
        return f"redis://127.0.0.1:{self.ways[whose].port}/0"

    def _exporter(self, name: str, roles: Roles, journal: str, clock: Clock | None) -> Exporter:
        made = Exporter(
            name,
            {
                "database.url": roles.reader,
                "repair.database-url": roles.repairer,
                "journal.url": journal,
                "broker.url": self._way("exporters"),
                "results.url": self._way("exporters"),
                "broker.transport-options": json.dumps(TRANSPORT),
                "webhook.token-file": str(self._token.file),
                **SETTINGS,
            },
            self.directory,
            clock=clock,
        )
        self._stack.callback(made.close)
        return made

    def begin(self) -> None:
        """Start everybody and wait until all are there; raises TimeoutError if they are not."""
        self.crew.start()
        for exporter in self.exporters:
            exporter.start()
            exporter.watch()
        self.until(
            lambda: all(any(scan.complete for scan in each.scans()) for each in self.exporters),
            "a complete scan of each exporter",
            within=_READY_WITHIN,
        )
        self.alerting.start()
        self.peer.start()

    def until(self, condition: Callable[[], bool], what: str, *, within: float) -> None:
        """Wait for something; raises TimeoutError if it takes too long."""
        deadline = time.monotonic() + within
        while not condition():
            if time.monotonic() > deadline:
                message = f"after {within:g} s still not: {what}"
                raise TimeoutError(message)
            self.rest(0.2)

    def rest(self, seconds: float) -> None:
        """Let time pass between two looks."""
        self._pause.wait(seconds)

    def close(self) -> None:
        """End everything, and remove the directory."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
