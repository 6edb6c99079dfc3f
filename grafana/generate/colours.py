"""What is coloured how: the same word has the same colour in every panel.

Colour is never alone: a legend, a name or a text says the word as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.models.dashboard import (
    DashboardFieldConfigSourceOverrides,
    DynamicConfigValue,
    FieldColorModeId,
    MatcherConfig,
    Threshold,
    ThresholdsConfig,
    ThresholdsMode,
    ValueMap,
    ValueMappingResult,
)

from exporter.repair.records import Outcome
from exporter.repair.requests import RequestOutcome
from exporter.snapshot import Verdict, WorkerState

if TYPE_CHECKING:
    from collections.abc import Mapping

GREY = "#8e8e8e"
"""What is not known."""

NEUTRAL = "text"

VERDICTS: dict[str, str] = {
    Verdict.ORPHANED: "red",
    Verdict.STALLED: "orange",
    Verdict.SUSPECT: "yellow",
    Verdict.UNKNOWN: GREY,
    Verdict.PARKED: "purple",
    Verdict.DRAINING: "light-purple",
    Verdict.RUNNING: "green",
    Verdict.RESERVED: "semi-dark-blue",
    Verdict.QUEUED: "light-blue",
    Verdict.WAITING: "super-light-blue",
}
WORKER_STATES: dict[str, str] = {
    WorkerState.UP: "green",
    WorkerState.WEDGED: "orange",
    WorkerState.DRAINING: "light-purple",
    WorkerState.DEAD: "red",
    WorkerState.OFFLINE: "light-blue",
    WorkerState.UNKNOWN: GREY,
}
OUTCOMES: dict[str, str] = {
    Outcome.APPLIED: "green",
    Outcome.DRY_RUN: "light-blue",
    Outcome.UNCHANGED: GREY,
    Outcome.REFUSED: "orange",
    Outcome.FAILED: "red",
    Outcome.ABANDONED: "dark-red",
}
REQUEST_OUTCOMES: dict[str, str] = {
    RequestOutcome.REPAIRED: "green",
    RequestOutcome.DRY_RUN: "light-blue",
    RequestOutcome.NEEDLESS: GREY,
    RequestOutcome.REFUSED: "orange",
    RequestOutcome.UNPROVEN: "yellow",
    RequestOutcome.FAILED: "red",
}


def by_name(colours: Mapping[str, str]) -> list[DashboardFieldConfigSourceOverrides]:
    """Overrides that give the series of these names their colours."""
    return [
        DashboardFieldConfigSourceOverrides(
            matcher=MatcherConfig("byName", str(name)),
            properties=[DynamicConfigValue("color", fixed(colour))],
        )
        for name, colour in colours.items()
    ]


def fixed(colour: str) -> dict[str, str]:
    """One colour, whatever the value, as an override has it."""
    return {"mode": FieldColorModeId.FIXED, "fixedColor": colour}


def words(meanings: Mapping[str, tuple[str, str]]) -> ValueMap:
    """Values that are shown as a word in a colour: `{"0": ("dead", "red")}`."""
    return ValueMap(
        {
            value: ValueMappingResult(text=word, color=colour, index=index)
            for index, (value, (word, colour)) in enumerate(meanings.items())
        }
    )


def steps(first: str, *others: tuple[float, str]) -> ThresholdsConfig:
    """The colour of the least values, and from which value on it is another."""
    return ThresholdsConfig(
        mode=ThresholdsMode.ABSOLUTE,
        steps=[Threshold(None, first), *(Threshold(value, colour) for value, colour in others)],
    )
