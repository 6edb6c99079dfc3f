"""All the states of the small world in which an import is lost for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.model.steps import steps
from tests.model.world import passed

if TYPE_CHECKING:
    from tests.model.world import World


def lost(beginning: World, *, since: int, mishaps: int) -> tuple[World, ...]:
    """Whatever can come of a beginning with the row left behind, for so many seconds.

    From then on there may be so many `mishaps` more.
    """
    met = {beginning: None}
    frontier = [beginning]
    while frontier:
        nexts = dict.fromkeys(then for world in frontier for _, then in steps(world))
        frontier = [world for world in nexts if world not in met]
        met.update(dict.fromkeys(frontier))
    left = [world for world in met if world.row is not None and not world.alive]
    aged = (passed(world, since, sent_within=0, noted_within=0) for world in left)
    return tuple(dict.fromkeys(world._replace(mishaps=mishaps) for world in aged))
