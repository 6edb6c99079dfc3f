"""Bytes by which one request is made to look like two, sent to `serve` over real connections."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.integration.commands.serving import NOWHERE, Serving, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNED_IN = b"X-Forwarded-User: carol\r\n"
SMUGGLED = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
POST = b"POST /pause HTTP/1.1\r\nHost: x\r\n" + SIGNED_IN
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

TWO_OPINIONS = {
    "a length and chunks": POST
    + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": POST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 37\r\n\r\n",
    "two lengths in one": POST + b"Content-Length: 0, 37\r\n\r\n",
    "a length with a sign": POST + b"Content-Length: +0\r\n\r\n",
    "a length with an underscore": POST + b"Content-Length: 1_0\r\n\r\n",
    "a length that is negative": POST + b"Content-Length: -1\r\n\r\n",
    "a space before the colon": POST + b"Content-Length : 37\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "two codings": POST + b"Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    "a coding twice": POST + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "a coding behind a tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a folded coding": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a folded header": POST + b"X-A: b\r\n c\r\n\r\n",
    "lines without CR": b"GET / HTTP/1.1\nHost: x\nX-Forwarded-User: carol\n\n",
    "a line without CR": POST + b"X-A: b\nX-B: c\r\n\r\n",
    "CR alone": POST + b"X-A: b\rX-B: c\r\n\r\n",
    "CR twice": POST + b"X-A: b\r\r\nX-B: c\r\n\r\n",
    "NUL": POST + b"X-A: b\0c\r\n\r\n",
    "two hosts": POST + b"Host: y\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n" + SIGNED_IN + b"\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "a blank line before": b"\r\n" + POST + b"Content-Length: 0\r\n\r\n",
}
BROKEN_CHUNKS = {
    "a line feed in an extension": b"1;\nx\r\n0\r\n\r\n",
    "a negative size": b"-1\r\nx\r\n0\r\n\r\n",
    "a size with 0x": b"0x1\r\nx\r\n0\r\n\r\n",
    "a size with a space before": b" 1\r\nx\r\n0\r\n\r\n",
    "an enormous size": b"f" * 40 + b"\r\nx\r\n0\r\n\r\n",
    "more than its size": b"1\r\nxyz\r\n0\r\n\r\n",
}


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Return an exporter that believes a proxy on this machine, and takes nothing for a fault."""
    directory = tmp_path_factory.mktemp("serve")
    settings = NOWHERE | {
        "web.trusted-header": "X-Forwarded-User",
        "web.trusted-proxies": "127.0.0.1",
        "web.operators": "carol",
        "journal.url": f"sqlite:///{directory / 'journal.db'}",
    }
    made = serve(directory, settings)
    with made.process:
        yield made
        assert "Traceback" not in made.log()


def codes(answers: bytes) -> list[int]:
    """The status of each answer in these bytes."""
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]


@pytest.mark.parametrize("request_bytes", TWO_OPINIONS.values(), ids=TWO_OPINIONS)
def test_requests_of_which_there_are_two_opinions(serving: Serving, request_bytes: bytes) -> None:
    """They are refused, the connection ends, and nothing behind them is answered."""
    assert codes(serving.raw(request_bytes + SMUGGLED)) == [400]
    # Behind a good one as well.
    assert codes(serving.raw(SMUGGLED + request_bytes + SMUGGLED)) == [200, 400]
    assert serving.get("/-/healthy").status_code == 200


@pytest.mark.parametrize("chunks", BROKEN_CHUNKS.values(), ids=BROKEN_CHUNKS)
def test_broken_chunks(serving: Serving, chunks: bytes) -> None:
    """What cannot be read as chunks ends the connection, whoever may ask, with one answer."""
    (code,) = codes(serving.raw(CHUNKED + chunks + SMUGGLED))
    assert code in {400, 415}
    assert serving.get("/-/healthy").status_code == 200


def test_requests_one_after_the_other(serving: Serving) -> None:
    """Whole requests that were sent at once are answered in order, chunks with extensions too."""
    form = b"Content-Type: application/x-www-form-urlencoded\r\n"
    chunks = POST + form + b"Transfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0\r\nX-A: b\r\n\r\n"
    sized = POST + form + b"Content-Length: 3\r\n\r\n\n\n "
    assert codes(serving.raw(SMUGGLED + chunks + sized + LAST)) == [200, 403, 403, 200]


def test_a_header_that_the_proxy_alone_may_set(serving: Serving) -> None:
    """No value of another header becomes the one that says who asks, as some proxies pass it on."""
    ask = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    assert codes(serving.raw(ask + SIGNED_IN + b"\r\n")) == [200]
    for between in (b"\n", b"\r", b"\0", b"\x0b", b"\x0c", b"\x85", b"\xe2\x80\xa8", b"%0d%0a"):
        asked = ask + b"X-A: b" + between + SIGNED_IN + b"\r\n"
        assert codes(serving.raw(asked)) in ([400], [401]), between


def test_addresses_without_end(serving: Serving) -> None:
    """An address that is longer than any of ours is refused as such, and others go on."""
    longest = f"/timelines?sketch={'9' * 8_000}"
    assert serving.get(longest, **{"X-Forwarded-User": "carol"}).status_code == 200
    for path in (f"/{'x' * 9_000}", f"/timelines?sketch={'9' * 40_000}"):
        assert serving.get(path).status_code == 414
    assert serving.get("/-/healthy").status_code == 200
