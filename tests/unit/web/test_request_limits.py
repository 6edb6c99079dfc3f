"""Requests are read into memory, and so are never large."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import FastAPI, Request

from exporter.web.request_limits import MOST_BYTES, MOST_HEADER_BYTES, RequestLimits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

APP = FastAPI()
APP.add_middleware(RequestLimits)


@APP.post("/form")
@APP.post("/webhook")
async def length(request: Request) -> int:
    """Tell how much came."""
    return len(await request.body())


@APP.post("/json")
def items(numbers: list[int]) -> int:
    """Tell how many came."""
    return len(numbers)


def post(path: str, content: bytes | AsyncIterator[bytes], **more: str) -> httpx.Response:
    """The answer to a body, with more headers."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=APP)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            headers = {"Content-Type": "application/json", **more}
            return await client.post(path, content=content, headers=headers)

    return asyncio.run(ask())


async def in_parts(number: int) -> AsyncIterator[bytes]:
    """A list of unknown length."""
    yield b"[0"
    for _ in range(number):
        yield b", 1"
    yield b"]"


def test_a_body_that_claims_to_be_too_large() -> None:
    """It is refused by what it claims; the webhook has a limit of its own."""
    assert post("/form", b"x" * MOST_BYTES).json() == MOST_BYTES
    answer = post("/form", b"x" * (MOST_BYTES + 1))
    assert answer.status_code == 413
    assert answer.json() == {"detail": f"the body is larger than {MOST_BYTES} bytes"}
    assert post("/webhook", b"x" * (MOST_BYTES + 1)).json() == MOST_BYTES + 1


def test_a_body_that_does_not_end() -> None:
    """Without a length it is read as far as the limit, whoever reads it."""
    assert post("/json", in_parts(5)).json() == 6
    for path in ("/json", "/form"):
        answer = post(path, in_parts(MOST_BYTES // 3 + 1))
        assert (answer.status_code, "larger than" in answer.text) == (413, True)


@pytest.mark.parametrize("path", ["/form", "/webhook"])
def test_headers_that_are_too_long(path: str) -> None:
    """All together have a limit, however many there are."""
    assert post(path, b"", long="x" * (MOST_HEADER_BYTES - 1000)).status_code == 200
    many = {f"many-{number}": "x" * 100 for number in range(MOST_HEADER_BYTES // 100)}
    assert post(path, b"", **many).status_code == 431
