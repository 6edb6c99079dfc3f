"""What `check` says about repairs: the journal, the rows, and the way to write."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from exporter.errors import ExporterError
from exporter.observe.database import reading_engine
from exporter.repair.guards import Mode
from exporter.repair.write_check import check_rows, check_writer
from exporter.repair.writing import writing_engine
from exporter.service.repairing import guard_rules, opened_journal
from exporter.snapshot import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exporter.settings import Settings

# What only writing needs; a dry run does without.
_FOR_WRITING = frozenset({"repair rights", "repair database"})


def check_repair(settings: Settings) -> Iterator[Finding]:
    """A line for the mode, and lines for everything that a repair needs in that mode."""
    mode = guard_rules(settings).mode
    yield Finding("repair mode", "ok", mode)
    for name, part in (
        ("journal", _journal),
        ("repair reading", _rows),
        ("repair connection", _writer),
    ):
        yield from (as_serious_as(finding, mode) for finding in _guarded(name, part, settings))


def as_serious_as(finding: Finding, mode: Mode) -> Finding:
    """The finding, no more than a warning where the mode does without what fails."""
    needless = mode is Mode.OFF or (mode is Mode.DRY_RUN and finding.name in _FOR_WRITING)
    if finding.level == "failure" and needless:
        return replace(finding, level="warning")
    return finding


def _guarded(
    name: str, part: Callable[[Settings], Iterator[Finding]], settings: Settings
) -> Iterator[Finding]:
    try:
        yield from part(settings)
    except ExporterError as error:
        yield Finding(name, "failure", str(error))


def _journal(settings: Settings) -> Iterator[Finding]:
    with opened_journal(settings) as journal:
        yield from journal.check()


def _rows(settings: Settings) -> Iterator[Finding]:
    with ExitStack() as stack:
        engine = reading_engine(settings.database_url, timeout=settings.database.timeout)
        stack.callback(engine.dispose)
        yield from check_rows(engine)


def _writer(settings: Settings) -> Iterator[Finding]:
    with ExitStack() as stack:
        engine = writing_engine(settings.repair_url, timeout=settings.database.timeout)
        stack.callback(engine.dispose)
        yield from check_writer(engine)
