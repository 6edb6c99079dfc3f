"""Looking up, once in a task's life, what a worker's short answer left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.observe import answers, message_ends, pidbox
from exporter.observe.pidbox import Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.observe.answers import HeldTask
    from exporter.observe.mailbox import Mailbox
    from exporter.observe.redis_elements import Element
    from exporter.observe.task_index import TaskIndex
    from exporter.observe.timesketch_tasks import Subject

# A worker takes some 5 s to send 80 MB.
TIMEOUT = 10.0
_AT_ONCE = 4
_REMEMBERED = 10_000


class Lookups:
    """Asks `query_task` for tasks whose arguments were cut before what they work on.

    Its answer holds the arguments whole, with tens of megabytes of events for a stream, and there
    is no other question that would do (celery/worker/control.py). So a task that was seen whole
    anywhere (`index`) is not asked for, and any other only once, whether the answer came or not;
    and of a long answer only the end is fetched.
    """

    def __init__(self, index: TaskIndex) -> None:
        self._index = index
        self._asked: dict[str, None] = {}

    def complete(self, mailbox: Mailbox, answered: Mapping[str, tuple[HeldTask, ...]]) -> None:
        """Remember what answers tell, and look up what they leave open."""
        unclear = []
        for worker, held in answered.items():
            for task in held:
                if task.unclear:
                    unclear.append((worker, task.task_id))
                elif task.about is not None:
                    self._index.note(task.task_id, task.about)
        unknown = [each for each in unclear if self._is_unknown(each[1])]
        for worker, task_id in unknown[:_AT_ONCE]:
            self._ask(mailbox, worker, task_id)

    def _is_unknown(self, task_id: str) -> bool:
        return self._index.subject(task_id) is None and task_id not in self._asked

    def _ask(self, mailbox: Mailbox, worker: str, task_id: str) -> None:
        self._asked[task_id] = None
        if len(self._asked) > _REMEMBERED:
            del self._asked[next(iter(self._asked))]
        question = Question("query_task", {"ids": [task_id]}, destination=(worker,))
        about = _subject(mailbox.ask_one(question, timeout=TIMEOUT), task_id)
        if about is not None:
            self._index.note(task_id, about)


def _subject(reply: Element | None, task_id: str) -> Subject | None:
    if isinstance(reply, bytes):
        decoded = pidbox.decode(reply)
        return answers.looked_up(decoded.answer).get(task_id) if decoded else None
    envelope = None if reply is None else message_ends.envelope(reply)
    return None if envelope is None else answers.looked_up_by_end(envelope.body_tail)
