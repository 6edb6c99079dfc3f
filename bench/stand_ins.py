"""Run as a process of its own: light stand-ins for workers, `stand_ins BROKER_URL COUNT`.

Each has what the exporter can see of a worker in Redis: a subscription to remote control with its
binding (kombu's own), a blocking consumer (of a queue of its own, so that nothing is taken from
Timesketch's), and the answers of a busy worker of two processes. None sends heartbeats.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
import uuid
from typing import TYPE_CHECKING

from kombu import Connection, Consumer, Exchange, Queue
from kombu.pidbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable

_TASK = "timesketch.lib.tasks.run_csv_jsonl"
_ACTIVE = 2
_RESERVED = 8
_LOOK = 0.5


class StandIn:
    """One of them; the timelines it holds follow from its number."""

    def __init__(self, number: int, name: str | None = None, queue: str | None = None) -> None:
        self.name = name or f"celery@worker-{number:03}"
        self._queue = queue or self.name
        self._began = time.time()
        first = number * (_ACTIVE + _RESERVED) + 1
        self._active = [self._task(first + n) for n in range(_ACTIVE)]
        self._reserved = [self._task(first + _ACTIVE + n) for n in range(_RESERVED)]

    def _task(self, timeline_id: int) -> dict[str, object]:
        path = f"/mnt/timesketch/upload/{uuid.uuid4().hex}"
        args = [path, "", f"timeline {timeline_id}", uuid.uuid4().hex, "csv", timeline_id]
        return {
            "id": str(uuid.uuid4()),
            "name": _TASK,
            "args": [*args, None, ","],
            "kwargs": {},
            "type": _TASK,
            "hostname": self.name,
            "time_start": self._began,
            "acknowledged": True,
            "delivery_info": {"routing_key": "celery", "priority": 0, "redelivered": False},
            "worker_pid": 1,
        }

    def _stats(self) -> dict[str, object]:
        return {
            "pid": 1,
            "uptime": int(time.time() - self._began),
            "prefetch_count": _RESERVED,
            "pool": {"implementation": "prefork", "max-concurrency": 2, "processes": [2, 3]},
            "total": {},
        }

    def handlers(self) -> dict[str, Callable[..., object]]:
        """Return the answers by question."""
        return {
            "scheduled": lambda _, **__: [],
            "reserved": lambda _, **__: self._reserved,
            "active": lambda _, **__: self._active,
            "active_queues": lambda _, **__: [{"name": "celery"}],
            "stats": lambda _, **__: self._stats(),
            "query_task": lambda _, **__: {},
        }

    def run(self, broker_url: str, *, over: Callable[[], bool] = lambda: False) -> None:
        """Answer until it is over, looking every `_LOOK` seconds; then leave as workers do."""
        with Connection(broker_url) as connection:
            channel = connection.channel()
            mailbox = Mailbox("celery", type="fanout", connection=connection, accept=["json"])
            node = mailbox.Node(self.name, channel=channel, handlers=self.handlers())
            node.listen(channel=channel)
            queue = Queue(self._queue, Exchange(self._queue), self._queue, auto_delete=True)
            with Consumer(connection.channel(), [queue], callbacks=[lambda *_: None]):
                while not over():
                    with contextlib.suppress(socket.timeout, TimeoutError):
                        connection.drain_events(timeout=_LOOK)


def main() -> None:
    """Start them all and answer until told to stop."""
    url, count = sys.argv[1], int(sys.argv[2])
    threads = [
        threading.Thread(target=StandIn(number).run, args=(url,), daemon=True)
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
