"""Read-only Lua scripts that cut long elements on the server, where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import redis

if TYPE_CHECKING:
    from collections.abc import Sequence

# Goes through elements from index ARGV[1] on, and returns their lengths in one text, then what is
# shown of them. Ends when reply (ARGV[5]) or work (ARGV[6]) is large enough.
# LRANGE seeks from the list's end, so it takes several at a time, but few while they are long.
_WALK = """
local first, most, reply, work = tonumber(ARGV[1]), tonumber(ARGV[7]), 0, 0
local whole, head, tail = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local batch, lengths, found, limit = 1, {}, {}, tonumber(ARGV[8])
while #found < limit and reply < tonumber(ARGV[5]) and work < tonumber(ARGV[6]) do
  batch = math.min(batch, limit - #found)
  local elements = redis.call('LRANGE', KEYS[1], first, first + batch - 1)
  local taken = 0
  for _, element in ipairs(elements) do
    taken = taken + #element
    lengths[#lengths + 1] = #element
    %(show)s
  end
  if #elements < batch then break end
  first = first + batch
  work = work + taken
  if taken > 1048576 then batch = 1 else batch = math.min(most, batch * 2) end
end
local told = table.concat(lengths, ' ')
return %(shown)s
"""

# An element itself or its two ends in one piece, since the client takes twice as long to read a
# nested reply.
OF_LIST = _WALK % {
    "show": """if #element <= whole then
      found[#found + 1] = element
      reply = reply + #element
    else
      found[#found + 1] = string.sub(element, 1, head) .. string.sub(element, -tail)
      reply = reply + head + tail
    end""",
    "shown": "{told, found}",
}

# The delivery tag, which kombu writes as the last thing of a message. A quote inside of a text
# would be escaped, so nothing that anybody put into a message reads like this. All tags come in one
# text, which the client reads a hundred times as fast as each by itself.
TAGS_OF_LIST = _WALK % {
    "show": """local ending = string.sub(element, -tail)
    local tag = string.match(ending, '^.*"delivery_tag":%s*"([%w-]+)"')
    found[#found + 1] = tag or '?'
    reply = reply + 40""",
    "shown": "{told, table.concat(found, ' ')}",
}

OF_HASH = """
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


class Scripts:
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


def _refused(error: redis.exceptions.ResponseError) -> bool:
    """Say whether the server does not know or forbids the command, or commands in scripts."""
    if isinstance(error, redis.exceptions.NoPermissionError):
        return True
    text = str(error).lower()
    return any(
        sign in text for sign in ("unknown command", "permission", "not allowed", "scripting")
    )
