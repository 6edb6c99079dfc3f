"""Whoever asks is known, or is asked for a password where there are users."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING

import bcrypt
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse

from exporter.web.access import ASKER, PEER_CERTIFICATE, Access, identity_of
from exporter.web.headers import SecurityHeaders
from exporter.web.passwords import Passwords
from exporter.web.peer_certificate import PeerCertificate
from exporter.web.roles import Asker, Identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Message, Receive, Scope, Send

USERS = {"alice": bcrypt.hashpw(b"right", bcrypt.gensalt(4))}
CERTIFICATE = PeerCertificate("prometheus", ())


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell who asks."""
    identity = identity_of(scope)
    told = None if identity is None else [identity.name, identity.how]
    await JSONResponse(told)(scope, receive, send)


def asked(
    path: str = "/",
    *,
    users: Mapping[str, bytes] = USERS,
    authorization: bytes | None = None,
    certificate: PeerCertificate | None = None,
    passwords: Passwords | None = None,
) -> httpx.Response:
    """The answer to a request of somebody with these."""
    access = Access(echo, users=lambda: users, passwords=passwords)

    async def with_certificate(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {PEER_CERTIFICATE: certificate}
        await access(scope, receive, send)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=SecurityHeaders(with_certificate))
        headers = {} if authorization is None else {b"authorization": authorization}
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(ask())


def basic(name: str, password: bytes) -> bytes:
    """The value of the header for these."""
    return b"Basic " + base64.b64encode(name.encode() + b":" + password)


def test_a_user_is_known() -> None:
    """The right password makes its user's identity."""
    answer = asked(authorization=basic("alice", b"right"))
    assert answer.json() == ["alice", "basic"]


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        basic("alice", b"wrong"),
        basic("mallory", b"right"),
        basic("alice", b"x" * 73),
        b"Bearer right",
        b"Basic %%%",
    ],
)
def test_nobody_else_is_let_in(authorization: bytes | None) -> None:
    """Without the right credentials it is 401, with a challenge and the headers of every answer."""
    answer = asked(authorization=authorization)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Basic realm="')
    assert answer.headers["cache-control"] == "no-store"
    assert "content-security-policy" in answer.headers


@given(st.binary(max_size=200).map(lambda value: value.replace(b"\n", b"").replace(b"\r", b"")))
def test_no_header_is_more_than_unauthorized(authorization: bytes) -> None:
    """Whatever the header says, short of the right password, it is 401."""
    assert asked(authorization=authorization).status_code == 401


@pytest.mark.parametrize("path", ["/-/healthy", "/-/ready"])
def test_health_is_for_everybody(path: str) -> None:
    """Health needs no password, and takes no time to compare a wrong one."""

    def compare(_password: bytes, _stored: bytes) -> bool:
        raise AssertionError

    answer = asked(path, authorization=basic("alice", b"x"), passwords=Passwords(compare))
    assert (answer.status_code, answer.json()) == (200, None)


@pytest.mark.parametrize(
    "path", ["/", "/metrics", "/webhook/", "/webhooks", "/-/healthy/", "/-/", "//-/healthy", "/x"]
)
def test_everything_else_is_not(path: str) -> None:
    """Every other path needs a password, those that look alike and those that are none included."""
    assert asked(path).status_code == 401


def test_the_webhook_is_told_who_asks_and_decides_itself() -> None:
    """The webhook is reached with or without identity."""
    assert asked("/webhook").json() is None
    assert asked("/webhook", authorization=basic("alice", b"wrong")).json() is None
    assert asked("/webhook", authorization=basic("alice", b"right")).json() == ["alice", "basic"]
    assert asked("/webhook", certificate=CERTIFICATE).json() == ["prometheus", "certificate"]


def test_a_certificate_is_an_identity() -> None:
    """Without users a verified certificate says who asks, and nobody is refused."""
    assert asked(users={}, certificate=CERTIFICATE).json() == ["prometheus", "certificate"]
    assert asked(users={}).json() is None
    assert asked(users={}, certificate=PeerCertificate("", ())).json() is None


def test_a_certificate_is_no_password() -> None:
    """Where there are users, a certificate alone does not do; with both the user asks."""
    assert asked(certificate=CERTIFICATE).status_code == 401
    both = asked(certificate=CERTIFICATE, authorization=basic("alice", b"right"))
    assert both.json() == ["alice", "basic"]


def test_a_state_without_access_has_no_identity() -> None:
    """Where nobody looked, nobody is known; and nothing but an identity is one."""
    assert identity_of({"type": "http"}) is None
    assert identity_of({"type": "http", "state": {ASKER: "alice"}}) is None
    alice = Identity("alice", "basic")
    assert identity_of({"type": "http", "state": {ASKER: Asker(alice)}}) is alice


def test_what_is_no_request_is_passed_on() -> None:
    """The start and end of the application are none of its business."""
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def unused(*_: object) -> Message:
        raise AssertionError

    asyncio.run(Access(app, users=lambda: USERS)({"type": "lifespan"}, unused, _discard))
    assert seen == ["lifespan"]


async def _discard(_message: Message) -> None:
    pass


def test_configured_headers_win() -> None:
    """A configured header replaces ours, in errors as well, and the others stay."""

    async def ask() -> httpx.Response:
        app = SecurityHeaders(
            Access(echo, users=lambda: USERS),
            configured=lambda: {"Content-Security-Policy": "default-src 'self'"},
        )
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/")

    answer = asyncio.run(ask())
    assert answer.status_code == 401
    assert answer.headers.get_list("content-security-policy") == ["default-src 'self'"]
    assert answer.headers["x-content-type-options"] == "nosniff"
