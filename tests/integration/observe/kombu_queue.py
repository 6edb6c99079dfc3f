"""A queue in a real Redis, filled and emptied by the real Celery and kombu."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from celery import Celery
from redis import Redis

from exporter.observe.redis import RedisBroker
from exporter.observe.redis_link import BrokerOptions, connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PREFIX = "timesketch.lib.tasks."


class KombuQueue:
    """Sends Timesketch's tasks, and prefetches them as a worker does."""

    def __init__(self, url: str, *, transport_options: Mapping[str, object] | None = None) -> None:
        self.url = url
        self.transport_options = dict(transport_options or {})
        self.redis: Redis = Redis.from_url(url)
        self.app = Celery("tests", broker=url, set_as_default=False)
        self.app.conf.broker_transport_options = self.transport_options
        self._connection: Any = None

    def send(
        self,
        name: str,
        args: Sequence[object],
        kwargs: Mapping[str, object] | None = None,
        **options: Any,  # noqa: ANN401 - Celery's publishing options
    ) -> str:
        """Publish a task and return its id."""
        return str(self.app.send_task(PREFIX + name, list(args), dict(kwargs or {}), **options).id)

    def send_import(self, timeline_id: int, *, events: str = "", **options: Any) -> str:  # noqa: ANN401
        """Publish an import as the web server does."""
        args = ["/upload/f", events, "name", "index", "csv", timeline_id, None, ","]
        return self.send("run_csv_jsonl", args, **options)

    def prefetch(self, queue: str = "celery") -> Any:  # noqa: ANN401 - kombu is untyped
        """Take the next message out of a queue, as a worker does, and leave it in `unacked`."""
        if self._connection is None:
            self._connection = self.app.connection_for_read()
        return self._connection.default_channel.basic_get(queue)

    def reader(self, *queues: str, url: str | None = None, timeout: float = 5.0) -> RedisBroker:
        """Return a reader of this broker."""
        options = BrokerOptions(
            url or self.url, self.transport_options, queues=queues or ("celery",), timeout=timeout
        )
        return RedisBroker(connect(options), options.queues)

    @contextmanager
    def as_user(self, *rules: str) -> Iterator[str]:
        """Give the URL of the same broker for a user who may do what the rules say."""
        server: Any = self.redis  # for a method without types
        server.execute_command(
            "ACL", "SETUSER", "user", "reset", "on", ">secret", "~*", "&*", *rules
        )
        yield self.url.replace("redis://", "redis://user:secret@")
        server.execute_command("ACL", "DELUSER", "user")

    def close(self) -> None:
        """Let go, without restoring what was prefetched."""
        if self._connection is not None:
            self._connection.default_channel.qos.restore_at_shutdown = False
            self._connection.close()
        self.app.close()
        self.redis.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
