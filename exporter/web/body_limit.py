"""No request may hold more than a form needs: bodies are read into memory."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 256 * 1024
"""Some 15,000 timelines by their ids."""

OWN_LIMIT = frozenset({"/webhook"})
"""These read by themselves."""

_WHY = f"the body is larger than {MOST_BYTES} bytes"


class BodyLimit:
    """Answers 413 to a body that is too large, whatever length it claims to have."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] in OWN_LIMIT:
            await self._app(scope, receive, send)
            return
        claimed = dict(scope["headers"]).get(b"content-length", b"0")
        if claimed.isdigit() and int(claimed) > MOST_BYTES:
            answer = JSONResponse({"detail": _WHY}, status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            await answer(scope, receive, send)
            return
        came = 0

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > MOST_BYTES:
                # Frameworks make a 400 of everything else that happens while they read.
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _WHY)
            return message

        await self._app(scope, counted, send)
