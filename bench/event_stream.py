"""Run as a process of its own: publishes a stream of task events, as fast as its readers take it.

`python -m bench.event_stream BROKER_URL TASKS EVENTS_A_MESSAGE` publishes three events for each
task, received, started and succeeded, in kombu's envelopes, in lists of so many as workers with a
pool of processes send them (1: singly, as solo workers do). No reader is allowed to fall so far
behind that Redis would cut it off: what is measured is what is taken in, not what is lost.
"""

from __future__ import annotations

import base64
import json
import sys
import time
import uuid
from typing import TYPE_CHECKING

import redis

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORKERS = 20
_TASKS_AT_ONCE = 100
_BEHIND_AT_MOST = 4 * 1024 * 1024
_NAME = "timesketch.lib.tasks.run_csv_jsonl"
_CHANNEL = "/0.celeryev/task.{}"


def _events(number: int) -> Iterator[dict[str, object]]:
    """Yield what a worker sends of one task."""
    common = {
        "hostname": f"celery@worker-{number % _WORKERS}",
        "utcoffset": 0,
        "pid": 1,
        "clock": number,
        "uuid": str(uuid.uuid4()),
        "local_received": 0,
    }
    args = f"('/uploads/{number:032x}', '', 'disk {number}', 'index', 'csv', {number}, None, ',')"
    yield {
        **common,
        "type": "task-received",
        "name": _NAME,
        "args": args,
        "kwargs": "{}",
        "root_id": common["uuid"],
        "parent_id": None,
        "retries": 0,
        "eta": None,
        "expires": None,
        "timestamp": time.time(),
    }
    yield {**common, "type": "task-started", "timestamp": time.time()}
    yield {
        **common,
        "type": "task-succeeded",
        "result": "None",
        "runtime": 1.5,
        "timestamp": time.time(),
    }


def _envelope(body: object, key: str) -> bytes:
    return json.dumps(
        {
            "body": base64.b64encode(json.dumps(body).encode()).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {"hostname": "celery@worker"},
            "properties": {
                "delivery_mode": 1,
                "delivery_info": {"exchange": "celeryev", "routing_key": key},
                "priority": 0,
                "body_encoding": "base64",
                "delivery_tag": str(uuid.uuid4()),
            },
        }
    ).encode()


def _publish(client: redis.Redis, events: list[dict[str, object]], together: int) -> None:
    with client.pipeline(transaction=False) as pipeline:
        for start in range(0, len(events), together):
            body: object = events[start : start + together] if together > 1 else events[start]
            key = "task.multi" if together > 1 else str(events[start]["type"]).replace("-", ".")
            pipeline.publish(_CHANNEL.format(key.partition(".")[2]), _envelope(body, key))
        pipeline.execute()


def main() -> None:
    """Publish everything."""
    url, tasks, together = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with redis.Redis.from_url(url) as client:
        for first in range(0, tasks, _TASKS_AT_ONCE):
            last = min(tasks, first + _TASKS_AT_ONCE)
            events = [event for number in range(first, last) for event in _events(number)]
            _publish(client, events, together)
            while _furthest_behind(client) > _BEHIND_AT_MOST:
                time.sleep(0.005)


def _furthest_behind(client: redis.Redis) -> int:
    """Return how many bytes wait for the slowest subscriber."""
    return max((int(each["omem"]) for each in client.client_list(_type="pubsub")), default=0)


if __name__ == "__main__":
    main()
