"""The storm brake: many orphans at once mean that the detector or the broker is the suspect. Pure.

Whether there is a storm is told by when timelines were *first* found orphaned, so that repairing
them one by one cannot hide it, and neither can a restart: the journal remembers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.repair.rows import Target

if TYPE_CHECKING:
    from exporter.repair.guarding import GuardRules, Situation
    from exporter.repair.records import Brake, History


@dataclass(frozen=True, slots=True)
class Storm:
    """So many of so many processing timelines were first found orphaned within the window."""

    orphaned: int
    processing: int


def storm(situation: Situation, history: History, rules: GuardRules) -> Storm | None:
    """The storm that is going on, or None.

    What was found before the window, or before an operator released the brake, has no part in it.
    Timelines that were found within the window and have been repaired since count on both sides
    of the share.
    """
    since = history.now - rules.brake_window
    released = history.brake.released_at
    # A release in the future means a clock put back: it would hide every storm until then.
    if released is not None and released <= history.now:
        since = max(since, released)
    fresh = {
        target_id
        for (target, target_id, _), found_at in history.orphaned_at.items()
        if target is Target.TIMELINE and found_at > since
    }
    still = {target_id for target, target_id, _ in situation.orphaned if target is Target.TIMELINE}
    processing = situation.processing + len(fresh - still)
    if len(fresh) < rules.brake_least or len(fresh) <= rules.brake_share * processing:
        return None
    return Storm(len(fresh), processing)


def blocks_until(situation: Situation | None, history: History, rules: GuardRules) -> float | None:
    """Until when (Unix seconds) the brake blocks at least; None where it does not."""
    if situation is not None and storm(situation, history, rules) is not None:
        return history.now + rules.brake_cool_down
    brake = history.brake
    if brake.engaged_at is None or _released(brake, brake.engaged_at):
        return None
    until = brake.engaged_at + rules.brake_cool_down
    return until if history.now < until else None


def _released(brake: Brake, engaged_at: float) -> bool:
    return brake.released_at is not None and brake.released_at >= engaged_at
