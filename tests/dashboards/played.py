"""A run for the dashboards to show: a real worker is killed, and the loop repairs.

The demonstration's Timesketch, with real Celery workers, the installed command, and Prometheus and
Alertmanager with the shipped rules.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy

from exporter.demo import tables
from exporter.demo.cast import HARBOUR, IMPORT_1, IMPORT_2, SHOP, SHORTENED_INTERVALS, Upload
from exporter.demo.monitoring import Monitoring
from exporter.demo.stage import Stage
from tests.dashboards.watched import Watched
from tests.integration.commands.serving import serve
from tests.servers.opensearch import OpenSearch
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.commands.serving import Serving

_PATIENCE = 90.0
_SETTINGS = {
    "repair.mode": "enforce",
    "scan.interval": "300ms",
    "judge.grace": "2s",
    "judge.confirm-after": "1s",
    "workers.reconnect-within": "1s",
}
# More than two workers take, each of which runs one and prefetches four.
_UPLOADS = tuple(Upload(HARBOUR, f"{number}.csv", "") for number in range(12))
_NEVER_ANALYSED = Upload(SHOP, "analysed.csv", "", ("domain",))
_REPAIRED = 'timesketch_exporter_repairs_total{outcome="applied"}'
_ORPHANED = "timesketch_orphaned_timelines"


@dataclass(frozen=True, slots=True)
class Played(Watched):
    """The run once it is over; exporter and Prometheus still answer."""

    serving: Serving


@contextmanager
def played() -> Iterator[Played]:
    """Play it, and keep what shall be looked at."""
    begun = time.time()
    with Stage() as stage, OpenSearch() as opensearch:
        stage.start_servers()
        token = stage.directory / "token"
        token.write_text("s3cret\n")
        for upload in _UPLOADS:
            stage.upload(upload)
        stage.end_import(_NEVER_ANALYSED, "ready")
        _index(stage, opensearch)
        workers = [stage.start_worker(name) for name in (IMPORT_1, IMPORT_2)]
        settings = {
            "database.url": stage.roles.reader,
            "repair.database-url": stage.roles.repairer,
            "broker.url": stage.connections.broker_url,
            "results.url": stage.connections.broker_url,
            "journal.url": f"sqlite:///{stage.directory / 'journal.db'}",
            "webhook.token-file": str(token),
            "opensearch.url": opensearch.url,
            **_SETTINGS,
        }
        serving = serve(stage.directory, settings)
        with (
            serving.process,
            Monitoring(
                exporter=f"127.0.0.1:{serving.port}",
                token=token,
                directory=stage.directory,
                intervals=SHORTENED_INTERVALS,
            ) as monitoring,
        ):
            run = Played(monitoring.prometheus, begun, 1, serving)
            _reach(run, "sum(timesketch_worker_active_tasks) == 2", "both workers work")
            _reach(run, "timesketch_queue_oldest_message_seen_timestamp_seconds", "a message waits")
            workers[0].kill()
            _reach(run, f"increase({_REPAIRED}[10s]) > 0", "both kinds are repaired", series=2)
            _reach(run, f"{_ORPHANED} == 0 and max_over_time({_ORPHANED}[1m]) > 0", "all is well")
            yield run


def _index(stage: Stage, opensearch: OpenSearch) -> None:
    """Let a third of every timeline's events be there."""
    engine = sqlalchemy.create_engine(stage.connections.database_url, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.update(tables.DATASOURCE).values(total_file_events=300))
        found = connection.execute(
            sqlalchemy.select(tables.TIMELINE.c.id, tables.SEARCHINDEX.c.index_name).join_from(
                tables.TIMELINE, tables.SEARCHINDEX
            )
        )
        for timeline_id, index in found:
            opensearch.indexes.add(index, timeline_id, 100)


def _reach(run: Played, expression: str, what: str, *, series: int = 1) -> None:
    """Wait until Prometheus has seen something, in so many series."""
    until(lambda: len(run.course(expression)) == series, what, timeout=_PATIENCE)
