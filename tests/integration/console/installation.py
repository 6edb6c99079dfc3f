"""A small Timesketch with all that a page can show, and the exporter that serves it.

Two workers, of which one was killed at work; imports that run, wait, are parked and are lost; and
a journal with what an alert had repaired, what was taken back, and what a guard refused.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

import bcrypt
import httpx
import sqlalchemy

from exporter.demo.cast import (
    ANALYSED,
    BEHIND,
    BROKEN,
    DOOMED,
    FINISHED,
    IMPORT_1,
    IMPORT_2,
    LOST,
    NEXT,
)
from exporter.demo.stage import Stage
from exporter.repair.records import Origin
from exporter.service.repairing import repairing
from exporter.settings import load
from tests.integration.commands.repairing import QUICK
from tests.integration.commands.serving import environment, serve
from tests.plain_http import PLAIN
from tests.unit.web.webhook.notifications import alert, notification

if TYPE_CHECKING:
    from tests.integration.commands.serving import Serving

USER, OPERATOR, PASSWORD = "anna", "otto", "correct horse"
TOKEN = "s3cret"
TIMESKETCH = "https://timesketch.example.org"
_SEEN = re.compile(r'timesketch_processing_timelines\{verdict="(\w+)"\} (\d+)')


class Installation:
    """All of it; `serving` is the exporter, `repair_id` the repair that an alert asked for.

    `strange` are timelines that a test has added.
    """

    strange: tuple[int, ...] = ()

    def __init__(self) -> None:
        self._stack = ExitStack()
        with ExitStack() as half_made:
            half_made.push(self._stack)
            self.stage = self._stack.enter_context(Stage())
            self.stage.start_servers()
            self.settings = self._settings()
            self.serving = self._serve()
            self._play()
            half_made.pop_all()

    @property
    def url(self) -> str:
        """Where the console is."""
        return self.serving.url

    def get(self, path: str) -> httpx.Response:
        """The answer to somebody who signed in."""
        return httpx.get(f"{self.url}{path}", auth=(USER, PASSWORD), timeout=60.0, verify=PLAIN)

    def lose(self, *names: str) -> tuple[int, ...]:
        """Add timelines whose messages were never sent, in a sketch of their own.

        Names may be longer than the 255 characters that Timesketch's own columns hold.
        """
        engine = sqlalchemy.create_engine(
            self.stage.connections.database_url, poolclass=sqlalchemy.NullPool
        )
        with engine.begin() as connection:
            for column in ("timeline.name", "timeline.description", "datasource.original_filename"):
                table, name = column.split(".")
                wider = f"ALTER TABLE {table} ALTER COLUMN {name} TYPE text"
                connection.execute(sqlalchemy.text(wider))
        rows = self.stage.rows
        sketch = rows.add_sketch("lost")
        return tuple(
            rows.add_upload(sketch, name, f"/uploads/{number}").timeline_id
            for number, name in enumerate(names)
        )

    def verdicts(self) -> dict[str, int]:
        """How many timelines have which verdict, as the metrics tell."""
        found = _SEEN.findall(self.get("/metrics").text)
        return {verdict: int(count) for verdict, count in found if count != "0"}

    def wait_for(self, **verdicts: int) -> None:
        """Wait until timelines have been judged so."""
        self.serving.wait_for(lambda: verdicts.items() <= self.verdicts().items())

    def close(self) -> None:
        """End it all."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _settings(self) -> dict[str, str]:
        directory, connections = self.stage.directory, self.stage.connections
        web = directory / "web.yml"
        # As cheap as bcrypt can be, since every request of every page is asked for it.
        hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(rounds=4)).decode()
        users = "".join(f"  {name}: {hashed}\n" for name in (USER, OPERATOR))
        web.write_text(f"basic_auth_users:\n{users}")
        token = directory / "webhook-token"
        token.write_text(TOKEN)
        return QUICK | {
            "database.url": self.stage.roles.reader,
            "repair.database-url": self.stage.roles.repairer,
            "broker.url": connections.broker_url,
            "results.url": connections.broker_url,
            "journal.url": f"sqlite:///{directory / 'journal.db'}",
            "scan.interval": "500ms",
            "workers.timeout": "1s",
            "repair.mode": "enforce",
            "timesketch.external-url": TIMESKETCH,
            "web.config-file": str(web),
            "web.operators": OPERATOR,
            "webhook.token-file": str(token),
        }

    def _serve(self) -> Serving:
        serving = serve(self.stage.directory, self.settings)
        self._stack.enter_context(serving.process)
        return serving

    def _play(self) -> None:
        """Let happen what the pages show."""
        for upload, status in ((FINISHED, "ready"), (BROKEN, "fail")):
            self.stage.end_import(upload, status)
        doomed = self.stage.start_worker(IMPORT_1)
        for upload in (DOOMED, *BEHIND):
            self.stage.upload(upload)
        self.wait_for(running=1, reserved=4)
        self.stage.start_worker(IMPORT_2)
        self.stage.upload(ANALYSED)
        self.wait_for(running=2)
        self.stage.upload(NEXT)
        self.stage.commit(LOST)
        self.wait_for(reserved=5, orphaned=1)
        by_hand = Origin("olga@forensics", "cli")
        with repairing(load({}, environment(self.settings))) as workshop:
            workshop.journal.pause("somebody looks into the lost import", by_hand)
            self._alert(started="2026-11-27T00:23:03.123Z", ends="refused")
            workshop.journal.resume(by_hand)
            self._alert(started="2026-11-27T00:24:03.123Z", ends="repaired")
            self.repair_id = next(workshop.journal.entries(limit=1)).repair.repair_id
            workshop.engine.undo(workshop.engine.plan_undo(self.repair_id), by_hand)
            workshop.journal.pause("the database moves to another host until noon", by_hand)
        doomed.kill()
        self.wait_for(orphaned=2, parked=4)
        self.serving.wait_for(lambda: "paused by" in re.sub("<[^>]+>", "", self.get("/").text))

    def _alert(self, *, started: str, ends: str) -> None:
        """Have an alert ask for the repair of the lost import, and wait until that has ended."""
        lost = alert(self.stage.timeline_id(LOST), starts_at=started, fingerprint="c0ffee01234567")
        posted = httpx.post(
            f"{self.url}/webhook",
            json=notification(lost),
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=60.0,
        )
        assert posted.status_code == httpx.codes.ACCEPTED, posted.text
        self.serving.wait_for(lambda: ends in self.get("/requests").text)
