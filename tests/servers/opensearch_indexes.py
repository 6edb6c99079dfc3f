"""The events of a stand-in for OpenSearch, and what a search for them answers."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class RefusedError(Exception):
    """A request that is answered with this status and type of error."""

    def __init__(self, status: HTTPStatus, kind: str) -> None:
        super().__init__(kind)
        self.status = status


class Indexes:
    """Events by index; each is shown `refresh` seconds after it came in."""

    def __init__(self, *, refresh: float = 0.0) -> None:
        self.searches: list[tuple[str, ...]] = []
        """The indexes of every search that was made."""
        self._refresh = refresh
        self._lock = threading.Lock()
        self._events: dict[str, list[tuple[float, dict[str, Any]]]] = defaultdict(list)

    def add(self, index: str, timeline_id: int, events: int = 1) -> None:
        """Index so many events of a timeline."""
        self._keep((index, {"__ts_timeline_id": timeline_id}) for _ in range(events))

    def _keep(self, events: Iterable[tuple[str, dict[str, Any]]]) -> None:
        shown_at = time.monotonic() + self._refresh
        with self._lock:
            for index, source in events:
                self._events[index].append((shown_at, source))

    def events(self, timeline_id: int) -> list[dict[str, Any]]:
        """The events of a timeline, in the order in which they came, of each index."""
        with self._lock:
            return [
                source
                for kept in self._events.values()
                for _, source in kept
                if source["__ts_timeline_id"] == timeline_id
            ]

    def count(self, index: str, timeline_id: int) -> int:
        """How many events of a timeline are in an index."""
        with self._lock:
            kept = self._events.get(index, [])
            return sum(source["__ts_timeline_id"] == timeline_id for _, source in kept)

    def delete(self, index: str, timeline_id: int) -> int:
        """Delete a timeline's events from an index; how many."""
        deleted = self.count(index, timeline_id)
        with self._lock:
            self._events[index] = [
                each
                for each in self._events.get(index, [])
                if each[1]["__ts_timeline_id"] != timeline_id
            ]
        return deleted

    def bulk(self, body: bytes) -> object:
        """Keep what a bulk request holds."""
        lines = [json.loads(line) for line in body.splitlines() if line]
        pairs = list(zip(lines[::2], lines[1::2], strict=True))
        self._keep((action["index"]["_index"], source) for action, source in pairs)
        return {"took": 1, "errors": False, "items": [{} for _ in pairs]}

    def search(self, names: list[str], query: dict[str, str], body: dict[str, Any]) -> object:
        """Count the hits of each filter, as OpenSearch does; what it does not know it refuses."""
        ignoring = query.pop("ignore_unavailable", "false") == "true"
        query.pop("allow_partial_search_results", None)
        if query or body.keys() - {"size", "track_total_hits", "timeout", "query", "aggs"}:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "parsing_exception")
        now = time.monotonic()
        with self._lock:
            self.searches.append(tuple(names))
            found = [name for name in names if name in self._events]
            if len(found) < len(names) and not ignoring:
                raise RefusedError(HTTPStatus.NOT_FOUND, "index_not_found_exception")
            shown = [source for name in found for at, source in self._events[name] if at <= now]
        answer: dict[str, Any] = {
            "took": 1,
            "timed_out": False,
            "_shards": {"total": len(found), "successful": len(found), "skipped": 0, "failed": 0},
            "hits": {"max_score": None, "hits": []},
        }
        if found:
            hits = [source for source in shown if _matches(body["query"], source)]
            answer["aggregations"] = {
                name: _buckets(aggregation, hits) for name, aggregation in body["aggs"].items()
            }
        return answer


def _matches(query: dict[str, Any], source: dict[str, Any]) -> bool:
    ((kind, condition),) = query.items()
    ((field, wanted),) = condition.items()
    match kind:
        case "term":
            return bool(source.get(field) == wanted)
        case "terms":
            return source.get(field) in wanted
    raise RefusedError(HTTPStatus.BAD_REQUEST, "parsing_exception")


def _buckets(aggregation: dict[str, Any], hits: list[dict[str, Any]]) -> object:
    filters = aggregation["filters"]["filters"]
    return {
        "buckets": {
            name: {"doc_count": sum(_matches(query, source) for source in hits)}
            for name, query in filters.items()
        }
    }
