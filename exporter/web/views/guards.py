"""How repairs stand: mode, pause, brake and budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exporter.metrics.published import RepairFigures
    from exporter.repair.guarding import Standing
    from exporter.web.views.tones import Tone

MODES = {
    "off": "repairs are switched off",
    "dry-run": "repairs are planned and journalled, and nothing is written",
    "enforce": "repairs are written",
}


@dataclass(frozen=True, slots=True)
class PauseShown:
    """A pause: since when, by whom, and why if that may be shown."""

    at: float
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Guards:
    """How repairs stand. All but the mode is None while the journal cannot be used."""

    mode: str
    mode_tone: Tone
    meaning: str
    journal_up: bool
    pause: PauseShown | None = None
    brake_engaged: bool = False
    brake_until: float | None = None
    budget_remaining: int | None = None
    budget_free_at: float | None = None


def guards_of(figures: RepairFigures, standing: Standing | None, *, names: bool) -> Guards:
    """How repairs stand; `names` says whether what people wrote may be shown."""
    mode = figures.mode
    tone: Tone = "good" if mode == "enforce" else "calm"
    meaning = MODES.get(mode, "")
    if standing is None:
        return Guards(mode, tone, meaning, journal_up=False)
    paused = standing.paused
    return Guards(
        mode,
        tone,
        meaning,
        journal_up=True,
        pause=None
        if paused is None
        else PauseShown(paused.at, paused.actor, paused.reason if names else ""),
        brake_engaged=standing.brake_engaged,
        brake_until=standing.brake_until,
        budget_remaining=standing.budget_remaining,
        budget_free_at=standing.budget_free_at,
    )
