"""Who asks: found for every request, and asked for where somebody must sign in."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, PlainTextResponse

from exporter.errors import TokenFileError
from exporter.web.credentials import CHALLENGE, credentials_of
from exporter.web.passwords import Passwords
from exporter.web.peer_certificate import PeerCertificate
from exporter.web.roles import Asker, Identity, asker
from exporter.web.tokens_file import bearer_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from exporter.web.tokens_file import NamedTokens
    from exporter.web.trusted_proxies import TrustedProxies

OPEN_PATHS = frozenset({"/-/healthy", "/-/ready"})
"""For everybody: health checks have no password, and these tell nothing."""

OWN_AUTHENTICATION = ("/webhook", "/api/v1/requests/")
"""These ask by themselves, and take an identity as one of several ways; a slash: all below."""

ASKER = "asker"
PEER_CERTIFICATE = "peer_certificate"
"""Keys of a request's state; the protocol puts the certificate there, `Access` the asker."""

BEARER_CHALLENGE = 'Bearer realm="timesketch-exporter"'

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AccessRules:
    """Who is known besides users and certificates, and who of all may act.

    `open_paths` are for everybody even where people must sign in.
    """

    operators: frozenset[str] = frozenset()
    tokens: NamedTokens | None = None
    proxies: TrustedProxies | None = None
    open_paths: frozenset[str] = frozenset()


def asker_of(scope: Scope) -> Asker:
    """Who asks in this request."""
    found = scope.get("state", {}).get(ASKER)
    return found if isinstance(found, Asker) else Asker()


def identity_of(scope: Scope) -> Identity | None:
    """Who asks in this request; None where nobody has shown who they are."""
    return asker_of(scope).identity


class Access:
    """Finds who asks, and answers 401 to nobody where there are users, tokens or trusted proxies.

    A certificate is no substitute for a password: with users and certificates configured both are
    asked for, as in the toolkit. `certificates` says whether any are asked for.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        users: Callable[[], Mapping[str, bytes]],
        rules: AccessRules | None = None,
        certificates: Callable[[], bool] = lambda: False,
        passwords: Passwords | None = None,
    ) -> None:
        self._app = app
        self._users = users
        self._rules = rules or AccessRules()
        self._certificates = certificates
        self._passwords = passwords or Passwords()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with who asks, or refuse it."""
        if scope["type"] != "http":  # lifespan: no WebSocket is spoken (server.configuration)
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        if scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        users, rules = self._users(), self._rules
        sign_in = bool(users or rules.tokens or rules.proxies)
        try:
            identity = await self._identity(scope, users)
        except TokenFileError as error:
            _log.warning("tokens unreadable", extra={"error": str(error)})
            if _is_own(scope["path"]):  # it may have tokens of its own
                state[ASKER] = Asker(role=None)
                await self._app(scope, receive, send)
                return
            why = "the tokens cannot be read now"
            await _refusal(scope, HTTPStatus.SERVICE_UNAVAILABLE, why)(scope, receive, send)
            return
        if identity is None and sign_in and not self._is_open(scope["path"]):
            answer = _refusal(scope, HTTPStatus.UNAUTHORIZED, "Unauthorized")
            answer.headers["WWW-Authenticate"] = CHALLENGE if users else BEARER_CHALLENGE
            await answer(scope, receive, send)
            return
        state[ASKER] = asker(
            identity,
            rules.operators,
            sign_in=sign_in,
            knows_somebody=sign_in or self._certificates(),
        )
        await self._app(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        return path in self._rules.open_paths or _is_own(path)

    async def _identity(self, scope: Scope, users: Mapping[str, bytes]) -> Identity | None:
        """Who asks, by the first way that proves it; raises TokenFileError."""
        headers, rules = scope["headers"], self._rules
        if users:
            given = credentials_of(headers)
            if given is not None and await self._passwords.right(given, users):
                return Identity(given.name, "basic")
        offered = bearer_token(headers) if rules.tokens else None
        if rules.tokens and offered is not None:
            name = rules.tokens.name_of(offered)
            if name is not None:
                return Identity(name, "token")
        if rules.proxies:
            client = scope.get("client")
            name = rules.proxies.name_in(headers, client[0] if client else None)
            if name is not None:
                return Identity(name, "header")
        # Beside users a certificate will do only where the path asks by itself.
        own = not users or _is_own(scope["path"])
        return _certified(scope["state"]) if own else None


def _is_own(path: str) -> bool:
    return any(
        path.startswith(own) if own.endswith("/") else path == own for own in OWN_AUTHENTICATION
    )


def _certified(state: Mapping[str, object]) -> Identity | None:
    certificate = state.get(PEER_CERTIFICATE)
    if isinstance(certificate, PeerCertificate) and certificate.name:
        return Identity(certificate.name, "certificate")
    return None


def _refusal(scope: Scope, status: HTTPStatus, why: str) -> Response:
    headers = {"Cache-Control": "no-store"}
    if scope["path"].startswith("/api/"):
        return JSONResponse({"detail": why}, status_code=status, headers=headers)
    return PlainTextResponse(f"{why}\n", status_code=status, headers=headers)
