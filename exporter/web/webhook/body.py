"""A request's body, read within bounds of size, time and number at once."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import anyio
from starlette.requests import ClientDisconnect

from exporter.web.refused import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

MOST_BYTES = 1024 * 1024
WITHIN_SECONDS = 10.0
"""As long as Alertmanager 0.25 waits for an answer."""

MOST_AT_ONCE = 16
"""Bodies that are read at once: with their size, what slow senders can cost in memory."""


class Bodies:
    """Reads bodies; belongs to one event loop."""

    def __init__(self) -> None:
        self._reading = 0

    async def read(self, request: Request) -> bytes:
        """The body; raises Refused with 413, 408 or, while too many are being read, 503."""
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length) > MOST_BYTES:
            raise _too_large()
        if self._reading >= MOST_AT_ONCE:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "too many notifications at once")
        self._reading += 1
        try:
            with anyio.fail_after(WITHIN_SECONDS):
                return await _all_of(request)
        except ClientDisconnect:
            raise Refused(HTTPStatus.BAD_REQUEST, "the sender went away") from None
        except TimeoutError:
            why = f"the body did not come within {WITHIN_SECONDS:g} s"
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, why) from None
        finally:
            self._reading -= 1


async def _all_of(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise _too_large()
    return bytes(body)


def _too_large() -> Refused:
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the body is larger than {MOST_BYTES} bytes: set max_alerts in Alertmanager's webhook",
    )
