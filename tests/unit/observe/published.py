"""Messages as Celery and kombu really write them, without a broker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from celery import Celery
from kombu.utils.json import dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PREFIX = "timesketch.lib.tasks."


def producer(*, task_protocol: int = 2) -> Celery:
    """Return an application whose messages stay in this process."""
    app = Celery("producer", broker="memory://", backend="cache+memory://", set_as_default=False)
    app.conf.task_protocol = task_protocol
    app.conf.task_ignore_result = True
    return app


def captured(app: Celery, send: Callable[[], object]) -> bytes:
    """Return the last message that `send` publishes, as kombu would LPUSH it to Redis."""
    with app.connection_for_read() as connection:
        channel: Any = connection.default_channel
        channel.queue_declare("celery")
        channel.queue_purge("celery")
        send()
        message = None
        while channel._size("celery"):  # noqa: SLF001 - kombu offers no look at the raw message
            message = channel._get("celery")  # noqa: SLF001 - likewise
    assert message is not None
    return str(dumps(message)).encode()


def published(
    name: str,
    args: Sequence[object] = (),
    kwargs: Mapping[str, object] | None = None,
    *,
    task_protocol: int = 2,
    **options: Any,  # noqa: ANN401 - Celery's publishing options
) -> bytes:
    """Return the message of one task of Timesketch's module."""
    app = producer(task_protocol=task_protocol)
    return captured(
        app,
        lambda: app.send_task(PREFIX + name, list(args), dict(kwargs or {}), **options),
    )


def prefetched(message: bytes, *, routing_key: str = "celery") -> bytes:
    """Return the copy that kombu's QoS keeps of a message in the hash `unacked`."""
    return json.dumps([json.loads(message), "", routing_key]).encode()


def edited(message: bytes, **parts: object) -> bytes:
    """Return a message with some of its top-level parts replaced, or dropped where None."""
    decoded = json.loads(message) | parts
    return json.dumps({key: value for key, value in decoded.items() if value is not None}).encode()
