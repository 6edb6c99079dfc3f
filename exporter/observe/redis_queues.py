"""Which queues exist, from kombu's bindings in Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from exporter.observe.redis_link import RedisLink

#: In a database of more keys than this, bindings are searched only now and then.
_FEW_KEYS = 20_000
_SEARCH_EVERY = 60.0


class Queues:
    """Names every queue that settings name or that was ever bound, and routes to them."""

    def __init__(
        self, link: RedisLink, named: Sequence[str], *, monotonic: Callable[[], float]
    ) -> None:
        self._link = link
        self._named = tuple(named)
        self._monotonic = monotonic
        self._searched_at: float | None = None
        self._exchanges: frozenset[str] = frozenset()

    def read(self) -> Mapping[str, str]:
        """Return a mapping from every queue's routing keys, and its own name, to its name.

        An exchange made under another name than its queues is noticed at once in a small
        database and within a minute in a large one: finding it takes a walk over all keys.
        """
        self._search()
        routes = {queue: queue for queue in self._named}
        exchanges = sorted(self._exchanges | set(self._named))
        pipe = self._link.client.pipeline(transaction=False)
        for exchange in exchanges:
            pipe.smembers(self._link.layout.binding_key(exchange))
        for members in pipe.execute():
            for member in sorted(members):
                parts = member.decode(errors="replace").split(self._link.layout.separator)
                # Routing key, pattern, queue; the last may be missing in what others wrote.
                if queue := parts[-1]:
                    routes.setdefault(queue, queue)
                    routes.setdefault(parts[0], queue)
        return routes

    def _search(self) -> None:
        now = self._monotonic()
        client, layout = self._link.client, self._link.layout
        recent = self._searched_at is not None and now - self._searched_at < _SEARCH_EVERY
        if recent and client.dbsize() > _FEW_KEYS:
            return
        before = len(layout.binding_key(""))
        names = {
            key.decode(errors="replace")[before:]
            for key in client.scan_iter(match=layout.binding_pattern, count=5000)
        }
        self._exchanges = frozenset(name for name in names if not _is_broadcast(name))
        self._searched_at = now


def _is_broadcast(exchange: str) -> bool:
    """Say whether an exchange serves control commands, their answers or events."""
    return exchange.endswith(".pidbox") or exchange == "celeryev"
