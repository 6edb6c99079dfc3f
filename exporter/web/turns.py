"""Pages take turns, so that people who look never delay the machines that ask.

Whatever is rendered needs the interpreter, and there is only one: with a page in each of many
threads the event loop would get it now and then. Metrics, health and the webhook wait for nobody,
and have the right of way.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import anyio

from exporter.web.kept_pages import KeptPages

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from exporter.web.right_of_way import RightOfWay

AT_ONCE = 1
"""Pages that are made at once from what is in memory."""

AT_ONCE_FROM_THE_JOURNAL = 2
"""Pages at once that ask the journal, which may be slow, and must not hold up the others."""

CROWD = 8
"""So many who wait are a crowd; it is more than one browser alone asks for at once."""

PAUSE_SECONDS = 0.03
"""What passes in a crowd between the beginning of an answer and the next turn: what was made a
moment ago would come so fast that the event loop had time for nothing else."""

_JOURNAL = ("/timelines/", "/repairs", "/requests")
_API = "/api/v1"
_MACHINES = ("/-/", "/webhook", f"{_API}/requests/")


class Turns:
    """Lets so many GET requests at once through, in the order in which they came.

    A turn ends when the answer begins: by then it is rendered, and how slowly somebody reads it
    is nobody else's loss. In a crowd one is shown what was made for oneself a moment ago, if it
    was. Actions wait for scans and databases and hardly compute, and so take no turn.
    `telemetry_path` is where the metrics are; whoever asks there, for health or at the webhook
    takes the `right_of_way`.
    """

    def __init__(self, app: ASGIApp, *, telemetry_path: str, right_of_way: RightOfWay) -> None:
        self._app = app
        self._telemetry_path = telemetry_path
        self._right_of_way = right_of_way
        self._kept = KeptPages()
        self._limiters: tuple[anyio.CapacityLimiter, anyio.CapacityLimiter] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when its turn has come."""
        if scope["type"] != "http":  # lifespan
            await self._app(scope, receive, send)
        elif self._is_machines(scope["path"]):
            with self._right_of_way.taken():
                await self._app(scope, receive, send)
        elif scope["method"] != "GET":
            try:
                await self._app(scope, receive, send)
            finally:
                self._kept.forget()
        else:
            await self._in_turn(scope, receive, send)

    async def _in_turn(self, scope: Scope, receive: Receive, send: Send) -> None:
        limiter, turn = self._limiter(scope["path"]), object()
        in_a_crowd = _is_crowded(limiter)
        await limiter.acquire_on_behalf_of(turn)
        keep, has_turn = self._kept.keeping(scope), True

        def end() -> None:
            nonlocal has_turn
            if has_turn:
                has_turn = False
                if _is_crowded(limiter):
                    pause = PAUSE_SECONDS * limiter.total_tokens
                    loop = asyncio.get_running_loop()
                    loop.call_later(pause, limiter.release_on_behalf_of, turn)
                else:
                    limiter.release_on_behalf_of(turn)

        async def send_and_end(message: Message) -> None:
            end()
            keep(message)
            await send(message)

        try:
            kept = self._kept.get(scope) if in_a_crowd else ()
            if kept:
                end()
                for message in kept:
                    await send(message)
            else:
                await self._app(scope, receive, send_and_end)
        finally:
            end()

    def _is_machines(self, path: str) -> bool:
        return path == self._telemetry_path or path.startswith(_MACHINES)

    def _limiter(self, path: str) -> anyio.CapacityLimiter:
        if self._limiters is None:  # limiters belong to the event loop they are made in
            self._limiters = (
                anyio.CapacityLimiter(AT_ONCE),
                anyio.CapacityLimiter(AT_ONCE_FROM_THE_JOURNAL),
            )
        return self._limiters[path.removeprefix(_API).startswith(_JOURNAL)]


def _is_crowded(limiter: anyio.CapacityLimiter) -> bool:
    return limiter.statistics().tasks_waiting >= CROWD
