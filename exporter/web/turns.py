"""Pages take turns, so that people who look never delay the machines that ask.

Whatever is rendered needs the interpreter, and there is only one: with a page in each of many
threads the event loop would get it now and then. Metrics, health and the webhook wait for nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE = 1
"""Pages that are made at once from what is in memory."""

AT_ONCE_FROM_THE_JOURNAL = 2
"""Pages at once that ask the journal, which may be slow, and must not hold up the others."""

_JOURNAL = ("/timelines/", "/repairs", "/requests")
_API = "/api/v1"
_MACHINES = ("/-/", f"{_API}/requests/")


class Turns:
    """Lets so many GET requests at once through, in the order in which they came.

    A turn ends when the answer begins: by then it is rendered, and how slowly somebody reads it
    is nobody else's loss. Actions wait for scans and databases and hardly compute, and so take no
    turn. `telemetry_path` is where the metrics are.
    """

    def __init__(self, app: ASGIApp, *, telemetry_path: str) -> None:
        self._app = app
        self._telemetry_path = telemetry_path
        self._limiters: tuple[anyio.CapacityLimiter, anyio.CapacityLimiter] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when its turn has come."""
        if scope["type"] != "http" or scope["method"] != "GET" or self._is_free(scope["path"]):
            await self._app(scope, receive, send)
            return
        limiter, turn = self._limiter(scope["path"]), object()
        await limiter.acquire_on_behalf_of(turn)
        has_turn = True

        def end() -> None:
            nonlocal has_turn
            if has_turn:
                has_turn = False
                limiter.release_on_behalf_of(turn)

        async def send_and_end(message: Message) -> None:
            end()
            await send(message)

        try:
            await self._app(scope, receive, send_and_end)
        finally:
            end()

    def _is_free(self, path: str) -> bool:
        return path == self._telemetry_path or path.startswith(_MACHINES)

    def _limiter(self, path: str) -> anyio.CapacityLimiter:
        if self._limiters is None:  # limiters belong to the event loop they are made in
            self._limiters = (
                anyio.CapacityLimiter(AT_ONCE),
                anyio.CapacityLimiter(AT_ONCE_FROM_THE_JOURNAL),
            )
        return self._limiters[path.removeprefix(_API).startswith(_JOURNAL)]
