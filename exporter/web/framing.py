"""Requests of which there could be two opinions where they end are refused.

h11 reads what RFC 9112 allows to be read: lines that end without CR (2.2), lines folded into the
one before (5.2), a length beside chunks (6.1). A proxy in front may read the same bytes otherwise,
and then somebody smuggles a request past it, or a header that the proxy alone may set.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import h11

if TYPE_CHECKING:
    from h11 import Event

# What h11 takes for the end of the headers.
_END = re.compile(rb"\n\r?\n")
_BARE = re.compile(rb"(?<!\r)\n")
_FOLDED = re.compile(rb"\n[ \t]")
_LENGTH = re.compile(rb"\ncontent-length:", re.IGNORECASE)
_CODING = re.compile(rb"\ntransfer-encoding:", re.IGNORECASE)


def ambiguity(received: bytes) -> str | None:
    """What is ambiguous in the request that begins these bytes; None: nothing, so far as it came.

    Whatever comes behind its headers is not looked at.
    """
    end = _END.search(received)
    head = received if end is None else received[: end.end()]
    if _BARE.search(head):
        return "a line of the headers ends without CR"
    if _FOLDED.search(head):
        return "a header is folded"
    if _LENGTH.search(head) and _CODING.search(head):
        return "both Content-Length and Transfer-Encoding"
    return None


class StrictConnection(h11.Connection):
    """A connection to a client that takes nothing ambiguous for a request."""

    def next_event(self) -> Event | type[h11.NEED_DATA | h11.PAUSED]:
        """As h11 says; raises RemoteProtocolError for an ambiguous request as for a wrong one."""
        if self.their_state is h11.IDLE:
            why = ambiguity(self.trailing_data[0])
            if why is not None:
                raise h11.RemoteProtocolError(why)
        return super().next_event()
