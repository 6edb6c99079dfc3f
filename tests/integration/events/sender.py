"""Sends events of tasks as a worker does: through Celery's own dispatcher, singly or in lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from celery import Celery

if TYPE_CHECKING:
    from collections.abc import Iterable

WORKER = "celery@sender"


class Sender:
    """A connection of its own; use it in a `with` block."""

    def __init__(self, broker_url: str) -> None:
        self._app = Celery(broker=broker_url, set_as_current=False)
        self._connection: Any = self._app.connection_for_write()  # Any: kombu's stubs are partial

    def each(self, task_ids: Iterable[str], kind: str = "task-started") -> None:
        """Send an event of each task in a message of its own, as a solo worker does."""
        dispatcher: Any = self._app.events.Dispatcher(self._connection, hostname=WORKER)
        for task_id in task_ids:
            dispatcher.send(kind, uuid=task_id)
        dispatcher.close()

    def together(self, task_ids: Iterable[str], kind: str = "task-started") -> None:
        """Send the events of all tasks in lists, as a worker with a pool of processes does."""
        dispatcher: Any = self._app.events.Dispatcher(
            self._connection, hostname=WORKER, buffer_group=["task"]
        )
        for task_id in task_ids:
            dispatcher.send(kind, uuid=task_id)
        dispatcher.flush()
        dispatcher.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._app.close()
