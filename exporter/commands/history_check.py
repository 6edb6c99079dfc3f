"""What `check` says about the history: nothing of it is a failure, since only stories need it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from exporter.errors import ExporterError, HistoryMissingError
from exporter.events.check import check
from exporter.events.database import HistoryDatabase
from exporter.snapshot import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.settings import Settings


def check_history(settings: Settings) -> Iterator[Finding]:
    """A line for how the history stands, and one for what is wrong with it."""
    if not settings.events.keep:
        yield Finding("history", "ok", "none is kept (events.keep)")
        return
    try:
        with closing(HistoryDatabase(settings.journal_url)) as database:
            yield from check(database, max_rows=settings.events.max_rows)
    except HistoryMissingError as missing:
        yield Finding("history", "ok", str(missing))
    except ExporterError as error:
        yield Finding("history", "warning", str(error))
