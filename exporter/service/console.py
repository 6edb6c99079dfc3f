"""The console's pages, as settings describe them and threads of the service feed them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from exporter.web.console import Console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.repair.journal import Journal
    from exporter.service.keeper import Keeper
    from exporter.service.keeping_history import KeepingHistory
    from exporter.service.scan_history import ScanHistory
    from exporter.service.workshops import Workshops
    from exporter.settings import Settings


def console_of(
    settings: Settings,
    workshops: Workshops,
    keeper: Keeper,
    history: ScanHistory,
    keeping: KeepingHistory,
) -> Console:
    """What the pages need."""

    @contextmanager
    def journal() -> Iterator[Journal]:
        with workshops.opened() as workshop:
            yield workshop.journal

    return Console(
        last_read=history.last_read,
        scans=history.records,
        standing=lambda: keeper.standing,
        journal=journal,
        history=keeping.reading,
        timesketch_url=settings.timesketch.external_url,
        refresh=settings.scan.interval,
    )
