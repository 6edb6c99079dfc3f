"""A lost upload whose requeue is struck: its rows, its file and its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.observe.database import reading_engine
from exporter.observe.timelines import TimelinesReader
from exporter.repair.requeue.upload import Requeueing
from exporter.settings import load
from exporter.snapshot import JudgedTimeline, Verdict
from tests.integration.repair.crash.start import ORIGIN
from tests.judgements import AT, judgement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.repair.engine import Prepared
    from exporter.repair.records import Entry
    from exporter.service.repairing import Workshop
    from exporter.settings import Settings
    from exporter.snapshot import Judgement


def settings_of(given: Mapping[str, str]) -> Settings:
    """The settings of a process that requeues, by name."""
    return load(dict(given), {})


def orphaned(settings: Settings) -> Judgement:
    """Call every processing timeline orphaned."""
    engine = reading_engine(settings.database_url, timeout=10.0)
    try:
        found = TimelinesReader(engine).read()
    finally:
        engine.dispose()
    return judgement(
        *(
            JudgedTimeline(timeline, Verdict.ORPHANED, AT, (), None, ("made up",))
            for timeline in found.timelines
        )
    )


def requeue(settings: Settings, workshop: Workshop) -> list[Entry]:
    """Requeue all of them, their events deleted first."""
    prepared: Prepared = workshop.engine.prepare(
        orphaned(settings), lambda _: True, requeueing=Requeueing(purge=True)
    )
    assert prepared.plan.not_planned == ()
    return [
        workshop.engine.perform(repair, prepared.situation, ORIGIN)
        for repair in prepared.plan.repairs
    ]
