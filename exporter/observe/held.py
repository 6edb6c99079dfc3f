"""From the replies of all workers to what each of them holds: pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.observe import answers
from exporter.observe.answers import HeldTask, WrongShapeError
from exporter.observe.arguments import concerns, is_timesketch
from exporter.observe.details import uptime
from exporter.observe.timesketch_tasks import Subject
from exporter.snapshot import Place, Sighting, WorkerReply

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from exporter.observe.answers import Details
    from exporter.observe.pidbox import Question, Reply
    from exporter.observe.task_index import TaskIndex
    from exporter.snapshot import Heard, Wanted


@dataclass(frozen=True, slots=True)
class Said:
    """What workers answered, all questions together."""

    answered: Mapping[str, tuple[HeldTask, ...]]
    malformed: tuple[str, ...]


def held_by_worker(questions: Iterable[Question], replies: Iterable[Reply]) -> Said:
    """Put the replies of each worker together; who did not answer every question is left out.

    Two workers of the same node name cannot be told apart: everything that either holds is kept
    as seen, but the name counts as malformed, since neither's answers are known to be complete.
    A name with an answer of the wrong shape keeps what could be read of the others.
    """
    methods = {question.ticket: question.method for question in questions}
    came: dict[str, Counter[str]] = {}
    held: dict[str, list[HeldTask]] = {}
    wrong: set[str] = set()
    for reply in replies:
        came.setdefault(reply.worker, Counter())[reply.ticket] += 1
        tasks = held.setdefault(reply.worker, [])
        try:
            tasks.extend(answers.tasks(methods[reply.ticket], reply.answer))
        except WrongShapeError:
            wrong.add(reply.worker)
    answered: dict[str, tuple[HeldTask, ...]] = {}
    malformed = []
    for name, counts in came.items():
        ambiguous = any(count > 1 for count in counts.values())
        if name in wrong or ambiguous:
            malformed.append(name)
        if name in wrong or ambiguous or len(counts) == len(methods):
            answered[name] = tuple(held[name])
    return Said(answered, tuple(sorted(malformed)))


def sightings(
    worker: str,
    held: Iterable[HeldTask],
    index: TaskIndex,
    *,
    wanted: Wanted | None,
    now_there: float,
) -> tuple[Sighting, ...]:
    """Return the sightings of Timesketch's tasks at one worker.

    `now_there` is the present Unix time by the worker's clock. A task whose arguments stay unknown
    is kept whatever is wanted: it could be any.
    """
    found = []
    for task in held:
        if not is_timesketch(task.task_name):
            continue
        about = task.about or index.subject(task.task_id)
        if wanted is not None and about is not None and not concerns(about, wanted):
            continue
        about = about or Subject()
        age = None if task.started_at is None else max(0.0, now_there - task.started_at)
        found.append(
            Sighting(
                task_id=task.task_id,
                task_name=task.task_name,
                place=task.place,
                where=worker,
                timeline_id=about.timeline_id,
                analysis_id=about.analysis_id,
                sketch_id=about.sketch_id,
                index_name=about.index_name,
                followers=index.followers(task.task_id),
                age=age,
                redelivered=task.redelivered,
                message=task.message,
            )
        )
    return tuple(found)


def reply_of(
    worker: str,
    held: tuple[HeldTask, ...],
    *,
    index: TaskIndex,
    wanted: Wanted | None,
    details: Details | None,
    heard: Heard | None,
    now: float,
    tick: float,
    prefetched_asked: bool = True,
) -> WorkerReply:
    """Return one worker's reply; `now` (Unix seconds) and `tick` are the exporter's clocks."""
    places = Counter(task.place for task in held)
    now_there = now + ((heard.clock_offset if heard else None) or 0.0)
    return WorkerReply(
        worker=worker,
        sightings=sightings(worker, held, index, wanted=wanted, now_there=now_there),
        active=places[Place.ACTIVE],
        reserved=places[Place.RESERVED],
        scheduled=places[Place.SCHEDULED],
        uptime=uptime(details, tick=tick),
        pool=details.pool if details else None,
        processes=details.processes if details else None,
        # How full it is cannot be told without knowing what it has prefetched.
        prefetch_limit=details.prefetch_limit if details and prefetched_asked else None,
        pid=details.pid if details else None,
    )
