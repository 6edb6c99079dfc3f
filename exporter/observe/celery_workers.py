"""Asking workers through Celery's own inspect, for brokers whose audience cannot be counted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from celery import Celery

from exporter.errors import BrokerUnreachableError
from exporter.observe import answers
from exporter.observe.broker_url import without_password
from exporter.observe.details import EVERY
from exporter.observe.held import held_by_worker, reply_of
from exporter.observe.pidbox import Question, Reply
from exporter.observe.task_index import TaskIndex
from exporter.snapshot import HeartbeatReading, WorkersReading

if TYPE_CHECKING:
    from collections.abc import Callable

    from kombu import Connection

    from exporter.observe.answers import Details
    from exporter.observe.broker_url import BrokerOptions
    from exporter.snapshot import Wanted


class CeleryWorkers:
    """Workers behind RabbitMQ or another broker of kombu's.

    Nobody counts who took a question, so each question waits out its time-out and nothing tells
    silence from absence: `receivers` and `consumers` are None. What is prefetched is asked for
    whole, since there is no other place to look.
    """

    def __init__(
        self,
        options: BrokerOptions,
        *,
        timeout: float,
        index: TaskIndex | None = None,
        heartbeats: Callable[[], HeartbeatReading] = HeartbeatReading,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = Celery(broker=options.url, set_as_current=False)
        self._app.conf.broker_transport_options = dict(options.transport_options)
        self._address = without_password(options.url)
        self._connect_timeout = options.timeout
        self._timeout = timeout
        self._index = TaskIndex() if index is None else index
        self._heartbeats = heartbeats
        self._clock = clock
        self._monotonic = monotonic
        self._details: dict[str, Details] = {}
        self._queues: set[str] = set()

    def ask(self, wanted: Wanted | None = None) -> WorkersReading:
        """Ask everybody, one question after another. Raises `BrokerUnreachableError`."""
        questions = [
            Question("scheduled"),
            Question("reserved"),
            Question("active", {"safe": True}),
        ]
        connection: Any = self._app.connection_for_write(connect_timeout=self._connect_timeout)
        try:
            with connection:
                connection.connect()
                replies = [
                    Reply(question.ticket, worker, answer)
                    for question in questions
                    for worker, answer in self._broadcast(connection, question)
                ]
                said = held_by_worker(questions, replies)
                self._refresh(connection, frozenset(said.answered))
        except (*connection.connection_errors, *connection.channel_errors, OSError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            message = f"the broker {self._address} does not answer: {reason}"
            raise BrokerUnreachableError(message) from error
        for held in said.answered.values():
            for task in held:
                if task.about is not None:
                    self._index.note(task.task_id, task.about)
        heartbeats = self._heartbeats()
        return WorkersReading(
            replies=tuple(
                reply_of(
                    name,
                    held,
                    index=self._index,
                    wanted=wanted,
                    details=self._details.get(name),
                    heard=heartbeats.workers.get(name),
                    now=self._clock(),
                    tick=self._monotonic(),
                )
                for name, held in sorted(said.answered.items())
            ),
            malformed=said.malformed,
        )

    def queues_consumed(self) -> frozenset[str]:
        """Return the names of the queues that workers were heard to consume."""
        return frozenset(self._queues)

    def close(self) -> None:
        """Let go of Celery's connections."""
        self._app.close()

    def _refresh(self, connection: Connection, names: frozenset[str]) -> None:
        """Ask for what changes seldom if a name is new, or after a minute."""
        now = self._monotonic()
        known = self._details
        if all(name in known and now - known[name].tick < EVERY for name in names):
            return
        self._details = {
            worker: answers.details(answer, tick=self._monotonic())
            for worker, answer in self._broadcast(connection, Question("stats"))
        }
        for _, answer in self._broadcast(connection, Question("active_queues")):
            self._queues |= answers.queues(answer)

    def _broadcast(self, connection: Connection, question: Question) -> list[tuple[str, object]]:
        said: list[dict[str, Any]] | None = self._app.control.broadcast(
            question.method,
            arguments=dict(question.arguments),
            reply=True,
            timeout=self._timeout,
            connection=connection,
        )
        return [pair for each in said or [] for pair in each.items()]
