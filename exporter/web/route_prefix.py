"""Everything under a path of its own, as behind a proxy that serves several programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, RedirectResponse

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send


class RoutePrefix:
    """Takes the prefix from each path; nothing is found elsewhere, as in Prometheus.

    `prefix` begins with a slash and does not end with one; empty, it changes nothing.
    """

    def __init__(self, app: ASGIApp, prefix: str = "") -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on without the prefix, or point to it."""
        if scope["type"] != "http" or not self._prefix:
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if path.startswith(f"{self._prefix}/"):
            within = dict(scope)
            within["path"] = path.removeprefix(self._prefix)
            within["raw_path"] = scope.get("raw_path", b"").removeprefix(self._prefix.encode())
            await self._app(within, receive, send)
            return
        await self._elsewhere(path)(scope, receive, send)

    def _elsewhere(self, path: str) -> Response:
        if path in {"/", self._prefix}:
            return RedirectResponse(f"{self._prefix}/")
        return PlainTextResponse(f"everything here lies under {self._prefix}/\n", status_code=404)
