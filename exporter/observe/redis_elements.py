"""Reading the elements of Redis lists and hashes without ever fetching much at once.

A read-only Lua script cuts long elements on the server, where they are. Where scripts are
forbidden, elements are fetched whole, few at a time.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import redis

from exporter.observe.message_ends import Ends

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exporter.observe.redis_link import RedisLink

Element = bytes | Ends

#: A reply is not extended beyond this many bytes, nor a script's work beyond the second number.
_REPLY = 4 * 1024 * 1024
_WORK = 16 * 1024 * 1024
#: Elements that LRANGE takes out of a list at once, inside the script: many where the list's
#: memory shows that they cannot be long, few where they may be tens of megabytes each.
_MANY, _FEW = 512, 16


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

# Returns the lengths of elements from index ARGV[1] on, in one text, then each of them: itself or
# its two ends in one piece, since the client takes twice as long to read a nested reply. Ends
# when reply (ARGV[5]) or work (ARGV[6]) is large enough.
# LRANGE seeks from the list's end, so it takes several at a time, but few while they are long.
_OF_LIST = """
local first, most, reply, work = tonumber(ARGV[1]), tonumber(ARGV[7]), 0, 0
local whole, head, tail = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local batch, lengths, found = 1, {}, {''}
while reply < tonumber(ARGV[5]) and work < tonumber(ARGV[6]) do
  local elements = redis.call('LRANGE', KEYS[1], first, first + batch - 1)
  local taken = 0
  for _, element in ipairs(elements) do
    taken = taken + #element
    lengths[#lengths + 1] = #element
    if #element <= whole then
      found[#found + 1] = element
      reply = reply + #element
    else
      found[#found + 1] = string.sub(element, 1, head) .. string.sub(element, -tail)
      reply = reply + head + tail
    end
  end
  if #elements < batch then break end
  first = first + batch
  work = work + taken
  if taken > 1048576 then batch = 1 else batch = math.min(most, batch * 2) end
end
found[1] = table.concat(lengths, ' ')
return found
"""

_OF_HASH = """
local whole, head, tail = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local found = {}
for i = 4, #ARGV do
  local element = redis.call('HGET', KEYS[1], ARGV[i])
  if element and #element > whole then
    element = {#element, string.sub(element, 1, head), string.sub(element, -tail)}
  end
  found[i - 3] = element
end
return found
"""


class Elements:
    """Reads elements of lists and hashes in bounded portions."""

    def __init__(self, link: RedisLink) -> None:
        self._client = link.client
        self._scripts = _Scripts()

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
        return _MANY if memory <= _WORK else _FEW

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
            reply = self._scripts.run(self._client, _OF_HASH, key, arguments)
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

    def __init__(self, client: redis.Redis, scripts: _Scripts, key: str, most: int) -> None:
        self._client: Any = client  # its connection has no types
        self._scripts = scripts
        self._key = key
        self._most = most
        self._asked: tuple[int, Cut] | None = None

    def read(self, first: int, cut: Cut, *, ahead: bool = False) -> list[Element]:
        """Return some elements from an index on; none only beyond the list's end.

        With `ahead` the server is asked for the following ones, cut alike, before these are
        returned, so that it works while the caller does. Should others be asked for next, that
        answer is dropped. What stood behind these elements then still does, since pushes only
        move it further; so the order of reading stays from left to right.
        """
        reply = self._answer_for(first, cut)
        if reply is None:
            reply = self._scripts.run(self._client, _OF_LIST, self._key, self._limits(first, cut))
        if reply is None:
            return self._plain(first)
        found = list(_shown(reply, cut))
        if found and ahead:
            self._ask(first + len(found), cut)
        return found

    def close(self) -> None:
        """Give the connection back; one on which an answer is still to come is cut."""
        if self._asked is not None:
            self._client.connection.disconnect()
        self._client.close()

    def _limits(self, first: int, cut: Cut) -> list[Any]:
        return [first, cut.whole, cut.head, cut.tail, _REPLY, _WORK, self._most]

    def _ask(self, first: int, cut: Cut) -> None:
        limits = self._limits(first, cut)
        self._client.connection.send_command(self._scripts.command, _OF_LIST, 1, self._key, *limits)
        self._asked = first, cut

    def _answer_for(self, first: int, cut: Cut) -> list[Any] | None:
        """Return the answer to what was asked ahead if it was this, else drop it."""
        asked, self._asked = self._asked, None
        if asked is None:
            return None
        reply: list[Any] = self._client.connection.read_response()
        return reply if asked == (first, cut) else None

    def _plain(self, first: int) -> list[Any]:
        found: list[Any] = []
        batch, reply = 1, 0
        while reply < _REPLY:
            elements: list[Any] = self._client.lrange(self._key, first, first + batch - 1)
            found += elements
            if len(elements) < batch:
                break
            taken = sum(map(len, elements))
            first, reply = first + batch, reply + taken
            batch = 1 if taken > _REPLY // _FEW else min(self._most, batch * 2)
        return found


class _Scripts:
    """Runs read-only scripts by the best command that the server allows.

    `command` is that command; None once the server refused all of them.
    """

    def __init__(self) -> None:
        # EVAL_RO came with Redis 7.0.
        self.command: str | None = "EVAL_RO"

    def run(
        self, client: redis.Redis, script: str, key: str, arguments: Sequence[Any]
    ) -> list[Any] | None:
        """Return a script's reply, None where scripts are forbidden."""
        untyped: Any = client  # for a method without types
        while self.command is not None:
            try:
                reply: list[Any] = untyped.execute_command(self.command, script, 1, key, *arguments)
            except redis.exceptions.ResponseError as error:
                if not _refused(error):
                    raise
                self.command = "EVAL" if self.command == "EVAL_RO" else None
            else:
                return reply
        return None


def _shown(reply: list[Any], cut: Cut) -> Iterator[Element]:
    """Yield the elements in an answer of the script for lists."""
    lengths, *shown = reply
    for length, piece in zip(map(int, lengths.split()), shown, strict=True):
        if length <= cut.whole:
            yield piece
        else:
            yield Ends(length, piece[: cut.head], piece[cut.head :])


def _refused(error: redis.exceptions.ResponseError) -> bool:
    """Say whether the server does not know or forbids the command, or commands in scripts."""
    if isinstance(error, redis.exceptions.NoPermissionError):
        return True
    text = str(error).lower()
    return any(
        sign in text for sign in ("unknown command", "permission", "not allowed", "scripting")
    )
