"""Reading the elements of Redis lists and hashes without ever fetching much at once.

Long elements are cut by scripts on the server. Where these are forbidden, elements are fetched
whole, few at a time.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import redis

from exporter.observe.message_ends import Ends
from exporter.observe.redis_scripts import OF_HASH, OF_LIST, TAGS_OF_LIST, Scripts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exporter.observe.redis_link import RedisLink


class Tagged(NamedTuple):
    """An element by its delivery tag alone (`?` where it shows none), and its length in bytes."""

    tag: str
    length: int


Element = bytes | Ends

#: A reply is not extended beyond this many bytes, nor a script's work beyond the second number:
#: nobody else is served meanwhile, workers included.
_REPLY = 4 * 1024 * 1024
_WORK = 4 * 1024 * 1024
#: Elements that LRANGE takes out of a list at once, inside the script: many where the list's
#: memory (bytes) shows that they cannot be long, few where they may be tens of megabytes each.
_MANY, _FEW = 512, 16
_SHORT = 16 * 1024 * 1024
ALL = 2**53
"""No limit to how many elements are asked for."""
#: In so many bytes at the end of an element its delivery tag is looked for.
_TAIL = 4 * 1024


@dataclass(frozen=True, slots=True)
class Cut:
    """Elements longer than `whole` bytes are cut to `head` bytes and `tail` bytes."""

    whole: int
    head: int
    tail: int


#: Each is tried where the one before did not show enough. A message's labels take some 2 KiB.
CUTS = (
    Cut(whole=5 * 1024, head=512, tail=4 * 1024),
    Cut(whole=24 * 1024, head=1024, tail=20 * 1024),
    Cut(whole=192 * 1024, head=8 * 1024, tail=128 * 1024),
    Cut(whole=2**53, head=0, tail=0),
)


class Elements:
    """Reads elements of lists and hashes in bounded portions."""

    def __init__(self, link: RedisLink) -> None:
        self._client = link.client
        self._scripts = Scripts()

    @contextmanager
    def portions(self, key: str, most: int | None = None) -> Iterator[Portions]:
        """Open a list for reading, on one connection of the pool.

        `most` is how many elements may be taken out of the list at once (default: its pace).
        """
        most = self._pace(key) if most is None else most
        untyped: Any = self._client  # for a method without types
        portions = Portions(untyped.client(), self._scripts, key, most)
        try:
            yield portions
        finally:
            portions.close()

    def _pace(self, key: str) -> int:
        try:
            # An estimate from a few nodes would miss the few giants: all are counted.
            memory = self._client.memory_usage(key, samples=0) or 0
        except redis.exceptions.ResponseError:
            return _FEW
        return _MANY if memory <= _SHORT else _FEW

    def portion(self, key: str, first: int, cut: Cut, most: int) -> list[Element]:
        """Return some elements of a list from an index on; none only beyond its end."""
        with self.portions(key, most) as portions:
            return portions.read(first, cut)

    def values(
        self, key: str, fields: Sequence[bytes], cut: Cut
    ) -> Iterator[tuple[bytes, Element | None]]:
        """Yield the values of a hash's fields, None where a field has gone."""
        for some in self._by_size(key, fields, cut):
            arguments = [cut.whole, cut.head, cut.tail, *some]
            reply = self._scripts.run(self._client, OF_HASH, key, arguments)
            if reply is None:
                reply = [self._client.hget(key, field) for field in some]
            for field, item in zip(some, reply, strict=True):
                yield field, Ends(*item) if isinstance(item, list) else item

    def _by_size(self, key: str, fields: Sequence[bytes], cut: Cut) -> Iterator[list[bytes]]:
        """Group fields such that no group's reply and no group's work is too large."""
        for start in range(0, len(fields), _MANY):
            portion = fields[start : start + _MANY]
            pipe = self._client.pipeline(transaction=False)
            for field in portion:
                pipe.hstrlen(key, field)
            group: list[bytes] = []
            reply = work = 0
            for field, size in zip(portion, pipe.execute(), strict=True):
                cuts = self._scripts.command is not None and size > cut.whole
                shown = cut.head + cut.tail if cuts else size
                if group and (reply + shown > _REPLY or work + size > _WORK):
                    yield group
                    group, reply, work = [], 0, 0
                group.append(field)
                reply, work = reply + shown, work + size
            if group:
                yield group


class Portions:
    """The elements of one list, a portion at a time.

    `client` has a connection of its own for as long as this is used.
    """

    def __init__(self, client: redis.Redis, scripts: Scripts, key: str, most: int) -> None:
        self._client: Any = client  # its connection has no types
        self._scripts = scripts
        self._key = key
        self._most = most
        self._asked: _Question | None = None

    def read(self, first: int, cut: Cut, *, limit: int = ALL, ahead: bool = False) -> list[Element]:
        """Return some elements from an index on, no more than `limit`; none only beyond the end.

        With `ahead` the server is asked for the following ones, cut alike, before these are
        returned, so that it works while the caller does. Should others be asked for next, that
        answer is dropped. What stood behind these elements then still does, since pushes only
        move it further; so the order of reading stays from left to right.
        """
        reply = self._reply(_Question(first, cut, limit))
        if reply is None:
            return self._plain(first, limit)
        found = list(_shown(reply, cut))
        if found and ahead:
            self._ask(_Question(first + len(found), cut, limit))
        return found

    def tags(self, first: int, *, limit: int = ALL, ahead: bool = False) -> list[Tagged] | None:
        """Return some elements by their delivery tags; None where the server tells none."""
        reply = self._reply(_Question(first, None, limit))
        if reply is None:
            return None
        lengths, tags = reply
        found = list(map(Tagged, tags.decode().split(), map(int, lengths.split())))
        if found and ahead:
            self._ask(_Question(first + len(found), None, limit))
        return found

    def close(self) -> None:
        """Give the connection back; one on which an answer is still to come is cut."""
        if self._asked is not None:
            self._client.connection.disconnect()
        self._client.close()

    def _reply(self, question: _Question) -> list[Any] | None:
        """Return the server's answer, None where it runs no scripts."""
        reply = self._answer_for(question)
        if reply is None:
            reply = self._scripts.run(self._client, *self._script(question))
        return reply

    def _script(self, question: _Question) -> tuple[str, str, list[Any]]:
        cut = question.cut
        shown = [0, 0, _TAIL] if cut is None else [cut.whole, cut.head, cut.tail]
        arguments = [question.first, *shown, _REPLY, _WORK, self._most, question.limit]
        return TAGS_OF_LIST if cut is None else OF_LIST, self._key, arguments

    def _ask(self, question: _Question) -> None:
        script, key, arguments = self._script(question)
        self._client.connection.send_command(self._scripts.command, script, 1, key, *arguments)
        self._asked = question

    def _answer_for(self, question: _Question) -> list[Any] | None:
        """Return the answer to what was asked ahead if it was this, else drop it."""
        asked, self._asked = self._asked, None
        if asked is None:
            return None
        reply: list[Any] = self._client.connection.read_response()
        return reply if asked == question else None

    def _plain(self, first: int, limit: int) -> list[Any]:
        found: list[Any] = []
        batch, reply = 1, 0
        while reply < _REPLY and len(found) < limit:
            batch = min(batch, limit - len(found))
            elements: list[Any] = self._client.lrange(self._key, first, first + batch - 1)
            found += elements
            if len(elements) < batch:
                break
            taken = sum(map(len, elements))
            first, reply = first + batch, reply + taken
            batch = 1 if taken > _REPLY // _FEW else min(self._most, batch * 2)
        return found


class _Question(NamedTuple):
    """Elements from index `first` on, `limit` at most, cut or (None) by their tags."""

    first: int
    cut: Cut | None
    limit: int


def _shown(reply: list[Any], cut: Cut) -> Iterator[Element]:
    """Yield the elements in an answer of the script for lists."""
    lengths, shown = reply
    for length, piece in zip(map(int, lengths.split()), shown, strict=True):
        if length <= cut.whole:
            yield piece
        else:
            yield Ends(length, piece[: cut.head], piece[cut.head :])
