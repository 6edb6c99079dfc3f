"""What can happen next in the small world: each step as one change, with its name in words.

Tasks move as the real ones do (docs/how-it-knows.md): popped, noted in `unacked`, reserved, begun
(acknowledged early, the status is set anew by the task), ended (status first). A worker in warm
shutdown is silent, finishes what runs and hands back what is reserved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.model.world import (
    DRAINING,
    LATER,
    NOW,
    PREFETCH,
    SILENT,
    SOON,
    UP,
    Row,
    Worker,
    with_worker,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.model.world import World

PROCESSES = 2


def steps(world: World) -> Iterator[tuple[str, World]]:
    """Everything that can happen next, in words, and what the world is then."""
    yield from _steps_of_the_message(world)
    for number, worker in enumerate(world.workers):
        name = f"w{number + 1}"
        if worker is None:
            if world.mishaps:
                yield f"{name} is started anew", _started(world, number)
            continue
        if worker.state != SILENT:
            yield from _steps_of_work(world, number, worker, name)
        yield from _steps_of_fate(world, number, worker, name)


def _steps_of_the_message(world: World) -> Iterator[tuple[str, World]]:
    if world.unsent:
        sent = world._replace(unsent=False, queue="t" + world.queue)
        yield "Timesketch sends the message", sent
    if world.pushes:
        pushed = world._replace(queue="x" + world.queue, pushes=world.pushes - 1)
        yield "somebody sends another message", pushed
    if world.mishaps and (world.unsent or world.queue.strip("x")):
        lost = world._replace(
            unsent=False, queue="x" * world.queue.count("x"), mishaps=world.mishaps - 1
        )
        yield "the message is lost on its way or with Redis", lost
    if world.unacked and world.slips and world.due != LATER:
        if world.due == SOON:
            yield "the visibility time-out is over", world._replace(due=NOW)
        elif any(each and each.state == UP for each in world.workers):
            yield (
                "a worker has the message in unacked handed out again",
                world._replace(
                    queue=world.queue + "T", unacked="", due=LATER, slips=world.slips - 1
                ),
            )


def _steps_of_work(
    world: World, number: int, worker: Worker, name: str
) -> Iterator[tuple[str, World]]:
    if worker.state == UP:
        if worker.swallowing:
            taken = worker._replace(swallowing="", reserved=worker.reserved + worker.swallowing)
            noted = with_worker(world, number, taken)._replace(unacked=worker.swallowing, due=LATER)
            yield f"{name} notes its message in unacked", noted
        elif world.queue and len(worker.reserved + worker.active) < PREFETCH:
            yield from _takes(world, number, worker, name)
        if worker.reserved and len(worker.active) < PROCESSES:
            begun = worker._replace(
                reserved=worker.reserved[1:], active=worker.active + worker.reserved[0]
            )
            # Early acknowledgement; a twin's goes with it, since it has the same delivery tag.
            after = with_worker(world, number, begun)._replace(
                unacked="", due=LATER, result="STARTED"
            )
            yield f"{name} begins the task", after
    if worker.active and world.row is not None:
        if not world.row.begun:
            row = Row(world.row.status_id + 1, 0, world.row.created_age, begun=True)
            yield f"the task on {name} sets the status anew", world._replace(row=row)
        else:
            yield f"the task on {name} writes its end into the database", world._replace(row=None)
    if worker.active and world.row is None:
        ended = worker._replace(active=worker.active[1:])
        yield (
            f"the task on {name} ends",
            with_worker(world, number, ended)._replace(result="SUCCESS"),
        )
    if worker.state == DRAINING and not worker.active:
        yield from _leaves(world, number, worker, name)


def _takes(world: World, number: int, worker: Worker, name: str) -> Iterator[tuple[str, World]]:
    rest, message = world.queue[:-1], world.queue[-1]
    if message == "x":
        yield f"{name} takes the other message", world._replace(queue=rest)
        return
    taken = worker._replace(reserved=worker.reserved + message)
    yield (
        f"{name} takes the message",
        with_worker(world, number, taken)._replace(queue=rest, unacked=message, due=LATER),
    )
    if world.slips:
        swallows = worker._replace(swallowing=message)
        yield (
            f"{name} pops the message, which is in no key now",
            with_worker(world, number, swallows)._replace(queue=rest, slips=world.slips - 1),
        )


def _leaves(world: World, number: int, worker: Worker, name: str) -> Iterator[tuple[str, World]]:
    """The end of a warm shutdown: what is prefetched goes back, if it is still its own."""
    gone = with_worker(world, number, None)
    if not worker.reserved or not world.unacked:
        yield f"{name} ends its shutdown", gone
    elif world.slips:
        yield (
            f"{name} ends its shutdown and hands its message back",
            gone._replace(queue=world.queue + "T", unacked="", due=LATER, slips=world.slips - 1),
        )


def _steps_of_fate(
    world: World, number: int, worker: Worker, name: str
) -> Iterator[tuple[str, World]]:
    if worker.state == SILENT:
        idle = worker.idle if worker.swallowing else 0
        again = worker._replace(state=UP, idle=idle)
        yield f"{name} is heard again", with_worker(world, number, again)
    if not world.mishaps:
        return
    after = world._replace(mishaps=world.mishaps - 1)
    yield f"{name} is killed", with_worker(after, number, None)
    if worker.state == UP:
        yield f"{name} falls silent", with_worker(after, number, worker._replace(state=SILENT))
        if not worker.swallowing:
            bound = tuple(name and each != number for each, name in enumerate(world.bound))
            drains = with_worker(after, number, worker._replace(state=DRAINING))
            yield f"{name} is told to shut down", drains._replace(bound=bound)
    if worker.state != SILENT and worker.active:
        killed = worker._replace(active=worker.active[1:])
        yield (
            f"the process of the task on {name} is killed",
            with_worker(after, number, killed)._replace(result="FAILURE"),
        )


def _started(world: World, number: int) -> World:
    bound = tuple(name or each == number for each, name in enumerate(world.bound))
    connection = world.connections + 1
    started = world._replace(bound=bound, connections=connection, mishaps=world.mishaps - 1)
    return with_worker(started, number, Worker(connection, 0))
