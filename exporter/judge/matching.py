"""Which consumers might belong to no answering worker.

Every living worker consumes through one connection, but neither Redis nor Celery says which. Each
answering worker has some connections that could be its own; a maximum matching tells how many
connections are left over at least, and alternating paths tell which ones *could* be left over.
Those are the ones that may belong to a worker in warm shutdown or a silent one (or to a stranger).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def possibly_unowned(
    connections: Collection[int], owners: Mapping[str, Collection[int]]
) -> frozenset[int]:
    """Connections that some largest assignment of workers to connections leaves without an owner.

    `owners` maps each answering worker to the connections that could be its own. A connection not
    in the result is needed by the answering workers, however they are assigned.
    """
    owner_of = _maximum_matching(owners)
    possible_owners: dict[int, list[str]] = {connection: [] for connection in connections}
    for worker, candidates in owners.items():
        for connection in candidates:
            possible_owners[connection].append(worker)
    connection_of = {worker: connection for connection, worker in owner_of.items()}
    reached = [connection for connection in connections if connection not in owner_of]
    seen = set(reached)
    while reached:
        connection = reached.pop()
        for worker in possible_owners[connection]:
            # The worker could own this one instead, which would free the one it owns now.
            freed = connection_of[worker]
            if freed not in seen:
                seen.add(freed)
                reached.append(freed)
    return frozenset(seen)


def unmatched_workers(owners: Mapping[str, Collection[int]]) -> int:
    """How many answering workers no assignment can give a connection of their own."""
    return len(owners) - len(_maximum_matching(owners))


def _maximum_matching(owners: Mapping[str, Collection[int]]) -> dict[int, str]:
    """Connection to worker, as many as possible (augmenting paths, iterative)."""
    owner_of: dict[int, str] = {}
    for worker in owners:
        parents: dict[int, int | None] = {}
        frontier: list[tuple[str, int | None]] = [(worker, None)]
        while frontier:
            seeker, via = frontier.pop()
            free = None
            for connection in owners[seeker]:
                if connection in parents:
                    continue
                parents[connection] = via
                holder = owner_of.get(connection)
                if holder is None:
                    free = connection
                    break
                frontier.append((holder, connection))
            if free is not None:
                _augment(owner_of, parents, free, worker)
                break
    return owner_of


def _augment(
    owner_of: dict[int, str], parents: Mapping[int, int | None], free: int, worker: str
) -> None:
    """Shift owners along the path that ends at `free`, so that `worker` gets its first link."""
    connection = free
    while (via := parents[connection]) is not None:
        owner_of[connection] = owner_of[via]
        connection = via
    owner_of[connection] = worker
