"""HTTP over one connection: what is taken for a request, and who is at the other end of its TLS."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from exporter.web.access import PEER_CERTIFICATE
from exporter.web.framing import StrictConnection
from exporter.web.peer_certificate import peer_certificate_of

if TYPE_CHECKING:
    import asyncio
    import ssl

    from exporter.web.config_file import LiveWebConfig
    from exporter.web.peer_certificate import PeerCertificate

MOST_INCOMPLETE_BYTES = 64 * 1024
"""Of headers that have not come as a whole."""

_log = logging.getLogger(__name__)


def protocol_over(web: LiveWebConfig) -> type[H11Protocol]:
    """Uvicorn's protocol, with each connection's verified client certificate in its requests.

    uvicorn offers applications nothing of a connection's TLS, but hands a copy of `app_state` to
    each request.
    """

    class Protocol(H11Protocol):
        """Looks at the certificate once, when the connection is made."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
            self.conn = StrictConnection(h11.SERVER, MOST_INCOMPLETE_BYTES)
            super().connection_made(transport)
            connection = transport.get_extra_info("ssl_object")
            tls = web.current().tls
            if connection is None or tls is None or not tls.asks_for_certificates:
                return
            certificate = peer_certificate_of(connection.getpeercert())
            refusal = _refusal(connection, certificate, tls.allowed_sans, web.replaced_at)
            if refusal:
                _log.info("connection refused", extra={"client": self.client, "reason": refusal})
                transport.abort()
            else:
                self.app_state: dict[str, Any] = self.app_state | {PEER_CERTIFICATE: certificate}

        def data_received(self, data: bytes) -> None:
            """Nothing is heard from whom was refused."""
            if not self.transport.is_closing():
                super().data_received(data)

    return Protocol


def _refusal(
    connection: ssl.SSLObject,
    certificate: PeerCertificate | None,
    allowed_sans: frozenset[str] | None,
    replaced_at: float | None,
) -> str | None:
    if certificate is not None and not certificate.allowed_by(allowed_sans):
        return f"certificate of {certificate.name} has none of client_allowed_sans"
    if connection.session_reused and replaced_at is not None:
        # TLS 1.2 takes sessions up again by id, with what was verified when they began.
        session = connection.session
        if session is None or session.time <= math.ceil(replaced_at):
            return "its session is older than the web configuration"
    return None
