"""`check`: settings, connections, rights, schema, clocks and workers, a line each."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.text import Text

from exporter.commands.access_check import check_access
from exporter.commands.history_check import check_history
from exporter.commands.opensearch_check import check_opensearch
from exporter.commands.repair_check import check_repair
from exporter.commands.tables import printable
from exporter.commands.terminal import hush_log, output
from exporter.commands.web_check import check_web
from exporter.commands.webhook_check import check_webhook
from exporter.errors import Exit, ExporterError, SourceError
from exporter.observe.broker import open_broker
from exporter.observe.broker_check import check_broker
from exporter.observe.database import reading_engine
from exporter.observe.database_check import check_database
from exporter.observe.task_index import TaskIndex
from exporter.observe.workers_check import check_workers
from exporter.service import build
from exporter.snapshot import Finding
from exporter.urls import without_password

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

    from exporter.observe.heartbeats import Heartbeats
    from exporter.settings import Settings
    from exporter.snapshot import HeartbeatReading

# Marks that differ in shape and not in colour alone.
_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failure": ("✗", "bold red")}
_NAME_WIDTH = 22
_HEARING_SECONDS = 2.5
_POLL_SECONDS = 0.05


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print each finding as soon as it is there; exit code 1 if one of them is a failure."""
    del options
    hush_log(settings)
    console = output()
    failed = False
    for finding in findings(settings):
        console.print(line(finding), soft_wrap=True)
        failed = failed or finding.level == "failure"
    return Exit.ERROR if failed else Exit.OK


def line(finding: Finding) -> Text:
    """One finding: a mark, what was looked at, its level in words unless it is ok, how it is."""
    mark, style = _MARKS[finding.level]
    text = Text()
    text.append(f"{mark} ", style)
    text.append(f"{printable(finding.name):<{_NAME_WIDTH}} ", "bold")
    if finding.level != "ok":
        text.append(f"{finding.level}: ", style)
    text.append(printable(finding.text))
    return text


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything that can be looked at; what one part raises is a failure of that part alone."""
    yield from _settings(settings)
    for name, part in (
        ("database", _database),
        ("broker", _broker),
        ("workers", _workers),
        ("result backend", _results),
        ("opensearch", check_opensearch),
    ):
        yield from _guarded(name, part, settings)
    yield from check_repair(settings)
    yield from check_history(settings)
    yield from check_web(settings)
    yield from check_access(settings)
    yield from check_webhook(settings)


def _guarded(
    name: str, part: Callable[[Settings], Iterable[Finding]], settings: Settings
) -> Iterator[Finding]:
    try:
        yield from part(settings)
    except ExporterError as error:
        yield Finding(name, "failure", str(error))


def _settings(settings: Settings) -> Iterator[Finding]:
    yield Finding("settings", "ok", f"database {without_password(settings.database_url)}")
    yield Finding("settings", "ok", f"broker {without_password(settings.broker_url)}")
    if settings.results_url is None:
        yield Finding(
            "settings", "warning", "no result backend is set: failed tasks are found out later"
        )
    else:
        yield Finding("settings", "ok", f"results {without_password(settings.results_url)}")


def _database(settings: Settings) -> Iterator[Finding]:
    engine = reading_engine(settings.database_url, timeout=settings.database.timeout)
    yield from check_database(engine)


def _broker(settings: Settings) -> Iterator[Finding]:
    yield from check_broker(build.broker_options(settings))


def _workers(settings: Settings) -> Iterator[Finding]:
    options = build.broker_options(settings)
    open_broker(options).close()  # raises for a URL behind which nobody could be asked
    heartbeats = build.heartbeats_of(options)
    workers = build.workers_of(settings, options, heartbeats, TaskIndex())
    heartbeats.start()
    try:
        yield from check_workers(workers, _hear(heartbeats))
    finally:
        heartbeats.stop()
        workers.close()


def _hear(
    heartbeats: Heartbeats, monotonic: Callable[[], float] = time.monotonic
) -> HeartbeatReading:
    """What is heard within a little more than a heartbeat's interval, which is 2 s."""
    deadline = monotonic() + _HEARING_SECONDS
    while monotonic() < deadline and not heartbeats.read().workers:
        time.sleep(_POLL_SECONDS)
    return heartbeats.read()


def _results(settings: Settings) -> Iterator[Finding]:
    results = build.results_of(settings) if build.has_results(settings) else None
    if results is None:
        return
    try:
        results.read(["00000000-0000-0000-0000-000000000000"])
    except SourceError as error:
        yield Finding("result backend", "failure", str(error))
    else:
        yield Finding("result backend", "ok", "answers")
    finally:
        results.close()
