"""Uploads in a queue: one message made by Celery itself, then as many like it as wanted."""

from __future__ import annotations

import base64
import json
import uuid
from typing import TYPE_CHECKING

import redis

from exporter.demo.tasks import celery_app

if TYPE_CHECKING:
    from collections.abc import Iterator

_AT_ONCE = 500
_COMMANDS = 100_000


def fill_queue(
    broker_url: str, *, messages: int, timelines: range, size: int, queue: str = "celery"
) -> None:
    """Put streamed uploads to these timelines, in turn, into a queue; `size` is in bytes each."""
    app = celery_app(broker_url)
    events = "x" * (size * 3 // 4)  # base64 makes four bytes of three
    path_and_on = ["", events, "timeline", uuid.uuid4().hex, "jsonl", 0, None, ","]
    app.send_task("timesketch.lib.tasks.run_csv_jsonl", args=path_and_on, queue=queue)
    app.close()
    with redis.Redis.from_url(broker_url) as client:
        pattern = json.loads(client.rpop(queue))
        batch = []
        for message in _like(pattern, messages, timelines):
            batch.append(message)
            if len(batch) == _AT_ONCE:
                client.lpush(queue, *batch)
                batch.clear()
        if batch:
            client.lpush(queue, *batch)


def longest_command(broker_url: str) -> dict[str, object]:
    """Return how long the server was held longest by one command since `watch_commands`.

    While it works on one, nobody else is served, workers included. The time is the server's own.
    """
    with redis.Redis.from_url(broker_url) as client:
        slowest = max(client.slowlog_get(_COMMANDS), key=lambda each: each["duration"])
    return {
        "longest_hold_of_redis_seconds": round(slowest["duration"] / 1_000_000, 4),
        "by_command": slowest["command"].split(None, 1)[0].decode(),
    }


def watch_commands(broker_url: str) -> None:
    """Let the server note the commands that take more than a tenth of a millisecond."""
    with redis.Redis.from_url(broker_url) as client:
        client.config_set("slowlog-max-len", _COMMANDS)
        client.config_set("slowlog-log-slower-than", 100)
        client.slowlog_reset()


def _like(pattern: dict[str, object], count: int, timelines: range) -> Iterator[str]:
    """Yield messages with ids and timelines of their own; the shape stays Celery's."""
    body = json.loads(base64.b64decode(str(pattern["body"])))
    for number in range(count):
        task_id, tag = str(uuid.uuid4()), str(uuid.uuid4())
        body[0][5] = timelines[number % len(timelines)]
        encoded = base64.b64encode(json.dumps(body).encode()).decode()
        headers = {**dict(pattern["headers"]), "id": task_id, "root_id": task_id}  # type: ignore[call-overload]  # JSON
        properties = {
            **dict(pattern["properties"]),  # type: ignore[call-overload]  # JSON
            "correlation_id": task_id,
            "delivery_tag": tag,
        }
        yield json.dumps({**pattern, "body": encoded, "headers": headers, "properties": properties})
