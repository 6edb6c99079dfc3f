"""Reading the elements of Redis lists and hashes without ever fetching much at once.

A read-only Lua script cuts long elements on the server, where they are. Where scripts are
forbidden, elements are fetched whole, few at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import redis

from exporter.observe.message_ends import Ends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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

# Returns elements from index ARGV[1] on until reply (ARGV[5]) or work (ARGV[6]) is large enough.
# LRANGE seeks from the list's end, so it takes several at a time, but few while they are long.
_OF_LIST = """
local first, most, found, reply, work = tonumber(ARGV[1]), tonumber(ARGV[7]), {}, 0, 0
local whole, head, tail = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local batch = 1
while reply < tonumber(ARGV[5]) and work < tonumber(ARGV[6]) do
  local elements = redis.call('LRANGE', KEYS[1], first, first + batch - 1)
  local taken = 0
  for _, element in ipairs(elements) do
    taken = taken + #element
    if #element <= whole then
      found[#found + 1] = element
      reply = reply + #element
    else
      local ends = {#element, string.sub(element, 1, head), string.sub(element, -tail)}
      found[#found + 1] = ends
      reply = reply + head + tail
    end
  end
  if #elements < batch then break end
  first = first + batch
  work = work + taken
  if taken > 1048576 then batch = 1 else batch = math.min(most, batch * 2) end
end
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
        # The name of the command that runs a script; None once the server refused all of them.
        self._eval: str | None = "EVAL_RO"

    @property
    def scripted(self) -> bool:
        """Whether scripts run on this server, as far as was tried."""
        return self._eval is not None

    def pace(self, key: str) -> int:
        """Return how many elements of a list may be taken out of it at once."""
        try:
            # An estimate from a few nodes would miss the few giants: all are counted.
            memory = self._client.memory_usage(key, samples=0) or 0
        except redis.exceptions.ResponseError:
            return _FEW
        return _MANY if memory <= _WORK else _FEW

    def portion(self, key: str, first: int, cut: Cut, most: int) -> list[Element]:
        """Return some elements of a list from an index on; none only beyond its end.

        `most` is the list's pace.
        """
        limits = [first, cut.whole, cut.head, cut.tail, _REPLY, _WORK, most]
        return self._run(_OF_LIST, key, limits, lambda: self._plain_portion(key, first, most))

    def values(
        self, key: str, fields: Sequence[bytes], cut: Cut
    ) -> Iterator[tuple[bytes, Element | None]]:
        """Yield the values of a hash's fields, None where a field has gone."""
        for some in self._by_size(key, fields, cut):
            limits = [cut.whole, cut.head, cut.tail, *some]

            def plain(some: Sequence[bytes] = some) -> list[Any]:
                return [self._client.hget(key, field) for field in some]

            yield from zip(some, self._run(_OF_HASH, key, limits, plain), strict=True)

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
                shown = size if size <= cut.whole or not self.scripted else cut.head + cut.tail
                if group and (reply + shown > _REPLY or work + size > _WORK):
                    yield group
                    group, reply, work = [], 0, 0
                group.append(field)
                reply, work = reply + shown, work + size
            if group:
                yield group

    def _plain_portion(self, key: str, first: int, most: int) -> list[Any]:
        found: list[Any] = []
        batch, reply = 1, 0
        while reply < _REPLY:
            elements: list[Any] = self._client.lrange(key, first, first + batch - 1)
            found += elements
            if len(elements) < batch:
                break
            taken = sum(map(len, elements))
            first, reply = first + batch, reply + taken
            batch = 1 if taken > _REPLY // _FEW else min(most, batch * 2)
        return found

    def _run(
        self, script: str, key: str, arguments: list[Any], plain: Callable[[], list[Any]]
    ) -> list[Any]:
        client: Any = self._client  # for a method without types
        while self._eval is not None:
            try:
                reply = client.execute_command(self._eval, script, 1, key, *arguments)
            except redis.exceptions.ResponseError as error:
                if not _refused(error):
                    raise
                # EVAL_RO came with Redis 7.0; EVAL may be forbidden too.
                self._eval = "EVAL" if self._eval == "EVAL_RO" else None
            else:
                return [Ends(*item) if isinstance(item, list) else item for item in reply]
        return plain()


def _refused(error: redis.exceptions.ResponseError) -> bool:
    """Say whether the server does not know or forbids the command, or commands in scripts."""
    if isinstance(error, redis.exceptions.NoPermissionError):
        return True
    text = str(error).lower()
    return any(
        sign in text for sign in ("unknown command", "permission", "not allowed", "scripting")
    )
