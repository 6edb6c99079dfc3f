"""A run from its story to its judgement."""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from tests.chaos.crew import ROLES, Ending
from tests.chaos.judging import Violation
from tests.chaos.result import Evidence, judge
from tests.chaos.stage import Stage
from tests.chaos.tormentor import Tormentor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.chaos.result import Result
    from tests.chaos.story import Act

UNSETTLED = "in the end everything is finished or repaired"
_SETTLES_WITHIN = 300.0


def run(acts: Sequence[Act], seed: int, *, keep: Callable[[Stage], None] | None = None) -> Result:
    """Play it, let everything come to its end, and judge.

    `keep` is called before everything is removed.
    """
    began = time.monotonic()
    with Stage(seed) as stage:
        try:
            stage.begin()
            tormentor = Tormentor(stage)
            tormentor.play(acts)
            unsettled = _settle(stage)
            evidence = _evidence(stage, tormentor)
        finally:
            if keep is not None:
                keep(stage)
    result = judge(evidence)
    used = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    return replace(
        result,
        seconds=time.monotonic() - began,
        processor_seconds=sum(each.ru_utime + each.ru_stime for each in used),
        violations=(*result.violations, *unsettled),
    )


def _settle(stage: Stage) -> Sequence[Violation]:
    """End all mishaps, and wait until everything is finished or repaired."""
    for way in stage.ways.values():
        way.straighten()
    for clock in (stage.crew.clock, *(each.clock for each in stage.exporters)):
        if clock is not None:
            clock.jump(0)
    for exporter in stage.exporters:
        exporter.start()
    # A rollout: what a worker lists though it is gone (`truth`) goes with that worker.
    for role in ROLES:
        stage.crew.end(role, Ending.TERMINATE, away_for=0.0)
    deadline = time.monotonic() + _SETTLES_WITHIN
    while not _is_settled(stage):
        if time.monotonic() > deadline:
            text = f"{stage.uploads.unfinished()} rows still say that something works on them"
            return [Violation(UNSETTLED, time.monotonic(), None, text)]
        stage.rest(0.3)
    return []


def _is_settled(stage: Stage) -> bool:
    try:
        return (
            stage.witness.is_quiet()
            and stage.uploads.unfinished() == 0
            and all(request.outcome is not None for request in stage.books.requests())
            and all(repair.outcome is not None for repair in stage.books.repairs())
        )
    except SQLAlchemyError:
        return False  # the database is still starting


def _evidence(stage: Stage, tormentor: Tormentor) -> Evidence:
    records, deaths, in_broker = stage.witness.told()
    return Evidence(
        now=time.monotonic(),
        records=records,
        deaths=deaths,
        in_broker=in_broker,
        works=stage.uploads.works(),
        scans=[scan for each in stage.exporters for scan in each.scans()],
        claims=stage.books.claims(),
        changes=stage.books.changes(),
        repairs=stage.books.repairs(),
        requests=stage.books.requests(),
        checks=stage.peer.checks(),
        acts={str(kind): number for kind, number in sorted(tormentor.done.items())},
        sent=stage.uploads.sent,
        workers_started=stage.crew.started,
        alerts_posted=stage.alerting.posted,
    )
