"""Who asks: found for every request, and asked for where users are configured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from starlette.responses import PlainTextResponse

from exporter.web.credentials import CHALLENGE, credentials_of
from exporter.web.passwords import Passwords
from exporter.web.peer_certificate import PeerCertificate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

OPEN_PATHS = frozenset({"/-/healthy", "/-/ready"})
"""For everybody: health checks have no password, and these tell nothing."""

OWN_AUTHENTICATION = frozenset({"/webhook"})
"""These ask by themselves, and take an identity as one of several ways."""

IDENTITY = "identity"
PEER_CERTIFICATE = "peer_certificate"
"""Keys of a request's state; the protocol puts the certificate there, `Access` the identity."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, proven: by a user's password, or by a certificate that was verified."""

    name: str
    how: Literal["basic", "certificate"]


def identity_of(scope: Scope) -> Identity | None:
    """Who asks in this request; None where nobody has shown who they are."""
    found = scope.get("state", {}).get(IDENTITY)
    return found if isinstance(found, Identity) else None


class Access:
    """Finds the identity of every request, and answers 401 where users are configured but none is.

    A certificate is no substitute for a password: with users and certificates configured both are
    asked for, as in the toolkit.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        users: Callable[[], Mapping[str, bytes]],
        passwords: Passwords | None = None,
    ) -> None:
        self._app = app
        self._users = users
        self._passwords = passwords or Passwords()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its identity, or refuse it."""
        if scope["type"] != "http":  # lifespan: no WebSocket is spoken (server.configuration)
            await self._app(scope, receive, send)
            return
        users = self._users()
        identity = None
        if users and scope["path"] not in OPEN_PATHS:
            identity = await self._user(scope, users)
            if identity is None and scope["path"] not in OWN_AUTHENTICATION:
                await _unauthorized(scope, receive, send)
                return
        state = scope.setdefault("state", {})
        state[IDENTITY] = identity or _certified(state)
        await self._app(scope, receive, send)

    async def _user(self, scope: Scope, users: Mapping[str, bytes]) -> Identity | None:
        given = credentials_of(scope["headers"])
        if given is None or not await self._passwords.right(given, users):
            return None
        return Identity(given.name, "basic")


def _certified(state: Mapping[str, object]) -> Identity | None:
    certificate = state.get(PEER_CERTIFICATE)
    if isinstance(certificate, PeerCertificate) and certificate.name:
        return Identity(certificate.name, "certificate")
    return None


async def _unauthorized(scope: Scope, receive: Receive, send: Send) -> None:
    answer = PlainTextResponse(
        "Unauthorized\n",
        status_code=401,
        headers={"WWW-Authenticate": CHALLENGE, "Cache-Control": "no-store"},
    )
    await answer(scope, receive, send)
