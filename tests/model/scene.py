"""What is explored, and the states on the way through one scan."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from exporter.judge import Rules
from tests.model.reading import Look, Way, reads
from tests.model.steps import steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.model.world import World


AS_EXPORTER = Way()
AS_SHIPPED = Rules()


@dataclass(frozen=True, slots=True)
class Scene:
    """How the world may begin, how scans read it, and the seconds that pass between them.

    A message is sent within `sent_within` of its row and noted in `unacked` within `noted_within`
    of its pop by a worker that is not frozen: what `judge.grace` and `judge.confirm-after` are for.
    """

    beginnings: tuple[World, ...]
    way: Way = AS_EXPORTER
    rules: Rules = AS_SHIPPED
    pauses: tuple[int, ...] = ()
    sent_within: int = 60
    noted_within: int = 15


class End(NamedTuple):
    """A scan that is through: the world then, what it has seen, its beginning, steps until here."""

    world: World
    look: Look
    begun: World
    distance: int


class State(NamedTuple):
    """Somewhere in a scan."""

    world: World
    look: Look


NOTHING_SEEN = Look()


def following(state: State, way: Way) -> Iterator[tuple[str, State]]:
    """Whatever can happen next, in words: a step of the world, or a read of the scanner."""
    world, look = state
    if look.at < len(way.order):
        for text, seen in reads(world, look, way):
            yield f"    scanner: {text}", State(world, seen)
        for text, then in _steps(world):
            yield text, State(then, look)


def ends(begins: Mapping[World, int], way: Way, *, last: bool) -> Iterator[End | int]:
    """Every end of a scan that begins in one of these worlds, and last how many states there were.

    Breadth first, so that each is found by its fewest steps; `begins` says how many led to each
    world. Of the `last` scan only those ends that could make an orphan: whatever sees the task, or
    finds nothing unfinished at its beginning, makes none.
    """
    waiting: dict[int, list[World]] = defaultdict(list)
    for world, distance in begins.items():
        waiting[distance].append(world)
    met: dict[State, World] = {}
    frontier: list[State] = []
    distance = min(waiting, default=0)
    while frontier or waiting:
        for world in waiting.pop(distance, ()):
            first = State(world, NOTHING_SEEN)
            if first not in met:
                met[first] = world
                frontier.append(first)
        nexts = []
        for state in frontier:
            begun = met[state]
            if state.look.at == len(way.order):
                yield End(*state, begun, distance)
                continue
            for _, then in following(state, way):
                if then not in met and not (last and _makes_no_orphan(then.look, way)):
                    met[then] = begun
                    nexts.append(then)
        frontier = nexts
        distance += 1
    yield len(met)


def _makes_no_orphan(look: Look, way: Way) -> bool:
    return look.sees_the_task(len(way.questions)) or (look.at > 0 and not look.wanted)


@cache
def _steps(world: World) -> tuple[tuple[str, World], ...]:
    return tuple(steps(world))
