"""Tokens and trusted proxies say who asks as passwords do, and nobody else gets in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import TYPE_CHECKING

import bcrypt
import httpx
import pytest
from starlette.responses import JSONResponse

from exporter.web.access import PEER_CERTIFICATE, Access, AccessRules, asker_of
from exporter.web.peer_certificate import PeerCertificate
from exporter.web.tokens_file import NamedTokens
from exporter.web.trusted_proxies import TrustedProxies

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

TOKEN = "t" * 32
BEARER = {"Authorization": f"Bearer {TOKEN}"}
CAROL = {"X-Forwarded-User": "carol"}
PROXIES = TrustedProxies("X-Forwarded-User", (ip_network("10.0.0.1/32"),))
USERS = {"alice": bcrypt.hashpw(b"right", bcrypt.gensalt(4))}
ALICE = {"Authorization": "Basic YWxpY2U6cmlnaHQ="}
OPERATORS = frozenset({"alice", "tsctl"})


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell who asks, how that is known, and as what."""
    asker = asker_of(scope)
    identity = asker.identity
    told = [identity.name, identity.how, asker.role] if identity else [None, None, asker.role]
    await JSONResponse(told)(scope, receive, send)


@dataclass
class Door:
    """Access with these ways in, asked without a server between."""

    rules: AccessRules = field(default_factory=AccessRules)
    users: dict[str, bytes] = field(default_factory=dict)
    certificate: PeerCertificate | None = None

    def ask(
        self, headers: dict[str, str] | None = None, *, client: str = "10.9.9.9", path: str = "/"
    ) -> httpx.Response:
        """The answer to a request from this address."""
        access = Access(echo, users=lambda: self.users, rules=self.rules)

        async def connected(scope: Scope, receive: Receive, send: Send) -> None:
            scope["state"] = {PEER_CERTIFICATE: self.certificate}
            await access(scope, receive, send)

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=connected, client=(client, 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as asking:
                return await asking.get(path, headers=headers or {})

        return asyncio.run(ask())


@pytest.fixture
def tokens(tmp_path: Path) -> NamedTokens:
    """Return a file with one token."""
    path = tmp_path / "tokens"
    path.write_text(f"tsctl {TOKEN}\n")
    return NamedTokens(path)


def test_a_token_is_somebody(tokens: NamedTokens) -> None:
    """A token that holds is its name; without one it is 401, with a challenge."""
    door = Door(AccessRules(OPERATORS, tokens))
    assert door.ask(BEARER).json() == ["tsctl", "token", "operator"]
    for headers in ({}, {"Authorization": f"Bearer {TOKEN}x"}, ALICE, CAROL):
        answer = door.ask(headers)
        assert (answer.status_code, answer.text) == (401, "Unauthorized\n")
        assert answer.headers["www-authenticate"].startswith("Bearer realm=")
    answer = door.ask(path="/api/v1/timelines")
    assert (answer.status_code, answer.json()) == (401, {"detail": "Unauthorized"})


def test_a_proxy_names_somebody_from_its_own_address_alone() -> None:
    """The header is heeded from the trusted proxy; from elsewhere it is as if it were not there."""
    door = Door(AccessRules(OPERATORS, proxies=PROXIES))
    assert door.ask(CAROL, client="10.0.0.1").json() == ["carol", "header", "viewer"]
    assert door.ask(CAROL, client="10.0.0.2").status_code == 401
    forged = CAROL | {"X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1"}
    assert door.ask(forged, client="10.0.0.2").status_code == 401
    assert door.ask(client="10.0.0.1").status_code == 401


def test_every_way_does(tokens: NamedTokens) -> None:
    """With users, tokens and a proxy configured each is enough; a password counts first."""
    door = Door(AccessRules(OPERATORS, tokens, PROXIES), USERS)
    assert door.ask(ALICE).json() == ["alice", "basic", "operator"]
    assert door.ask(BEARER).json() == ["tsctl", "token", "operator"]
    assert door.ask(CAROL, client="10.0.0.1").json() == ["carol", "header", "viewer"]
    assert door.ask(ALICE | CAROL, client="10.0.0.1").json() == ["alice", "basic", "operator"]
    assert door.ask().headers["www-authenticate"].startswith("Basic realm=")


def test_a_proxy_with_a_certificate_speaks_for_somebody() -> None:
    """Whom a trusted proxy names counts, and not the certificate that the proxy itself has."""
    door = Door(AccessRules(proxies=PROXIES), certificate=PeerCertificate("proxy", ()))
    assert door.ask(CAROL, client="10.0.0.1").json() == ["carol", "header", "viewer"]
    assert door.ask(client="10.0.0.1").json() == ["proxy", "certificate", "viewer"]


def test_metrics_may_be_public(tokens: NamedTokens) -> None:
    """An open path is answered to nobody as well, and no other one is."""
    door = Door(AccessRules(OPERATORS, tokens, open_paths=frozenset({"/metrics"})))
    assert door.ask(path="/metrics").json() == [None, None, None]
    assert door.ask(BEARER, path="/metrics").json() == ["tsctl", "token", "operator"]
    for path in ("/metrics/", "/", "//metrics", "/metrics/../"):
        assert door.ask(path=path).status_code == 401, path


def test_tokens_that_cannot_be_read_are_for_later(
    tokens: NamedTokens, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While the file is away a token is answered with 503; users are known as ever."""
    (tmp_path / "tokens").unlink()
    door = Door(AccessRules(OPERATORS, tokens), USERS)
    answer = door.ask(BEARER, path="/api/v1/guards")
    assert (answer.status_code, answer.json()) == (
        503,
        {"detail": "the tokens cannot be read now"},
    )
    assert "tokens unreadable" in caplog.messages
    assert door.ask(ALICE).status_code == 200
    assert door.ask().status_code == 401
    # The webhook has tokens of its own.
    assert door.ask(BEARER, path="/webhook").json() == [None, None, None]
