"""A request that could be read in two ways is none."""

from __future__ import annotations

import h11
import pytest

from exporter.web.framing import StrictConnection

CLEAN = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"
NEXT = b"GET /next HTTP/1.1\nHost: x\n\n"
AMBIGUOUS = {
    "line feeds alone": b"GET / HTTP/1.1\nHost: x\n\n",
    "one line feed alone": b"GET / HTTP/1.1\r\nHost: x\r\nA: b\nC: d\r\n\r\n",
    "a last line feed alone": b"GET / HTTP/1.1\r\nHost: x\r\n\n",
    "folded": b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
    "folded with a tab": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n\tchunked\r\n\r\n",
    "length and chunks": CLEAN[:-2] + b"Transfer-Encoding: chunked\r\n\r\n",
    "chunks and length": (
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nHost: x\r\nCONTENT-LENGTH: 3\r\n\r\n"
    ),
}


def feed(*parts: bytes) -> None:
    """Give a connection these bytes; nothing of them may become a request."""
    connection = StrictConnection(h11.SERVER)
    for part in filter(None, parts):
        connection.receive_data(part)
        assert connection.next_event() is h11.NEED_DATA


@pytest.mark.parametrize("request_bytes", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_ambiguous_requests_are_refused_however_they_come(request_bytes: bytes) -> None:
    """In one piece or two, cut wherever, they never become a request."""
    for cut in range(len(request_bytes)):
        with pytest.raises(h11.RemoteProtocolError):
            feed(request_bytes[:cut], request_bytes[cut:])


def test_bodies_are_nobody_s_business() -> None:
    """What is in a body, even what looks like such a request, does not count."""
    connection = StrictConnection(h11.SERVER)
    connection.receive_data(CLEAN + b"\n\n ")
    assert isinstance(connection.next_event(), h11.Request)
    assert connection.next_event() == h11.Data(data=b"\n\n ")
    assert isinstance(connection.next_event(), h11.EndOfMessage)


def test_the_next_request_is_looked_at_as_well() -> None:
    """A request behind a good one is refused when its turn comes, and not before."""
    connection = StrictConnection(h11.SERVER)
    connection.receive_data(CLEAN + b"abc" + NEXT)
    for kind in (h11.Request, h11.Data, h11.EndOfMessage):
        assert isinstance(connection.next_event(), kind)
    assert connection.next_event() is h11.PAUSED
    connection.send(h11.Response(status_code=204, headers=[]))
    connection.send(h11.EndOfMessage())
    connection.start_next_cycle()
    with pytest.raises(h11.RemoteProtocolError, match="ends without CR"):
        connection.next_event()
