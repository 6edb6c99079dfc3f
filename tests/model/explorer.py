"""All interleavings of the small world's steps with the reads of a few scans.

From every state whatever can happen next happens next, a step of the world or a read of the
scanner; states that were met before are not entered again. So what holds here holds whatever
happens when, within the bounds of the scene. The judge and its memory are the real ones.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from tests.model.judging import Judging
from tests.model.scene import NOTHING_SEEN, End, State, ends, following
from tests.model.world import passed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.model.judging import Judged
    from tests.model.reading import Way
    from tests.model.scene import Scene
    from tests.model.world import World

TICK = 1_000.0


class Node(NamedTuple):
    """Where a scan begins: the world, the memory, and whether all scans before were complete."""

    world: World
    memory: int
    complete: bool


class Came(NamedTuple):
    """How a node was reached: through which end of which scan."""

    distance: int
    end: End | None = None
    before: Node | None = None


@dataclass(slots=True)
class Found:
    """What an exploration came to.

    `states` were met, at `scans` different ends; `judged` is how often the judge was asked and
    `orphans` at how many ends of the last scan it said orphaned. `story` is the shortest way to
    what must not be, empty if there is none.
    """

    states: int = 0
    scans: int = 0
    judged: int = 0
    orphans: int = 0
    story: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The story, to be read, or the figures."""
        if self.story:
            return "\n".join(self.story)
        return f"nothing in {self.states:,} states, {self.scans:,} different ends of scans"


def false_orphan(scene: Scene) -> Found:
    """Look for an import that is called orphaned while its task lives, or after it has ended well.

    What may be called orphaned is a row that says processing while nothing works on it any more.
    """

    def is_wrong(end: End, judged: Judged) -> bool:
        return judged.orphaned and (end.world.alive or end.world.row is None)

    return _explore(scene, is_wrong)


def missed_orphan(scene: Scene) -> Found:
    """Look for an import that is lost from the beginning, but not called orphaned in the last scan.

    Only where that scan and all before were complete: the others may not say it.
    """

    def is_wrong(_: End, judged: Judged) -> bool:
        return judged.complete and not judged.orphaned

    return _explore(scene, is_wrong, only_last=True)


def interleavings(beginning: World, way: Way) -> int:
    """In how many ways the steps of a world can go on between the reads of one scan."""

    @cache
    def ways(state: State) -> int:
        if state.look.at == len(way.order):
            return 1
        return sum(ways(then) for _, then in following(state, way))

    return ways(State(beginning, NOTHING_SEEN))


def _explore(
    scene: Scene, is_wrong: Callable[[End, Judged], bool], *, only_last: bool = False
) -> Found:
    found, judging = Found(), Judging(scene.way, scene.rules)
    levels = [{Node(world, 0, complete=True): Came(0) for world in scene.beginnings}]
    tick = TICK
    for pause in (*scene.pauses, None):
        begins: dict[tuple[int, bool], dict[World, int]] = defaultdict(dict)
        for node, came in levels[-1].items():
            begins[node.memory, node.complete][node.world] = came.distance
        level: dict[Node, Came] = {}
        wrong: Came | None = None
        for (memory, complete), worlds in begins.items():
            for end in ends(worlds, scene.way, last=pause is None):
                if isinstance(end, int):
                    found.states += end
                    continue
                if wrong is not None and end.distance >= wrong.distance:
                    break
                found.scans += 1
                judged = judging.judge(memory, end.look, tick=tick)
                came = Came(end.distance + 1, end, Node(end.begun, memory, complete))
                found.orphans += judged.orphaned and pause is None
                checked = (pause is None and complete) or not only_last
                if checked and is_wrong(end, judged):
                    wrong = came if wrong is None else min(wrong, came, key=_distance)
                if pause is not None:
                    # Completeness makes no difference where every scan is checked.
                    unbroken = not only_last or (complete and judged.complete)
                    node = Node(_later(end.world, pause, scene), judged.memory, unbroken)
                    level[node] = min(level.get(node, came), came, key=_distance)
        found.judged = len(judging)
        if wrong is not None:
            found.story = _story(scene, levels, wrong)
            break
        levels.append(level)
        tick += pause or 0
    return found


def _distance(came: Came) -> int:
    return came.distance


def _later(world: World, pause: int, scene: Scene) -> World:
    within = {"sent_within": scene.sent_within, "noted_within": scene.noted_within}
    return passed(world, pause, **within)


def _story(scene: Scene, levels: list[dict[Node, Came]], last: Came) -> tuple[str, ...]:
    """The way to an end in words, scan by scan."""
    lines: list[str] = []
    came = last
    while came.end is not None and came.before is not None:
        if came is not last:
            lines.insert(0, f"{scene.pauses[len(levels) - 1]} s pass")
        lines[:0] = _way_through(scene, came.end)
        came = levels.pop()[came.before]
    return tuple(lines)


def _way_through(scene: Scene, end: End) -> list[str]:
    """The shortest way through one scan."""
    first, goal = State(end.begun, NOTHING_SEEN), State(end.world, end.look)
    came: dict[State, tuple[State, str]] = {}
    frontier = [first]
    while goal not in came:
        nexts = []
        for state in frontier:
            for text, then in following(state, scene.way):
                if then not in came:
                    came[then] = (state, text)
                    nexts.append(then)
        frontier = nexts
    lines = []
    while goal != first:
        goal, text = came[goal]
        lines.append(text)
    return lines[::-1]
