"""The tables show what was found, whatever the names and the width."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from rich.console import Console

from exporter.commands.tables import printable, report
from exporter.snapshot import Verdict, WorkerState
from tests.judgements import JUDGEMENTS, analysis, judgement, timeline, worker

if TYPE_CHECKING:
    from exporter.snapshot import Judgement


def shown(made: Judgement, width: int = 140) -> str:
    """The report as text without colours."""
    stream = StringIO()
    Console(file=stream, width=width, highlight=False).print(report(made))
    return stream.getvalue()


def test_report() -> None:
    """Timelines, analyses, workers and queues are shown, and the summary comes last."""
    text = shown(
        judgement(
            timeline(3, Verdict.RUNNING),
            timeline(12, Verdict.ORPHANED),
            analyses=(analysis(5, Verdict.WAITING),),
            workers=(worker("celery@w1", WorkerState.UP),),
        )
    )
    for piece in ("12 disk-12", "10 min ago", "celery@w1", "prefork, 2", "celery   3", "5 domain"):
        assert piece in text
    assert text.index("12 disk-12") < text.index("3 disk-3"), "orphans come first"
    assert text.splitlines()[-3:] == [
        "2 processing timelines: 1 orphaned, 1 running",
        "1 unfinished analysis: 1 waiting",
        "The evidence is complete.",
    ]


def test_reasons_against_completeness_are_told() -> None:
    """Every reason why the evidence is incomplete has its line."""
    text = shown(judgement(incomplete_because=("celery@w2 is silent", "a queue was not read")))
    assert "incomplete:\n  - celery@w2 is silent\n  - a queue was not read\n" in text


def test_nothing_to_show_is_said() -> None:
    """Without anything unfinished the summary says so."""
    assert "0 processing timelines\n0 unfinished analyses\n" in shown(judgement())


@pytest.mark.parametrize("width", [40, 80, 140])
def test_fits_into_the_width(width: int) -> None:
    """No line is longer than the terminal is wide."""
    made = judgement(
        timeline(12, Verdict.ORPHANED), workers=(worker("celery@a-very-long-name", WorkerState.UP),)
    )
    assert max(map(len, shown(made, width).splitlines())) <= width


@given(JUDGEMENTS)
def test_every_judgement_is_shown_and_obeys_nothing(made: Judgement) -> None:
    """Texts from outside reach the terminal without control characters."""
    assert all(letter == "\n" or letter.isprintable() for letter in shown(made))


def test_control_characters_are_replaced() -> None:
    """An escape sequence in a name becomes a sign that nothing obeys."""
    assert printable("a\x1b[2Jb") == "a\N{REPLACEMENT CHARACTER}[2Jb"
