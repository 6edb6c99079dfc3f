"""What the exporter's user must be allowed to in a Redis that is Celery's broker.

One declaration, for the command `grants`. Rights on keys for reading alone and selectors came with
Redis 7.0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from exporter.errors import SettingsError
from exporter.observe.mailbox import OWN_LISTS
from exporter.observe.pidbox import REPLY_EXCHANGE
from exporter.observe.redis_layout import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from exporter.observe.redis_layout import Layout

READING = (
    # The connection, and who else has one.
    *("ping", "select", "info", "client|setname", "client|id", "client|list"),
    # Which queues there are.
    *("dbsize", "scan", "smembers", "scard"),
    # What lies in them, in `unacked`, and in the result backend.
    *("llen", "lrange", "memory|usage", "eval_ro", "mget"),
    *("multi", "exec", "hkeys", "hget", "hstrlen", "zrange"),
    # Questions to workers, their replies, and their events.
    *("publish", "sadd", "srem", "brpop", "del", "psubscribe"),
)
"""The commands that scans, `check`, orders to workers and the hearing of events are made of."""


def may_read(user: str, layout: Layout, queues: Sequence[str], *, results: str) -> str:
    """Return the line for redis-cli that gives `user` these rights and takes all others.

    `results` is what the keys of Celery's results begin with. What is written is the exporter's
    own: its reply list and that list's binding. Raises SettingsError for a name that is none.
    """
    read = (
        *(key for queue in queues for key in _lists(layout, queue)),
        *map(_only, (layout.unacked_key, layout.unacked_index_key)),
        f"{_only(layout.binding_key(''))}*",
        f"{_only(results)}*",
    )
    write = (
        f"{_only(layout.prefix)}{OWN_LISTS}",
        _only(layout.binding_key(REPLY_EXCHANGE)),
    )
    channels = (
        *map(_only, (layout.pidbox_channel, layout.check_channel)),
        *dict.fromkeys(_fit(layout.events_of(kind)) for kind in ("worker", "task")),
    )
    return _line(
        user,
        *("clearselectors", "resetkeys", "resetchannels", "-@all"),
        *(f"%R~{pattern}" for pattern in read),
        *(f"~{pattern}" for pattern in write),
        *(f"&{pattern}" for pattern in channels),
        *(f"+{command}" for command in READING),
    )


def may_send(user: str, layout: Layout, queues: Sequence[str]) -> str:
    """Return the line that lets a user who may read send tasks to these queues as well.

    By selectors, so that what the user may do elsewhere, such as DEL, is not allowed here.
    """
    lists = (layout.queue_key(queue, 0) for queue in queues)
    bindings = (key for queue in queues for key in layout.declared_keys(queue))
    return _line(user, _selector("lpush", lists), _selector("sadd", bindings))


def _selector(command: str, keys: Iterable[str]) -> str:
    return f"(+{command} {' '.join(f'%W~{_only(key)}' for key in keys)})"


def _lists(layout: Layout, queue: str) -> Iterator[str]:
    """A queue's list, and those of its other priorities."""
    yield _only(layout.queue_key(queue, 0))
    yield f"{_only(layout.queue_key(queue, 0) + layout.separator)}[0-9]"


def _only(text: str) -> str:
    """The pattern of this key or channel alone."""
    return _fit(literal(text))


def _fit(pattern: str) -> str:
    """The pattern with `?` for each byte that cannot stand in a rule or on a screen."""
    return re.sub(rb"[^!-~]", b"?", pattern.encode()).decode()


def _line(user: str, *rules: str) -> str:
    if not user or not user.isprintable() or set(user) & set(" \"'\\"):
        raise SettingsError(f"{user!r} cannot be the name of a user in Redis")
    return " ".join(map(_word, ("ACL", "SETUSER", user, *rules)))


def _word(text: str) -> str:
    """A word as redis-cli takes it."""
    if not set(text) & {'"', "'"}:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
