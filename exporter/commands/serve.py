"""`serve`: scan in the background and publish, until SIGTERM."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from exporter import __version__
from exporter.errors import Exit
from exporter.metrics.collector import JudgementCollector, registry
from exporter.metrics.published import Limits, Published
from exporter.service.access import access_rules
from exporter.service.build import build_observer, rules_of, sources_of
from exporter.service.console import console_of
from exporter.service.desk import desk_of
from exporter.service.keeper import Keeper
from exporter.service.keeping_history import keeping_history
from exporter.service.limits import limiter_of
from exporter.service.manners import share_memory, spare_collections, switch_often
from exporter.service.repairer import Repairer
from exporter.service.repairing import guard_rules, repairing
from exporter.service.scan_history import ScanHistory
from exporter.service.scanner import Scanner
from exporter.service.webhook import webhook_of
from exporter.service.workshops import Workshops
from exporter.web.app import create_app
from exporter.web.config_file import LiveWebConfig
from exporter.web.server import address_of, listen, serve

if TYPE_CHECKING:
    import argparse

    from exporter.service.limiter import Limiter
    from exporter.settings import Settings

_log = logging.getLogger(__name__)

STOP_SECONDS = 1.5
"""How long a scan may take to end; a driver that still waits is left behind with the process."""

_STALE_SCANS = 3
_STALE_AT_LEAST = 30.0


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Serve until a signal ends it; raises `ListenError` or a `SettingsError` before that."""
    del options
    switch_often()
    share_memory()
    web = LiveWebConfig(settings.web.config_file)
    access = access_rules(settings)
    listener = listen(settings.web.host, settings.web.port)
    with listener:
        workshops = Workshops(lambda: repairing(settings))
        keeping = keeping_history(settings, workshops)
        observer = build_observer(settings, also=keeping.workers)
        scanner = Scanner(
            observer.observe,
            rules_of(settings),
            interval=settings.scan.interval,
            sources=sources_of(settings),
        )
        keeper = Keeper(
            workshops.opened,
            lambda: scanner.published().judgement,
            guard_rules(settings),
            interval=settings.scan.interval,
        )
        repairer = Repairer(
            workshops.opened,
            scanner.fresh,
            patience=settings.webhook.patience,
            interval=settings.scan.interval,
            requeues=settings.repair.webhook_action == "requeue",
        )
        limiter = limiter_of(settings, workshops, scanner)
        beside: list[Keeper | Repairer | Limiter] = [keeper, repairer]
        beside += [] if limiter is None else [limiter]
        desk = desk_of(settings, workshops, scanner, keeper)
        history = ScanHistory()
        draining = threading.Event()
        webhook = webhook_of(settings, workshops, draining=draining.is_set, stored=repairer.wake)

        def drain() -> None:
            draining.set()
            for loop in (scanner, *beside):
                loop.ask_to_stop()

        def published() -> Published:
            return replace(
                scanner.published(),
                repair=keeper.figures,
                webhook=webhook.tally.figures(),
                refusals=desk.refusals.counts(),
                history=keeping.figures,
            )

        limits = Limits(
            orphans=settings.metrics.max_orphans, processing=settings.metrics.max_processing
        )
        collector = JudgementCollector(published, limits, broken=scanner.count_fault)
        metrics = registry(collector)
        app = create_app(
            registry=metrics,
            published=published,
            ready=lambda: scanner.attempted and not draining.is_set(),
            telemetry_path=settings.web.telemetry_path,
            stale_after=max(_STALE_AT_LEAST, _STALE_SCANS * settings.scan.interval),
            web=web,
            access=access,
            prefix=settings.web.prefix,
            webhook=webhook,
            desk=desk,
            console=console_of(settings, workshops, keeper, history, keeping),
        )

        def after_scan() -> None:
            metrics.prepare()
            judgement = scanner.published().judgement
            if judgement is not None:
                history.add(judgement)
                keeping.scanned(judgement)

        spare_collections()
        scanner.start(after=after_scan)
        for each in beside:
            each.start()
        keeping.start()
        _log.info("serving", extra={"address": address_of(listener), "version": __version__})
        started = time.monotonic()
        serve(app, listener, web=web, on_drain=drain)
    if scanner.stop(STOP_SECONDS):
        observer.close()
    for each in beside:
        each.stop(STOP_SECONDS)
    keeping.stop(STOP_SECONDS)
    workshops.close()
    _log.info("stopped", extra={"served_seconds": round(time.monotonic() - started, 1)})
    return Exit.OK
