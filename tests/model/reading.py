"""A scan of the small world, read by read, and the snapshot that the judge gets of it.

The scanner's reads are those of exporter/observe: lists one element at a time from an end, who
listens as one count, each worker's answers one question after the other, in any order of workers.
Which read comes after which is data, so that a test can change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from exporter.snapshot import (
    BrokerReading,
    Consumer,
    DatabaseReading,
    DataSource,
    HeartbeatReading,
    Place,
    ProcessingTimeline,
    Sighting,
    Snapshot,
    Wanted,
    WorkerReply,
    WorkersReading,
)
from tests.model.world import DRAINING, LATER, PREFETCH, SILENT, UP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tests.model.world import Row, World

EPOCH = 1_800_000_000.0
TASK = "t1"
NAME = "timesketch.lib.tasks.run_csv_jsonl"
CORRECT = ("before", "queue", "unacked", "connections", "publish", "answers", "results", "after")


@dataclass(frozen=True, slots=True)
class Way:
    """How a scan reads: the order of its reads, from which end lists, which question first."""

    order: tuple[str, ...] = CORRECT
    from_the_left: bool = True
    questions: tuple[str, ...] = ("reserved", "active")


class Answer(NamedTuple):
    """What one worker has said so far; `asked` counts questions, `silent` ends them."""

    asked: int = 0
    silent: bool = False
    reserved: str = ""
    active: str = ""
    uptime: int = 0


class Connection(NamedTuple):
    """A line of CLIENT LIST."""

    number: int
    age: int
    idle: int
    blocked: bool


class Look(NamedTuple):
    """What a scan has seen so far; `at` is the next read, `offset` where in a list it is."""

    at: int = 0
    offset: int = 0
    wanted: bool = False
    queue: str = ""
    unacked: str = ""
    due: float = LATER
    connections: tuple[Connection, ...] = ()
    bound: tuple[bool, ...] = ()
    answers: tuple[Answer | None, ...] = ()
    result: str = "PENDING"
    row: Row | None = None

    def sees_the_task(self, questions: int) -> bool:
        """Whether the task was visible, to a worker's whole answer if at a worker."""
        return bool(
            self.queue
            or self.unacked
            or any(
                each and each.asked == questions and (each.reserved or each.active)
                for each in self.answers
            )
        )


def reads(world: World, look: Look, way: Way) -> Iterator[tuple[str, Look]]:
    """The reads that may come next, in words, and what has been seen then."""
    part, then = way.order[look.at], look.at + 1
    match part:
        case "before":
            # Kept for a scan that never looks again.
            row = None if "after" in way.order else world.row
            seen = look._replace(at=then, wanted=world.row is not None, row=row)
            yield f"database: {'processing' if world.row else 'ready'}", seen
        case "queue":
            yield _read_queue(world, look, way)
        case "unacked":
            seen = look._replace(at=then, unacked=world.unacked, due=world.due)
            yield f"unacked: {'the message' if world.unacked else 'nothing'}", seen
        case "connections":
            seen = look._replace(at=then, connections=_connections(world))
            numbers = ", ".join(str(each.number) for each in seen.connections)
            yield f"connections: {numbers or 'none'}", seen
        case "publish":
            asked = tuple(
                Answer() if each and each.state != DRAINING else None for each in world.workers
            )
            seen = look._replace(at=then, answers=asked, bound=world.bound)
            yield f"asks the workers: {sum(map(bool, asked))} listen", seen
        case "answers":
            yield from _ask(world, look, way)
        case "results":
            yield f"result: {world.result}", look._replace(at=then, result=world.result)
        case "after":
            seen = look._replace(at=then, row=world.row)
            yield f"database again: {'processing' if world.row else 'ready'}", seen


def _read_queue(world: World, look: Look, way: Way) -> tuple[str, Look]:
    """One element at a time; a list ends where there is none at the next index."""
    messages = world.queue if way.from_the_left else world.queue[::-1]
    end = "" if way.from_the_left else " from the right"
    if look.offset >= len(messages):
        return f"queue{end}: nothing at {look.offset}", look._replace(at=look.at + 1, offset=0)
    message = messages[look.offset]
    seen = look.queue if message == "x" or message in look.queue else look.queue + message
    what = "another message" if message == "x" else "the message"
    return f"queue{end}: {what} at {look.offset}", look._replace(offset=look.offset + 1, queue=seen)


def _connections(world: World) -> tuple[Connection, ...]:
    return tuple(
        Connection(
            each.connection, each.uptime, each.idle, each.state == UP and not each.swallowing
        )
        for each in world.workers
        if each is not None
    )


def _ask(world: World, look: Look, way: Way) -> Iterator[tuple[str, Look]]:
    """The next answer of any worker that still owes one."""
    waiting = False
    for number, answer in enumerate(look.answers):
        if answer is None or answer.silent or answer.asked == len(way.questions):
            continue
        waiting = True
        worker, name = world.workers[number], f"w{number + 1}"
        if worker is None or worker.state in (SILENT, DRAINING):
            said, text = answer._replace(silent=True), f"{name} does not answer"
        else:
            question = way.questions[answer.asked]
            held: str = getattr(worker, question)
            said = answer._replace(asked=answer.asked + 1, uptime=worker.uptime)
            if question == "active":
                said = said._replace(active=held)
            else:
                said = said._replace(reserved=held)
            text = f"{name} answers, {question}: {'the task' if held else 'nothing'}"
        answers = (*look.answers[:number], said, *look.answers[number + 1 :])
        yield text, look._replace(answers=answers)
    if not waiting:
        yield "all answers are in", look._replace(at=look.at + 1)


def snapshot(look: Look, *, tick: float, way: Way, known: Collection[str]) -> Snapshot:
    """What the judge gets of a scan that is through; `known` are the tasks it asks results of."""
    complete = len(way.questions)
    replies = tuple(
        _reply(f"celery@w{number}", answer)
        for number, answer in enumerate(look.answers, 1)
        if answer is not None and answer.asked == complete
    )
    unacked = [
        _sighting(copy, Place.UNACKED, "celery", redelivers_in=look.due) for copy in look.unacked
    ]
    queued = [_sighting(copy, Place.QUEUE, "celery") for copy in look.queue]
    return Snapshot(
        at=EPOCH + tick,
        tick=tick,
        seconds=0.0,
        before=Wanted(timeline_ids=frozenset({1}) if look.wanted else frozenset()),
        broker=BrokerReading(
            sightings=(*queued, *unacked),
            messages_read={"celery": len(queued)},
            unacked_read=len(unacked),
            incarnation="one",
            uptime=10_000.0,
        ),
        workers=WorkersReading(
            replies=replies,
            receivers=sum(answer is not None for answer in look.answers),
            bound=frozenset(f"celery@w{n}" for n, bound in enumerate(look.bound, 1) if bound),
            consumers=tuple(_consumer(each) for each in look.connections),
        ),
        heartbeats=HeartbeatReading(),
        results=dict.fromkeys(known, look.result),
        after=DatabaseReading(timelines=() if look.row is None else (_timeline(look.row),)),
    )


def _consumer(connection: Connection) -> Consumer:
    return Consumer(
        connection_id=connection.number,
        address=f"10.0.0.{connection.number}:5000",
        name="",
        age=float(connection.age),
        idle=float(connection.idle),
        blocked=connection.blocked,
    )


def _timeline(row: Row) -> ProcessingTimeline:
    status = "processing" if row.begun else "queueing"
    source = DataSource(1, status, row.status_id, row.created_age, row.status_age, streamed=False)
    return ProcessingTimeline(1, 1, "timeline", "index", row.status_id, row.status_age, (source,))


def _reply(name: str, answer: Answer) -> WorkerReply:
    held = [_sighting(copy, Place.RESERVED, name) for copy in answer.reserved]
    held += [_sighting(copy, Place.ACTIVE, name) for copy in answer.active]
    return WorkerReply(
        worker=name,
        sightings=tuple(held),
        active=len(answer.active),
        reserved=len(answer.reserved),
        scheduled=0,
        uptime=float(answer.uptime),
        prefetch_limit=PREFETCH,
    )


def _sighting(
    copy: str, place: Place, where: str, *, redelivers_in: float | None = None
) -> Sighting:
    return Sighting(
        task_id=TASK,
        task_name=NAME,
        place=place,
        where=where,
        timeline_id=1,
        index_name="index",
        redelivers_in=redelivers_in,
        redelivered=copy == "T",
    )
