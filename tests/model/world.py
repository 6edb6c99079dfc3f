"""The world of one import: its row, its message, its workers, as values that can be compared.

A copy of the message is written `t`, or `T` once Redis or a worker has handed it out again; `x` is
a message of somebody else. `slips` is how many more upstream moves and moments between pop and
`unacked` there may be, `mishaps` how much more may befall workers and messages: they bound the
world. Steps (steps.py) take no time; time passes between scans.
"""

from __future__ import annotations

from typing import NamedTuple

#: How many messages a worker takes at most.
PREFETCH = 4
#: When Redis may hand the message in `unacked` out again.
LATER, SOON, NOW = 3000.0, 1.0, 0.0
UP, SILENT, DRAINING = "up", "silent", "in warm shutdown"


class Row(NamedTuple):
    """The timeline's status row while it says processing; ages in seconds."""

    status_id: int
    status_age: int
    created_age: int
    begun: bool


class Worker(NamedTuple):
    """One process that consumes; `swallowing` is in no key yet, `idle` is since its last pop."""

    connection: int
    uptime: int
    state: str = UP
    idle: int = 0
    swallowing: str = ""
    reserved: str = ""
    active: str = ""


class World(NamedTuple):
    """All that is. `row` is None once the import has ended; `bound` are names in the pidbox."""

    row: Row | None
    unsent: bool
    queue: str
    unacked: str
    due: float
    workers: tuple[Worker | None, ...]
    bound: tuple[bool, ...]
    connections: int
    result: str
    slips: int
    mishaps: int
    pushes: int

    @property
    def alive(self) -> bool:
        """Whether anything in the world will still work on the import, visible or not."""
        return (
            self.unsent
            or bool(self.unacked)
            or self.queue.strip("x") != ""
            or any(
                each and (each.swallowing or each.reserved or each.active) for each in self.workers
            )
        )


def beginning(
    *, workers: int = 2, sent: bool = True, slips: int = 0, mishaps: int = 0, pushes: int = 0
) -> World:
    """An upload that was just made, or a minute ago if its message is `sent`; workers are up."""
    age = 100 if sent else 0
    return World(
        row=Row(1, age, age, begun=False),
        unsent=not sent,
        queue="t" if sent else "",
        unacked="",
        due=LATER,
        workers=tuple(Worker(number, 1000) for number in range(1, workers + 1)),
        bound=(True,) * workers,
        connections=workers,
        result="PENDING",
        slips=slips,
        mishaps=mishaps,
        pushes=pushes,
    )


def with_another(world: World) -> World:
    """The same with a message of somebody else that is next to go."""
    return world._replace(queue=world.queue + "x")


def shutting_down(world: World) -> World:
    """The same with its task running on w1, which is in warm shutdown."""
    first, *others = world.workers
    assert first is not None
    return world._replace(
        queue="",
        workers=(first._replace(state=DRAINING, active="t"), *others),
        bound=(False, *world.bound[1:]),
        result="STARTED",
    )


def long_reserved(world: World) -> World:
    """The same with its message reserved on w1 for so long that Redis soon hands it out again."""
    first, *others = world.workers
    assert first is not None
    return world._replace(
        queue="",
        unacked="t",
        due=SOON,
        workers=(first._replace(reserved="t"), *others),
    )


def with_worker(world: World, number: int, worker: Worker | None) -> World:
    """The world in which this is what has become of a worker."""
    workers = world.workers
    return world._replace(workers=(*workers[:number], worker, *workers[number + 1 :]))


def passed(world: World, seconds: int, *, sent_within: int, noted_within: int) -> World:
    """The world after a while; what takes only so long has come about in it."""
    row = world.row
    if world.unsent and row is not None and row.created_age + seconds >= sent_within:
        world = world._replace(unsent=False, queue="t" + world.queue)
    if row is not None:
        row = row._replace(
            status_age=row.status_age + seconds, created_age=row.created_age + seconds
        )
    for number, worker in enumerate(world.workers):
        if worker is not None and worker.state == UP and worker.swallowing:
            if seconds < noted_within:
                continue
            taken = worker._replace(swallowing="", reserved=worker.reserved + worker.swallowing)
            world = with_worker(world, number, taken)._replace(unacked=worker.swallowing, due=LATER)
    return world._replace(
        row=row,
        due=NOW if world.due == SOON else world.due,
        workers=tuple(_older(each, seconds) for each in world.workers),
    )


def _older(worker: Worker | None, seconds: int) -> Worker | None:
    if worker is None:
        return None
    pops = worker.state == UP and not worker.swallowing
    return worker._replace(
        uptime=worker.uptime + seconds, idle=0 if pops else worker.idle + seconds
    )
