"""The observer and the rules that settings describe."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from exporter.judge import Rules
from exporter.observe.broker import is_redis, open_broker
from exporter.observe.broker_url import BrokerOptions
from exporter.observe.database import reading_engine
from exporter.observe.heartbeats import Heartbeats
from exporter.observe.listeners import RedisListener
from exporter.observe.opensearch_client import OpenSearchOptions
from exporter.observe.receiver import Receiver
from exporter.observe.redis_link import connect
from exporter.observe.results import open_results
from exporter.observe.scan import Observer
from exporter.observe.task_index import TaskIndex
from exporter.observe.timelines import TimelinesReader
from exporter.observe.workers import RedisWorkers
from exporter.snapshot import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.observe.listeners import Kind, Listener
    from exporter.observe.receiver import Audience
    from exporter.observe.results import Results
    from exporter.observe.scan import IndexedSource
    from exporter.observe.workers import Workers
    from exporter.settings import Settings

_SUBSCRIBED_WITHIN = 0.5
_POLL_SECONDS = 0.01

_log = logging.getLogger(__name__)


def build_observer(settings: Settings, *, also: Audience | None = None) -> Observer:
    """An observer of what settings name, already listening for heartbeats; the caller closes it.

    `also` hears what it hears of workers. Nothing else is connected before the first scan. Raises
    `SettingsError` or a subclass for an address that cannot be right.
    """
    options = broker_options(settings)
    timelines = TimelinesReader(
        reading_engine(settings.database_url, timeout=settings.database.timeout)
    )
    index = TaskIndex()
    heartbeats = heartbeats_of(options, also=also)
    workers = workers_of(settings, options, heartbeats, index)
    observer = Observer(
        timelines=timelines,
        broker=open_broker(options),
        workers=workers,
        heartbeats=heartbeats,
        results=results_of(settings),
        indexed=indexed_of(settings),
        index=index,
    )
    heartbeats.start()
    _let_subscribe(heartbeats)
    return observer


def broker_options(settings: Settings) -> BrokerOptions:
    """Where the broker is, in Celery's terms."""
    return BrokerOptions(
        url=settings.broker_url,
        transport_options=settings.broker.transport_options,
        queues=settings.broker.queues,
        timeout=settings.broker.timeout,
    )


def heartbeats_of(options: BrokerOptions, *, also: Audience | None = None) -> Heartbeats:
    """The receiver of workers' events, not yet started."""
    return Heartbeats(_listener(options, "worker"), also=also)


def task_receiver(settings: Settings, audience: Audience) -> Receiver:
    """The receiver of tasks' events, not yet started."""
    return Receiver(_listener(broker_options(settings), "task"), audience, name="task events")


def _listener(options: BrokerOptions, kind: Kind) -> Listener:
    if is_redis(options.url):
        return RedisListener(connect(options), kind)
    from exporter.observe.celery_listener import CeleryListener  # noqa: PLC0415  as CeleryWorkers

    return CeleryListener(options, kind)


def _let_subscribe(heartbeats: Heartbeats, monotonic: Callable[[], float] = time.monotonic) -> None:
    """Wait a moment, or the first scan would find the heartbeats down where all is well."""
    deadline = monotonic() + _SUBSCRIBED_WITHIN
    while monotonic() < deadline and heartbeats.read().listening_since_tick is None:
        time.sleep(_POLL_SECONDS)


def workers_of(
    settings: Settings, options: BrokerOptions, heartbeats: Heartbeats, index: TaskIndex
) -> Workers:
    """Who can ask the workers behind this broker."""
    timeout = settings.workers.timeout
    if is_redis(options.url):
        return RedisWorkers(
            connect(options), timeout=timeout, index=index, heartbeats=heartbeats.read
        )
    # Here, since Celery takes a tenth of the time and 3 MiB, and brokers are seldom another.
    from exporter.observe.celery_workers import CeleryWorkers  # noqa: PLC0415

    return CeleryWorkers(options, timeout=timeout, index=index, heartbeats=heartbeats.read)


def results_of(settings: Settings) -> Results | None:
    """A reader of the result backend; None where there is none that can be asked."""
    if has_results(settings):
        return open_results(
            settings.results_url,
            settings.results.transport_options,
            timeout=settings.broker.timeout,
        )
    if settings.results_url is not None:
        _log.warning("result backend is not a Redis: failed tasks are found out later")
    return None


def has_results(settings: Settings) -> bool:
    """Whether there is a result backend that can be asked."""
    return settings.results_url is not None and is_redis(settings.results_url)


def indexed_of(settings: Settings) -> IndexedSource | None:
    """A counter of the events in OpenSearch; None where that is not watched."""
    url = settings.opensearch_url
    if url is None:
        return None
    # Here, since most installations do without, and a scrape's memory counts.
    from exporter.observe.opensearch import IndexedEvents  # noqa: PLC0415

    engine = reading_engine(settings.database_url, timeout=settings.database.timeout)
    return IndexedEvents(
        opensearch_options(settings, url), engine, interval=settings.opensearch.interval
    )


def opensearch_options(settings: Settings, url: str) -> OpenSearchOptions:
    """How OpenSearch at this URL is reached."""
    return OpenSearchOptions(
        url=url,
        verify_certs=settings.opensearch.verify_certs,
        ca_file=settings.opensearch.ca_file,
        timeout=settings.opensearch.timeout,
    )


def sources_of(settings: Settings) -> tuple[Source, ...]:
    """The sources that scans are made from; some installations have not all of them."""
    missing = set()
    if not has_results(settings):
        missing.add(Source.RESULTS)
    if settings.opensearch_url is None:
        missing.add(Source.OPENSEARCH)
    return tuple(source for source in Source if source not in missing)


def rules_of(settings: Settings) -> Rules:
    """The judge's rules as an operator set them."""
    return Rules(
        grace=settings.judge.grace,
        confirm_after=settings.judge.confirm_after,
        stalled_after=settings.judge.stalled_after,
        drain_timeout=settings.workers.drain_timeout,
        reconnect_within=settings.workers.reconnect_within,
        forget_after=settings.workers.forget_after,
        ignored_clients=settings.workers.ignored_clients,
        quiet_after=0.0 if settings.opensearch_url is None else settings.judge.quiet_after,
        limits=settings.limits.by_task,
    )
