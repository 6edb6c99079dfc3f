"""No request may hold more than a form needs: all of it is read into memory."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 256 * 1024
"""Some 15,000 timelines by their ids."""

MOST_HEADER_BYTES = 32 * 1024
"""All headers together. h11's own limit is heeded only while a header has not come as a whole."""

MOST_ADDRESS_BYTES = 8 * 1024
"""Path and query; RFC 9110 (4.1) wants 8,000 at least."""

OWN_LIMIT = frozenset({"/webhook"})
"""These read their bodies by themselves."""

_FAR = f"the address is longer than {MOST_ADDRESS_BYTES} bytes"
_LONG = f"the headers are longer than {MOST_HEADER_BYTES} bytes"
_WHY = f"the body is larger than {MOST_BYTES} bytes"


class RequestLimits:
    """Answers 414, 431 and 413 to what is too long, whatever length it claims."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if len(scope["raw_path"]) + len(scope["query_string"]) > MOST_ADDRESS_BYTES:
            await _refusal(HTTPStatus.REQUEST_URI_TOO_LONG, _FAR)(scope, receive, send)
            return
        headers = scope["headers"]
        if sum(len(name) + len(value) for name, value in headers) > MOST_HEADER_BYTES:
            await _refusal(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _LONG)(scope, receive, send)
            return
        if scope["path"] in OWN_LIMIT:
            await self._app(scope, receive, send)
            return
        claimed = dict(headers).get(b"content-length", b"0")
        if claimed.isdigit() and int(claimed) > MOST_BYTES:
            await _refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _WHY)(scope, receive, send)
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


def _refusal(status: HTTPStatus, why: str) -> JSONResponse:
    return JSONResponse({"detail": why}, status_code=status)
