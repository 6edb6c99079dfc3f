"""Workers that come and go, each under a name that was never there before."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from typing import TYPE_CHECKING

import redis
from kombu.exceptions import KombuError

from bench.stand_ins import StandIn
from tests.fuzz.wrapping import envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHANNEL = "/0.celeryev/{}"
_BINDINGS = "_kombu.binding.celery.pidbox"
_LIVE_SECONDS = 4.0
_BEAT_SECONDS = 1.0
#: One in so many dies without a goodbye, and its binding stays, as Celery leaves it.
_DIES = 10
#: One in so many is a whole worker, that answers questions and consumes; the others are only heard.
_ANSWERS = 5
QUEUE = "soak"
_BEYOND = 10_000_000
"""Tasks of these are about timelines that are none."""


class Workers:
    """`a_second` new ones each second, until stopped."""

    def __init__(self, broker_url: str, *, a_second: float) -> None:
        self._url = broker_url
        self._pause = 1 / a_second
        self._client = redis.Redis.from_url(broker_url)
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._coming = threading.Thread(target=self._come, daemon=True)
        self.came = 0

    def introduce(self, count: int) -> None:
        """Let so many be heard that came and went before, up to what is remembered of them."""
        with self._client.pipeline(transaction=False) as pipe:
            for number in range(count):
                name = f"celery@former-{number}"
                for kind in ("worker-online", "worker-heartbeat", "worker-offline"):
                    pipe.publish(*_event(name, kind, number))
                if number % 100 == 0:
                    pipe.execute()
                    time.sleep(0.02)  # a subscriber that falls behind is cut off
            pipe.execute()

    def start(self) -> None:
        """Let them come."""
        self._coming.start()

    def stop(self) -> None:
        """Let nobody come any more, and all go."""
        self._over.set()
        for thread in (self._coming, *self._threads):
            thread.join()
        self._client.close()

    def _come(self) -> None:
        while not self._over.wait(self._pause):
            self.came += 1
            thread = threading.Thread(target=self._live, args=(self.came,), daemon=True)
            thread.start()
            self._threads = [each for each in self._threads if each.is_alive()]
            self._threads.append(thread)

    def _live(self, number: int) -> None:
        """One life; a broker that is cut ends it."""
        name = f"celery@pod-{number}"
        ends = time.monotonic() + _LIVE_SECONDS
        dies = number % _DIES == 0
        # What kombu's transports raise is redis-py's; one that is cut may trip over itself.
        with contextlib.suppress(redis.RedisError, KombuError, OSError, RuntimeError):
            if dies:
                binding = "\x06\x16".join(("", "", f"{name}.celery.pidbox"))
                self._client.sadd(_BINDINGS, binding)
            self._client.publish(*_event(name, "worker-online", number))
            beats = threading.Thread(target=self._beat, args=(name, number, ends), daemon=True)
            beats.start()
            if number % _ANSWERS == 1:
                StandIn(_BEYOND + number, name, QUEUE).run(
                    self._url, over=lambda: time.monotonic() > ends or self._over.is_set()
                )
            beats.join()
            if not dies:
                self._client.publish(*_event(name, "worker-offline", number))

    def _beat(self, name: str, number: int, ends: float) -> None:
        with contextlib.suppress(redis.RedisError, OSError):
            while time.monotonic() < ends and not self._over.wait(_BEAT_SECONDS):
                self._client.publish(*_event(name, "worker-heartbeat", number))
                self._client.publish(_CHANNEL.format("task.multi"), envelope(_tasks(name, number)))


def _event(name: str, kind: str, number: int) -> tuple[str, bytes]:
    return _CHANNEL.format(kind.replace("-", ".")), envelope(
        json.dumps(
            {
                **_of(name, number),
                "type": kind,
                "freq": _BEAT_SECONDS,
                "active": 0,
                "processed": number,
                "loadavg": [0.5, 0.5, 0.5],
            }
        ).encode()
    )


def _tasks(name: str, number: int) -> bytes:
    common = {**_of(name, number), "uuid": f"{number:08x}-0000-4000-8000-{time.time_ns():012x}"}
    return json.dumps(
        [{**common, "type": f"task-{kind}"} for kind in ("received", "started", "succeeded")]
    ).encode()


def _of(name: str, number: int) -> Mapping[str, object]:
    return {"hostname": name, "pid": 1, "clock": number, "utcoffset": 0, "timestamp": time.time()}
