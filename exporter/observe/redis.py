"""What a Redis that serves as Celery's broker holds: every queue, then the `unacked` hash.

The order is the direction in which messages move, so none can slip past unseen: a worker takes a
message from a list's right end and notes it in `unacked`. Lists are read from the left with
positive indexes; a push meanwhile shows an element twice, a pop moves one to where is looked next.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import redis

from exporter.observe.broker_tally import Tally
from exporter.observe.messages import NeedsMore
from exporter.observe.redis_elements import CUTS, Elements
from exporter.observe.redis_list import ListPass, parse
from exporter.observe.redis_queues import Queues
from exporter.observe.remembered import Remembered
from exporter.observe.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from exporter.observe.messages import Parsed
    from exporter.observe.redis_link import RedisLink
    from exporter.observe.remembered import Known
    from exporter.snapshot import BrokerReading, Wanted


class RedisBroker:
    """Reads the messages in Redis; remembers only what spares work in the next reading."""

    def __init__(
        self,
        link: RedisLink,
        queues: Sequence[str],
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._queues = Queues(link, queues, monotonic=monotonic)
        self._elements = Elements(link)
        self._clock = clock
        self._waiting: dict[str, Waiting] = {}
        #: Messages in `unacked` by delivery tag, with the time of the delivery that was read.
        self._unacked: dict[bytes, tuple[float | None, Parsed]] = {}
        self._remembered = Remembered()
        #: The messages of each list in the order of the last reading.
        self._order: dict[str, Sequence[Known]] = {}

    def read(self, wanted: Wanted) -> BrokerReading:
        """Return what concerns the wanted rows, and counts of everything else.

        Raises `BrokerUnreachableError` or `BrokerPrivilegeError`. A key of another type than a
        queue's does not end the reading; it is reported as opaque.
        """
        with self._link.talking():
            return self._read(wanted)

    def close(self) -> None:
        """Close the link to Redis."""
        self._link.close()

    def _read(self, wanted: Wanted) -> BrokerReading:
        tally = Tally(wanted)
        routes = self._queues.read()
        queues = sorted(set(routes.values()))
        self._remembered.turn()
        sizes = self._sizes(queues)
        oldest = {queue: self._read_queue(queue, sizes[queue], tally) for queue in queues}
        self._read_unacked(routes, tally)
        incarnation, uptime = self._server()
        ready = {queue: sum(sizes[queue].values()) for queue in queues}
        return tally.reading(
            (
                (queue, ready.get(queue, 0), oldest.get(queue))
                for queue in sorted({*queues, *tally.queues_of_unacked()})
            ),
            incarnation=incarnation,
            uptime=uptime,
        )

    def _server(self) -> tuple[str | None, float | None]:
        """Return the server's run id and uptime in seconds; None where INFO is forbidden."""
        try:
            info = self._link.client.info("server")
        except redis.exceptions.ResponseError:
            return None, None
        uptime = info.get("uptime_in_seconds")
        return info.get("run_id"), None if uptime is None else float(uptime)

    def _sizes(self, queues: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """Return the lengths of each queue's lists; 1 stands for a key that is no list."""
        keys = {queue: self._link.layout.queue_keys(queue) for queue in queues}
        pipe = self._link.client.pipeline(transaction=False)
        for key in (key for of_queue in keys.values() for key in of_queue):
            pipe.llen(key)
        answers = iter(pipe.execute(raise_on_error=False))
        return {
            queue: {
                key: 1 if isinstance(answer, redis.exceptions.ResponseError) else answer
                for key, answer in zip(of_queue, answers, strict=False)
            }
            for queue, of_queue in keys.items()
        }

    def _read_queue(self, queue: str, sizes: Mapping[str, int], tally: Tally) -> float | None:
        """Read a queue's lists; return since when the message that is next to go was seen."""
        oldest = None
        for key, size in sizes.items():
            if not size:
                self._waiting.pop(key, None)
                self._order.pop(key, None)
                continue
            waiting = self._waiting.setdefault(key, Waiting())
            waiting.begin()
            try:
                self._read_list(key, queue, size, tally, waiting)
            except redis.exceptions.NoPermissionError as error:
                raise redis.exceptions.NoPermissionError(f"{error} (queue {queue})") from error
            except redis.exceptions.ResponseError as error:
                if "WRONGTYPE" not in str(error):
                    raise
                tally.unread(f"queue {queue} cannot be read: its key holds no list")
            since = waiting.end(self._clock())
            oldest = since if oldest is None else oldest
        return oldest

    def _read_list(self, key: str, queue: str, size: int, tally: Tally, waiting: Waiting) -> None:
        def accept(messages: Sequence[Known]) -> None:
            tally.wait(queue, messages)
            waiting.see([each.tag for each in messages if each.tag])

        before = self._order.pop(key, ())
        with self._elements.portions(key) as portions:
            reading = ListPass(portions, self._remembered, queue, accept, size=size, before=before)
            reading.run()
        self._order[key] = reading.order

    def _read_unacked(self, routes: Mapping[str, str], tally: Tally) -> None:
        layout = self._link.layout
        # In one transaction, as kombu writes them.
        pipe = self._link.client.pipeline(transaction=True)
        pipe.hkeys(layout.unacked_key)
        pipe.zrange(layout.unacked_index_key, 0, -1, withscores=True)
        try:
            tags, index = pipe.execute()
        except redis.exceptions.ResponseError as error:
            if "WRONGTYPE" not in str(error):
                raise
            tally.unread(f"{layout.unacked_key} cannot be read: its key holds no hash")
            return
        delivered_at = dict(index)
        # Another time of delivery is another delivery, of a message that now says so.
        known = {
            tag: self._unacked[tag]
            for tag in tags
            if tag in self._unacked and self._unacked[tag][0] == delivered_at.get(tag)
        }
        unknown = [tag for tag in tags if tag not in known]
        for level, cut in enumerate(CUTS):
            again = []
            for tag, element in self._elements.values(layout.unacked_key, unknown, cut):
                if element is None:
                    continue
                message = parse(element, level)
                if isinstance(message, NeedsMore):
                    again.append(tag)
                else:
                    known[tag] = (delivered_at.get(tag), message)
            unknown = again
        self._unacked = known
        now = self._clock()
        for at, message in known.values():
            age = None if at is None else max(0.0, now - at)
            left = None if age is None else max(0.0, layout.visibility_timeout - age)
            key = message.routing_key or ""
            tally.delivered(routes.get(key, key), message, age=age, redelivers_in=left)
