"""What the exporters under test are told, and what Celery's transport is."""

from __future__ import annotations

from tests.chaos.judging import Bounds

QUEUES = ("celery", "plaso")
BOUNDS = Bounds(grace=5.0, confirm_after=2.0)
TRANSPORT = {
    "visibility_timeout": 10,
    # A look for messages to be handed out again every so many seconds; by default every 100.
    "unacked_restore_interval": 3,
    "unacked_restore_throttle": 1,
    # How long a worker that is killed while it looks keeps all others from it; by default 300.
    "unacked_mutex_expire": 5,
}
SETTINGS = {
    "broker.queues": ",".join(QUEUES),
    "broker.timeout": "3s",
    "database.timeout": "3s",
    "scan.interval": "1s",
    "judge.grace": f"{BOUNDS.grace:g}s",
    "judge.confirm-after": f"{BOUNDS.confirm_after:g}s",
    # Outages are shorter than 2 s, stops than 4 s; Celery tries after 0, 2 and 6 s.
    "workers.reconnect-within": "20s",
    "workers.drain-timeout": "40s",
    "repair.mode": "enforce",
    "repair.budget": "1000000",
    # Half of everything may be lost at once: that is what this is for.
    "repair.brake-share": "1",
    "repair.cool-down": "1s",
    "webhook.patience": "20s",
    "metrics.max-orphans": "1000",
}
