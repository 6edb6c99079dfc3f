"""Timelines that come and go: rows, messages, and now and then one that is lost."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import redis
from sqlalchemy import create_engine

from exporter.demo.roles import make_roles
from exporter.demo.rows import Rows
from exporter.demo.tasks import celery_app

if TYPE_CHECKING:
    from exporter.demo.rows import UploadedRows

_TASK = "timesketch.lib.tasks.run_csv_jsonl"
QUEUE = "celery"
_SECONDS = 10.0
#: One in so many is never sent; it is given up after so many seconds, repaired or not.
_LOST = 20
_LOST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Upload:
    rows: UploadedRows
    path: str
    ends_at: float
    lost: bool


class Uploads:
    """One each time that it is told to go on; as many end. `roles` are the exporter's users."""

    def __init__(self, database_url: str, broker_url: str) -> None:
        self._engine = create_engine(database_url)
        self._rows = Rows(self._engine)
        self._rows.create_tables()
        self.roles = make_roles(self._engine, password="s0ak")
        self._sketch = self._rows.add_sketch("soak")
        self._app = celery_app(broker_url)
        self._client = redis.Redis.from_url(broker_url)
        self._waiting: deque[_Upload] = deque()
        self.made = 0

    @property
    def lost(self) -> tuple[int, ...]:
        """The timelines that nobody works on."""
        return tuple(each.rows.timeline_id for each in self._waiting if each.lost)

    def go_on(self) -> None:
        """Upload a file, and import those whose time has come; a broker that is cut takes none."""
        self.made += 1
        path = f"/mnt/timesketch/upload/{self.made:032x}"
        rows = self._rows.add_upload(self._sketch, f"disk-{self.made}", path)
        lost = self.made % _LOST == 0
        with contextlib.suppress(redis.RedisError, OSError):
            if not lost:
                args = [path, "", "disk", rows.index_name, "csv", rows.timeline_id, None, ","]
                self._app.send_task(_TASK, args=args, queue=QUEUE)
        seconds = _LOST_SECONDS if lost else _SECONDS
        self._waiting.append(_Upload(rows, path, time.monotonic() + seconds, lost))
        self._end()

    def _end(self) -> None:
        now = time.monotonic()
        for each in [each for each in self._waiting if each.ends_at <= now]:
            with contextlib.suppress(redis.RedisError, OSError):
                if not each.lost:
                    self._client.rpop(QUEUE)
            self._rows.set_import_status(each.rows.timeline_id, each.path, "ready")
            self._waiting.remove(each)

    def close(self) -> None:
        """Let go of database and broker."""
        self._app.close()
        self._client.close()
        self._engine.dispose()
