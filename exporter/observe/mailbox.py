"""Asking all workers at once over Redis, and leaving nothing of it behind."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import redis

from exporter.observe import clients, pidbox
from exporter.observe.pidbox import REPLY_EXCHANGE, Question, Reply
from exporter.observe.redis_elements import CUTS, Element, Elements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from exporter.observe.redis_link import RedisLink

_OWN = "timesketch-exporter"
OWN_LISTS = f"{_OWN}.*.{REPLY_EXCHANGE}"
"""The pattern of all reply lists, without the prefix of all keys."""
# Redis takes 0 for "wait for ever".
_SHORTEST_WAIT = 0.01
_LONGEST_WAIT = 1.0
# The commands of a round that come before its questions; the last of them is CLIENT LIST.
_BEFORE_QUESTIONS = 4
_POLL_EVERY = 0.05


Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Answers(Generic[Told]):
    """What came back on one round of questions.

    `audience` is, question by question, how many workers took it (PUBLISH's answer). `told` is what
    was made of the replies. `clients` are the connections as CLIENT LIST named them right before
    the questions; None where the server forbids it. `bound` are the nodes in the pidbox binding set
    right after them.
    """

    audience: tuple[int, ...]
    told: Told
    clients: tuple[Mapping[str, str], ...] | None
    bound: frozenset[str]


class Mailbox:
    """A list for replies, bound to the reply exchange only while a round of questions is open.

    Nothing may stay behind in Redis. A worker looks for bindings when it replies, so a reply that
    is later than the removal of ours is dropped by the worker itself. Every round has a routing
    key of its own, so that late replies to an earlier round find no binding either. The list is
    named after our connection's id: if we are killed in the middle of a round, the next exporter
    sees that this connection is gone and removes list and binding (`sweep`).
    """

    def __init__(self, link: RedisLink, *, clock: Callable[[], float] = time.time) -> None:
        self._client: Any = link.fresh_client()  # redis-py types cannot tell sync from async
        self._elements = Elements(link)
        self._layout = link.layout
        self._clock = clock
        self._bindings = link.layout.binding_key(REPLY_EXCHANGE)
        self._connection_id: int | None = None
        self._list = ""
        self._member = ""
        # Well below the socket's time-out: silent workers must not pass for a silent broker.
        patience = self._client.connection_pool.connection_kwargs.get("socket_timeout")
        self._longest_wait = min(_LONGEST_WAIT, patience / 2) if patience else _LONGEST_WAIT

    def ask(
        self,
        questions: Sequence[Question],
        hear: Callable[[Iterator[Reply]], Told],
        *,
        timeout: float,
        expected: int | None = None,
    ) -> Answers[Told]:
        """Ask all questions at once and wait for the replies, at most `timeout` seconds.

        `hear` is given the replies one by one as they come, unreadable ones left out: a thousand
        workers' are not held at once.

        A worker answers in the order of the questions. The wait ends as soon as each question has
        as many replies as workers took it, or `expected` of them for questions with a destination.

        CLIENT LIST is read by the same pipeline, right before the questions. So whoever answers
        was alive when the list was made, and cannot lend its place in it to another's connection;
        a worker that is in warm shutdown, or gets there in between, is in the list; one that dies
        after it is in the list and gives no reply. One that connects in between answers without
        being listed, and has taken nothing yet that was not in a queue when the queues were read.
        The model in tests/unit/judge shows what goes wrong when the list is read after the replies.

        Raises redis-py's errors.
        """
        tickets = [question.ticket for question in questions]
        with self._round():
            audience, listed, bound = self._publish(questions, self._clock() + timeout)
            due = {
                ticket: heard if expected is None else min(expected, heard)
                for ticket, heard in zip(tickets, audience, strict=True)
            }
            told = hear(self._replies(due, timeout))
        return Answers(tuple(audience), told, listed, bound)

    def ask_one(self, question: Question, *, timeout: float) -> Element | None:
        """Ask one worker something that may have a very long answer; return the reply's ends.

        The reply (tens of megabytes) stays in Redis, which cuts it; a short one comes whole.
        None if there is no reply in time. Raises redis-py's errors.
        """
        with self._round():
            audience, _, _ = self._publish([question], self._clock() + timeout)
            deadline = time.monotonic() + (timeout if audience[0] else 0.0)
            while time.monotonic() < deadline:
                # Nothing else ever comes into this list: the routing key is this round's own.
                for element in self._elements.portion(self._key, 0, CUTS[2], 1):
                    return element
                time.sleep(_POLL_EVERY)
        return None

    @contextlib.contextmanager
    def _round(self) -> Iterator[None]:
        """Leave neither list nor binding behind, whatever happens inside."""
        self._identify()
        try:
            yield
        except BaseException:
            # Best effort on the way out; what cannot be removed now is removed by the next round.
            with contextlib.suppress(redis.exceptions.RedisError, OSError):
                self._unbind()
            raise
        self._unbind()

    def sweep(self, connected: frozenset[int]) -> None:
        """Remove what exporters left behind that were killed in the middle of a round.

        `connected` are the ids of all present connections.
        """
        for member in self._client.smembers(self._bindings):
            queue = _text(member).split(self._layout.separator)[-1]
            owner = _owner(queue)
            if owner and owner not in connected and queue != self._list:
                self._client.srem(self._bindings, member)
                self._client.delete(self._layout.queue_key(queue, 0))

    def memory_of_unacked(self) -> int | None:
        """Return about how many bytes all prefetched messages take; None if Redis won't tell."""
        try:
            # Every element is counted: one big message among many small ones is the very question.
            used = self._client.memory_usage(self._layout.unacked_key, samples=0)
        except redis.exceptions.ResponseError:
            return None
        return int(used or 0)

    def close(self) -> None:
        """Remove what an interrupted round left, as far as possible, and disconnect."""
        with contextlib.suppress(redis.exceptions.RedisError, OSError):
            if self._list:
                self._unbind()
        self._client.close()

    def _identify(self) -> None:
        """Name the reply list after the present connection, anew whenever we had to reconnect."""
        try:
            connection_id = int(self._client.client_id())
        except redis.exceptions.ResponseError:
            # Forbidden (as CLIENT LIST is then): nobody can tell later whether we are still there.
            connection_id = 0
        if connection_id == self._connection_id:
            return
        if self._member:
            self._unbind()
        self._connection_id = connection_id
        self._list = f"{_OWN}.{connection_id}.{secrets.token_hex(4)}.{REPLY_EXCHANGE}"

    def _publish(
        self, questions: Sequence[Question], expires: float
    ) -> tuple[list[int], tuple[Mapping[str, str], ...] | None, frozenset[str]]:
        routing_key = f"{_OWN}.{secrets.token_hex(8)}"
        stale, self._member = (
            self._member,
            self._layout.separator.join((routing_key, "", self._list)),
        )
        pipe = self._client.pipeline(transaction=False)
        pipe.delete(self._key)
        pipe.srem(self._bindings, stale or self._member)
        pipe.sadd(self._bindings, self._member)
        # As two words, redis-py hands out the raw text; its own parser trips over odd names.
        pipe.execute_command("CLIENT", "LIST")
        for question in questions:
            message = pidbox.encode(question, reply_to=routing_key, expires=expires)
            pipe.publish(self._layout.pidbox_channel, message)
        pipe.smembers(self._layout.pidbox_binding_key)
        *made, listed = (answers := pipe.execute(raise_on_error=False))[:_BEFORE_QUESTIONS]
        *asked, bound = answers[_BEFORE_QUESTIONS:]
        for answer in (*made, *asked, bound):
            if isinstance(answer, Exception):
                raise answer
        return (
            [int(count) for count in asked],
            None if isinstance(listed, Exception) else clients.parse(_text(listed)),
            frozenset(
                _text(each).split(self._layout.separator)[-1].removesuffix(".celery.pidbox")
                for each in bound
            ),
        )

    def _replies(self, due: Mapping[str, int], timeout: float) -> Iterator[Reply]:
        came: Counter[str] = Counter()
        deadline = time.monotonic() + timeout
        while any(came[ticket] < count for ticket, count in due.items()):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            wait = min(max(left, _SHORTEST_WAIT), self._longest_wait)
            popped = self._client.brpop([self._key], timeout=wait)
            reply = pidbox.decode(popped[1]) if popped else None
            if reply is not None and reply.ticket in due:
                came[reply.ticket] += 1
                yield reply

    def _unbind(self) -> None:
        pipe = self._client.pipeline(transaction=True)
        pipe.srem(self._bindings, self._member)
        pipe.delete(self._key)
        pipe.execute()
        self._member = ""

    @property
    def _key(self) -> str:
        return self._layout.queue_key(self._list, 0)


def _owner(queue: str) -> int:
    """Return the connection id in the name of an exporter's reply list; 0 if it is none."""
    prefix, _, rest = queue.partition(".")
    number = rest.partition(".")[0]
    return int(number) if prefix == _OWN and number.isdigit() else 0


def _text(raw: bytes | str) -> str:
    return raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
