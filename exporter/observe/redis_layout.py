"""The names under which kombu keeps things in Redis (kombu/transport/redis.py)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DEFAULT_STEPS = (0, 3, 6, 9)
#: kombu clamps priorities to this range (virtual.Channel.min_priority and max_priority).
_PRIORITIES = range(10)
#: Characters that PSUBSCRIBE and SCAN take for a pattern.
_GLOB = re.compile(r"([*?\[\]\\^])")


@dataclass(frozen=True, slots=True)
class Layout:
    """Key and channel names, as kombu derives them from the URL and the transport options.

    `prefix` is `global_keyprefix`, which kombu puts before every key and channel. `fanout_prefix`
    has the database number filled in. `visibility_timeout` is seconds. All names that the methods
    and properties return are complete, prefix included.
    """

    db: int = 0
    prefix: str = ""
    separator: str = "\x06\x16"
    priority_steps: tuple[int, ...] = _DEFAULT_STEPS
    unacked_name: str = "unacked"
    unacked_index_name: str = "unacked_index"
    fanout_prefix: str = "/0."
    fanout_patterns: bool = True
    visibility_timeout: float = 3600.0

    def queue_key(self, queue: str, priority: int) -> str:
        """Return the list that holds a queue's messages of one priority; 0 has no suffix."""
        suffix = f"{self.separator}{priority}" if priority else ""
        return f"{self.prefix}{queue}{suffix}"

    def queue_keys(self, queue: str) -> tuple[str, ...]:
        """Return every list that may hold messages of a queue, next to be consumed first.

        Workers poll the lists of `priority_steps` in that order. A producer that is configured
        otherwise may use any other priority; such lists come last, since a message in them is
        stranded until somebody is configured to look there.
        """
        others = (step for step in _PRIORITIES if step not in self.priority_steps)
        return tuple(self.queue_key(queue, step) for step in (*self.priority_steps, *others))

    @property
    def unacked_key(self) -> str:
        """The hash of prefetched messages, by delivery tag."""
        return f"{self.prefix}{self.unacked_name}"

    @property
    def unacked_index_key(self) -> str:
        """The sorted set of delivery times (the worker's wall clock), by delivery tag."""
        return f"{self.prefix}{self.unacked_index_name}"

    def binding_key(self, exchange: str) -> str:
        """Return the set of an exchange's bindings: routing key, pattern, queue."""
        return f"{self.prefix}_kombu.binding.{exchange}"

    @property
    def binding_pattern(self) -> str:
        """What SCAN is given to find every binding set."""
        return f"{literal(self.prefix)}_kombu.binding.*"

    def declared_keys(self, queue: str) -> tuple[str, ...]:
        """Return the sets that whoever sends to a queue writes its binding into.

        The second one is of kombu 5.7 and later.
        """
        permanent = f"{self.prefix}_kombu.binding_permanent.{queue}"
        return self.binding_key(queue), permanent

    @property
    def pidbox_channel(self) -> str:
        """The channel that every worker hears broadcasts on."""
        return f"{self.prefix}{self.fanout_prefix}celery.pidbox"

    @property
    def check_channel(self) -> str:
        """A channel that nobody hears, to find out whether publishing is allowed.

        Its name begins with the workers' own, so that rules that allow the one allow the other.
        """
        return f"{self.pidbox_channel}.check"

    @property
    def pidbox_binding_key(self) -> str:
        """The set that names every worker which subscribed and did not say goodbye."""
        return self.binding_key("celery.pidbox")

    @property
    def event_pattern(self) -> str:
        """What PSUBSCRIBE is given to hear workers' events, heartbeats among them."""
        exchange = literal(f"{self.prefix}{self.fanout_prefix}celeryev")
        return f"{exchange}/*" if self.fanout_patterns else exchange

    def events_of(self, kind: str) -> str:
        """Return what PSUBSCRIBE is given to hear one kind of events: `worker` or `task`.

        Where all kinds have one channel, all are heard.
        """
        if not self.fanout_patterns:
            return self.event_pattern
        return f"{self.event_pattern.removesuffix('*')}{kind}.*"

    def event_channel(self, routing_key: str) -> str:
        """Return the channel of one kind of event, such as `worker.heartbeat`."""
        exchange = f"{self.prefix}{self.fanout_prefix}celeryev"
        return f"{exchange}/{routing_key}" if self.fanout_patterns else exchange


def literal(text: str) -> str:
    """Return the pattern that stands for this text alone."""
    return _GLOB.sub(r"\\\1", text)
