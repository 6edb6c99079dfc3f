"""Which consumers might belong to no answering worker.

Every living worker consumes through one connection, but neither Redis nor Celery says which. Each
answering worker has some connections that could be its own; a maximum matching tells how many
connections are left over at least, and alternating paths tell which ones *could* be left over.
Those are the ones that may belong to a worker in warm shutdown or a silent one (or to a stranger).

Of ten thousand workers most have the same choice as many others. Workers of one choice are handled
as one, so that time and memory follow the number of different choices and not of workers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    Choice = frozenset[int]


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is left over when as many workers as possible have a connection of their own.

    `unowned` are the connections that some largest assignment leaves without an owner; whatever is
    not in it is needed, however workers are assigned. `unmatched` is how many workers go without.
    """

    unowned: frozenset[int]
    unmatched: int


def assign(connections: Collection[int], owners: Mapping[str, frozenset[int]]) -> Assignment:
    """Assign workers; `owners` maps each to the connections that could be its own."""
    numbers = Counter(owners.values())
    chosen_by, unmatched = _maximum_matching(numbers)
    chosen: dict[Choice, list[int]] = defaultdict(list)
    for connection, choice in chosen_by.items():
        chosen[choice].append(connection)
    reached = [connection for connection in connections if connection not in chosen_by]
    unowned = set(reached)
    left = set(numbers)
    while reached:
        connection = reached.pop()
        for choice in [each for each in left if connection in each]:
            # Any worker of this choice could own this one instead of the one that it owns now.
            left.discard(choice)
            freed = [each for each in chosen[choice] if each not in unowned]
            unowned.update(freed)
            reached.extend(freed)
    return Assignment(frozenset(unowned), unmatched)


def _maximum_matching(numbers: Mapping[Choice, int]) -> tuple[dict[int, Choice], int]:
    """By which choice each connection is taken, and how many workers go without."""
    taken: dict[int, Choice] = {}
    waiting: dict[Choice, int] = {}
    # The narrowest choose first, and what fewest others could choose: hardly any must move on then.
    wanted = Counter(connection for choice in numbers for connection in choice)
    for choice in sorted(numbers, key=len):
        free = [connection for connection in choice if connection not in taken]
        free.sort(key=wanted.__getitem__)
        taken.update(dict.fromkeys(free[: numbers[choice]], choice))
        waiting[choice] = max(0, numbers[choice] - len(free))
    hopeless: set[Choice] = set()
    unmatched = 0
    for choice, number in waiting.items():
        for served in range(number):
            if not _augment(choice, taken, hopeless):
                unmatched += number - served
                break
    return taken, unmatched


def _augment(seeker: Choice, taken: dict[int, Choice], hopeless: set[Choice]) -> bool:
    """Find one more connection for a choice, by having others move on to a free one.

    Whoever was asked in vain is `hopeless` from then on.
    """
    gives: dict[Choice, tuple[Choice, int] | None] = {seeker: None}
    frontier = [seeker]
    while frontier:
        choice = frontier.pop()
        for connection in choice:
            holder = taken.get(connection)
            if holder is None:
                _shift(taken, gives, connection, choice)
                return True
            if holder not in gives and holder not in hopeless:
                gives[holder] = (choice, connection)
                frontier.append(holder)
    hopeless.update(gives)
    return False


def _shift(
    taken: dict[int, Choice],
    gives: Mapping[Choice, tuple[Choice, int] | None],
    free: int,
    choice: Choice,
) -> None:
    """Take the free connection; each on the way back gives the one that it was asked for."""
    taken[free] = choice
    while (given := gives[choice]) is not None:
        choice, connection = given
        taken[connection] = choice
