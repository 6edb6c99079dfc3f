"""How things are marked: a tone is a colour and a sign, so that colour is never alone."""

from __future__ import annotations

from typing import Literal

from exporter.repair.records import Outcome
from exporter.repair.requests import RequestOutcome
from exporter.snapshot import Verdict, WorkerState

Tone = Literal["good", "bad", "warn", "calm"]

MARKS: dict[Tone, str] = {"good": "✓", "bad": "✕", "warn": "!", "calm": "·"}

URGENCY = (
    *(Verdict.ORPHANED, Verdict.STALLED, Verdict.SUSPECT, Verdict.UNKNOWN, Verdict.PARKED),
    *(Verdict.DRAINING, Verdict.RUNNING, Verdict.RESERVED, Verdict.QUEUED, Verdict.WAITING),
)
"""Verdicts in the order in which somebody has to look at them."""

_VERDICTS: dict[Verdict, Tone] = {
    Verdict.ORPHANED: "bad",
    Verdict.STALLED: "warn",
    Verdict.SUSPECT: "warn",
    Verdict.UNKNOWN: "warn",
    Verdict.RUNNING: "good",
}
_STATES: dict[WorkerState, Tone] = {
    WorkerState.UP: "good",
    WorkerState.DEAD: "bad",
    WorkerState.WEDGED: "warn",
    WorkerState.UNKNOWN: "warn",
}
_OUTCOMES: dict[Outcome, Tone] = {
    Outcome.APPLIED: "good",
    Outcome.FAILED: "bad",
    Outcome.REFUSED: "warn",
    Outcome.UNCHANGED: "warn",
    Outcome.ABANDONED: "warn",
}
_REQUESTS: dict[RequestOutcome, Tone] = {
    RequestOutcome.REPAIRED: "good",
    RequestOutcome.FAILED: "bad",
    RequestOutcome.REFUSED: "warn",
    RequestOutcome.UNPROVEN: "warn",
}


def tone_of(word: Verdict | WorkerState | Outcome | RequestOutcome | None) -> Tone:
    """The tone of a word of ours; None is what has not ended yet."""
    match word:
        case Verdict():
            return _VERDICTS.get(word, "calm")
        case WorkerState():
            return _STATES.get(word, "calm")
        case Outcome():
            return _OUTCOMES.get(word, "calm")
        case RequestOutcome():
            return _REQUESTS.get(word, "calm")
        case None:
            return "calm"
