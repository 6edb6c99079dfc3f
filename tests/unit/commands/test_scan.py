"""The exit code of `scan` says what was found."""

from __future__ import annotations

import pytest

from exporter.commands.scan import exit_code, of_sketch
from exporter.commands.settling import youth
from exporter.errors import Exit
from exporter.snapshot import Judgement, Verdict
from tests.judgements import analysis, judgement, timeline

SILENT = ("celery@w2 is silent",)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (judgement(), Exit.OK),
        (judgement(timeline(1, Verdict.SUSPECT)), Exit.OK),
        (judgement(timeline(1, Verdict.ORPHANED)), Exit.ORPHANS),
        (judgement(analyses=(analysis(1, Verdict.ORPHANED),)), Exit.ORPHANS),
        (judgement(timeline(1, Verdict.UNKNOWN), incomplete_because=SILENT), Exit.INCOMPLETE),
        (judgement(timeline(1, Verdict.ORPHANED), incomplete_because=SILENT), Exit.ORPHANS),
    ],
)
def test_exit_code(made: Judgement, code: Exit) -> None:
    """An orphan is 3 whatever else, incomplete evidence is 4, and otherwise it is 0."""
    assert exit_code(made) is code


def test_one_sketch_only() -> None:
    """Timelines and analyses of other sketches are left out, and everything else stays."""
    made = judgement(
        timeline(1, Verdict.ORPHANED, sketch_id=2),
        timeline(2, Verdict.RUNNING, sketch_id=1),
        analyses=(analysis(1, Verdict.WAITING),),
    )
    chosen = of_sketch(made, 2)
    assert [judged.timeline.timeline_id for judged in chosen.timelines] == [1]
    assert chosen.analyses == ()
    assert chosen.queues == made.queues
    assert of_sketch(made, None) is made


def test_young_suspects_are_remarked_upon() -> None:
    """Suspects within the grace period are told, with when to scan again."""
    made = judgement(timeline(1, Verdict.SUSPECT, age=20.0), timeline(2, Verdict.SUSPECT))
    assert youth(made, 60.0) == (
        "1 suspect changed its status less than 60 s ago and may still be on the way to the "
        "queue: scan again in 40 s."
    )
    assert youth(judgement(timeline(2, Verdict.SUSPECT)), 60.0) is None
