"""Under a prefix everything is where it was, and nothing is elsewhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.responses import JSONResponse

from exporter.web.route_prefix import RoutePrefix

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell the path."""
    await JSONResponse([scope["path"], scope["raw_path"].decode()])(scope, receive, send)


def ask(app: ASGIApp, path: str) -> httpx.Response:
    """The answer to a request."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://evil.example") as client:
            return await client.get(path)

    return asyncio.run(ask())


def test_the_prefix_is_taken_away() -> None:
    """The application sees the path without it, encoded or not."""
    app = RoutePrefix(echo, "/a/b")
    assert ask(app, "/a/b/metrics").json() == ["/metrics", "/metrics"]
    assert ask(app, "/a/b/").json() == ["/", "/"]
    assert ask(app, "/a/b/x%20y").json() == ["/x y", "/x%20y"]
    assert ask(RoutePrefix(echo), "/metrics").json() == ["/metrics", "/metrics"]


@pytest.mark.parametrize("path", ["/", "/a/b"])
def test_who_asks_for_the_root_is_led_there(path: str) -> None:
    """The way is told without the name that the client gave the host."""
    answer = ask(RoutePrefix(echo, "/a/b"), path)
    assert (answer.status_code, answer.headers["location"]) == (307, "/a/b/")


@pytest.mark.parametrize("path", ["/metrics", "/a", "/a/bc", "/a/metrics", "/x/a/b/metrics"])
def test_nothing_is_elsewhere(path: str) -> None:
    """Paths without the prefix are not found."""
    assert ask(RoutePrefix(echo, "/a/b"), path).status_code == 404
