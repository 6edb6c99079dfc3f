"""How many events of each processing timeline can be searched: what imports bring forth.

Every event that Timesketch or psort indexes carries its timeline's id as `__ts_timeline_id`
(timesketch/lib/tasks.py; psort's `--timeline_identifier`), since timelines share indexes.
"""

from __future__ import annotations

import time
from itertools import groupby
from typing import TYPE_CHECKING, Any

from exporter.errors import OpenSearchError, SourceError
from exporter.observe.database import reading
from exporter.observe.opensearch_client import asking, open_client
from exporter.snapshot import Indexed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from opensearchpy import OpenSearch
    from sqlalchemy import Engine, Row

    from exporter.observe.opensearch_client import OpenSearchOptions

FIELD = "__ts_timeline_id"
AT_ONCE = 500
"""Timelines in one search; of more, those that were counted longest ago come first."""
NAMES_AT_ONCE = 2_000
"""Characters of index names in one search: they stand in its address, which OpenSearch takes up to
4 kB of (http.max_initial_line_length)."""


class IndexedEvents:
    """Counts events once an `interval` (seconds) at most, by one search; in between it repeats.

    What cannot be read is down until it is tried again, after the same interval.
    """

    def __init__(
        self,
        options: OpenSearchOptions,
        engine: Engine,
        *,
        interval: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`engine` is one of `reading_engine`. Raises SettingsError as `open_client` does."""
        self._options = options
        self._engine = engine
        self._interval = interval
        self._monotonic = monotonic
        self._client: OpenSearch = open_client(options)
        self._known: dict[int, Indexed] = {}
        self._failed: SourceError | None = None
        self._look_again = float("-inf")

    def read(self) -> Mapping[int, Indexed]:
        """Return the last count of each timeline that is processing.

        Raises OpenSearchError, or as `reading` does where the database cannot tell what to count.
        """
        now = self._monotonic()
        if now >= self._look_again:
            self._look_again = now + self._interval
            try:
                self._known = self._look(now)
                self._failed = None
            except SourceError as error:
                self._failed = error
        if self._failed is not None:
            raise type(self._failed)(str(self._failed)) from self._failed
        return self._known

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
        self._engine.dispose()

    def _look(self, now: float) -> dict[int, Indexed]:
        with reading(self._engine) as transaction:
            imports = dict(_imports(transaction.rows("expected_events")))
        known = {number: each for number, each in self._known.items() if number in imports}
        never = float("-inf")
        due = sorted(imports, key=lambda number: known[number].tick if number in known else never)
        index_of = _as_many_as_fit(due, imports)
        with asking(self._options):
            counted = self._count(index_of)
        for number in index_of:
            known[number] = Indexed(counted[number], now, imports[number][1])
        return known

    def _count(self, index_of: Mapping[int, str]) -> dict[int, int]:
        if not index_of:
            # Nothing to count is no reason to call a server well that is away.
            self._client.info()
            return {}
        # The types of opensearch-py know none of the parameters of the interface.
        answer: Any = self._client.search(
            index=",".join(sorted(set(index_of.values()))),
            body=_query(index_of, timeout=self._options.timeout),
            params={
                # An import makes its index when it begins; an archived one is closed.
                "ignore_unavailable": "true",
                # A part of the shards would show growth once the others are back.
                "allow_partial_search_results": "false",
            },
        )
        return {number: _events(answer, number) for number in index_of}


def _imports(rows: Iterable[Row[Any]]) -> Iterator[tuple[int, tuple[str, int | None]]]:
    """Each timeline with its index and the events of all its files, if all have been counted."""
    for timeline_id, of_timeline in groupby(rows, key=lambda row: row.timeline_id):
        sources = list(of_timeline)
        totals = [row.total_file_events or 0 for row in sources]
        if sources[0].index_name:
            yield timeline_id, (sources[0].index_name, sum(totals) if all(totals) else None)


def _as_many_as_fit(
    due: Iterable[int], imports: Mapping[int, tuple[str, int | None]]
) -> dict[int, str]:
    """The first of these timelines, each with its index; one at least."""
    chosen: dict[int, str] = {}
    names: set[str] = set()
    for number in due:
        name, _ = imports[number]
        room = sum(len(each) + 1 for each in names | {name}) <= NAMES_AT_ONCE
        if chosen and (len(chosen) >= AT_ONCE or not room):
            break
        chosen[number] = name
        names.add(name)
    return chosen


def _query(timeline_ids: Iterable[int], *, timeout: float) -> dict[str, object]:
    """A bucket for each timeline, which works however the field is mapped."""
    buckets = {str(number): {"term": {FIELD: number}} for number in timeline_ids}
    return {
        "size": 0,
        "track_total_hits": False,
        "timeout": f"{int(timeout * 1000)}ms",
        "query": {"terms": {FIELD: [*timeline_ids]}},
        "aggs": {"timelines": {"filters": {"filters": buckets}}},
    }


def _events(answer: Any, timeline_id: int) -> int:  # noqa: ANN401  JSON from outside
    try:
        if answer["timed_out"] is not False:
            raise OpenSearchError("the search took longer than opensearch.timeout")
        aggregations = answer.get("aggregations")
        if aggregations is None and not answer["_shards"]["total"]:
            return 0  # none of the indexes exists yet
        events = aggregations["timelines"]["buckets"][str(timeline_id)]["doc_count"]
    except (AttributeError, KeyError, TypeError) as error:
        raise OpenSearchError("what answers the search is no OpenSearch") from error
    if type(events) is not int:
        raise OpenSearchError("what answers the search is no OpenSearch")
    return events
