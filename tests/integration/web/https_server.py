"""uvicorn as `serve` runs it, in a thread, over an application that tells who asks."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import uvicorn
from starlette.responses import JSONResponse, PlainTextResponse

from exporter.web.access import Access, identity_of
from exporter.web.config_file import LiveWebConfig
from exporter.web.headers import SecurityHeaders
from exporter.web.server import configuration, listen
from tests.certificates import Authority, Issued

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

PATIENCE = 30.0
CERTIFICATE = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
CLIENTS = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n"
IF_GIVEN = CLIENTS.replace("RequireAndVerifyClientCert", "VerifyClientCertIfGiven")


async def who(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell who asks, or at /metrics something that Prometheus reads."""
    if scope["path"] == "/metrics":
        await PlainTextResponse("asked 1\n")(scope, receive, send)
        return
    identity = identity_of(scope)
    told = None if identity is None else [identity.name, identity.how]
    await JSONResponse(told)(scope, receive, send)


@dataclass
class Scene:
    """A directory with the server's certificate, its authority and that of the clients."""

    directory: Path
    servers: Authority = field(default_factory=Authority)
    clients: Authority = field(default_factory=Authority)
    port: int = 0

    def __post_init__(self) -> None:
        """Write the certificates."""
        self.servers.issue(self.directory, "server", "localhost")
        self.trust(self.clients)

    def trust(self, clients: Authority) -> None:
        """Let the server trust this authority's clients from now on, and no other's."""
        (self.directory / "ca.crt").write_bytes(clients.pem)

    def write(self, text: str) -> None:
        """Write the configuration file."""
        (self.directory / "web.yml").write_text(text)

    def certificate(self, name: str, *, by: Authority | None = None) -> Issued:
        """A client's certificate with this common name, for the host `NAME.example`."""
        authority = by or self.clients
        return authority.issue(self.directory, name, f"{name}.example", common_name=name)

    @contextmanager
    def serving(self, text: str) -> Iterator[None]:
        """Serve on a free port with this configuration."""
        self.write(text)
        web = LiveWebConfig(self.directory / "web.yml")
        app = SecurityHeaders(
            Access(who, users=lambda: web.current().users),
            configured=lambda: web.current().headers,
        )
        server = uvicorn.Server(configuration(app, web))
        with listen("127.0.0.1", 0) as listener:
            self.port = listener.getsockname()[1]
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                _wait_until_started(server)
                yield
            finally:
                server.should_exit = True
                thread.join(PATIENCE)
                assert not thread.is_alive()

    def get(
        self, context: ssl.SSLContext, path: str = "/", *, auth: tuple[str, str] | None = None
    ) -> httpx.Response:
        """The answer over a new connection."""
        url = f"https://localhost:{self.port}{path}"
        return httpx.get(url, verify=context, auth=auth, timeout=PATIENCE)

    def refuses(self, context: ssl.SSLContext) -> bool:
        """Whether a client is hung up on before it is answered."""
        try:
            self.get(context)
        except httpx.TransportError as error:
            return not isinstance(error, httpx.TimeoutException)
        return False


def _wait_until_started(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + PATIENCE
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
