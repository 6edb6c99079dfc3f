"""`explain` tells a timeline's story, or says in one line that there is none."""

from __future__ import annotations

import pytest

from exporter.commands.explain import story
from exporter.commands.past import lines
from exporter.errors import NotProcessingError
from exporter.events.story import Chapter, Story
from exporter.snapshot import Verdict
from tests.judgements import AT, analysis, judgement, timeline


def test_story() -> None:
    """The story has verdict, since, worker, task, reasons, data sources and analyses."""
    made = judgement(
        timeline(7, Verdict.ORPHANED),
        analyses=(
            analysis(3, Verdict.WAITING, timeline_id=7),
            analysis(4, Verdict.WAITING, timeline_id=8),
        ),
    )
    assert story(made, 7).plain == (
        "Timeline 7 'disk-7' of sketch 1\n"
        "is ORPHANED: nothing processes it.\n"
        "\n"
        "Processing since  2025-11-23T08:50:00Z (10 min ago)\n"
        "Worker            celery@w1\n"
        "Task              task-7\n"
        "Scanned at        2025-11-23T09:00:00Z\n"
        "\n"
        "Why\n"
        "  - not in queue celery (312 messages read)\n"
        "  - 3 of 3 connected workers answered\n"
        "\n"
        "Data sources\n"
        "  - 7 (file): processing for 10 min, made 10 min ago\n"
        "\n"
        "Unfinished analyses of it\n"
        "  - 3 domain: waiting (its predecessor is still running)"
    )


def test_gaps_in_the_evidence_are_part_of_the_story() -> None:
    """Why nothing can be said is said."""
    made = judgement(timeline(7, Verdict.UNKNOWN), incomplete_because=("celery@w2 is silent",))
    assert story(made, 7).plain.endswith("The evidence is incomplete\n  - celery@w2 is silent")


def test_timeline_that_is_not_processing() -> None:
    """A timeline that is not among the processing ones is one clear line."""
    with pytest.raises(NotProcessingError, match="timeline 8 is not processing"):
        story(judgement(timeline(7, Verdict.RUNNING)), 8)


def test_what_happened_is_told_in_order() -> None:
    """A line for each chapter with its source, its reasons below it, and a gap as such."""
    told = Story(
        (
            Chapter(AT, "scans", "set to processing"),
            Chapter(AT + 1, "exporter", "nothing is known for 5 s", is_gap=True),
            Chapter(AT + 9, "scans", "orphaned", ("not in unacked (0)",)),
        ),
        ("No event of its tasks came.",),
    )
    assert lines(told).plain == (
        "Its story\n"
        "  2025-11-23T09:00:00Z  set to processing  (scans)\n"
        "  2025-11-23T09:00:01Z  nothing is known for 5 s  (exporter)\n"
        "  2025-11-23T09:00:09Z  orphaned  (scans)\n"
        "                        - not in unacked (0)\n"
        "No event of its tasks came."
    )
