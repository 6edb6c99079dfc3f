"""Listening, serving and ending in time."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from exporter.errors import ListenError
from exporter.web.protocol import protocol_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from starlette.types import ASGIApp

    from exporter.web.config_file import LiveWebConfig

DRAIN_SECONDS = 3
"""How long requests that have begun may take after SIGTERM; the whole end takes under 5 s."""

# Longer than usual scrape intervals, so that Prometheus keeps its connection.
_KEEP_ALIVE_SECONDS = 75
_BACKLOG = 128


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on the address; no host means every interface, IPv4 and IPv6.

    Raises `ListenError` if the address is taken, forbidden or not one of this machine's.
    """
    try:
        listener = _listener(host, port)
    except OSError as error:
        # create_server() puts the address into strerror, where it is a second time.
        reason = _reason(error)
        message = (
            f"cannot listen on {_shown(host, port)}: {reason}; "
            "free it or give another --web.listen-address"
        )
        raise ListenError(message) from error
    # Connections inherit it. asyncio sets it for sockets that name their protocol, which those of
    # create_server() do not; without it a body waits for the acknowledgement of its head, 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def address_of(listener: socket.socket) -> str:
    """The address on which a socket listens, as a URL's host and port."""
    host, port = listener.getsockname()[:2]
    return _shown(host, port)


def serve(
    app: ASGIApp, listener: socket.socket, *, web: LiveWebConfig, on_drain: Callable[[], None]
) -> None:
    """Serve until SIGTERM or SIGINT, then end requests that have begun, and return.

    `web` says whether and how TLS is spoken. `on_drain` is called once, in the moment of the
    signal; it must not block.
    """
    server = _Server(configuration(app, web), on_drain)
    with _signals_end(server):
        server.run(sockets=[listener])


def configuration(app: ASGIApp, web: LiveWebConfig) -> uvicorn.Config:
    """How uvicorn serves the application."""
    context = web.context()
    return uvicorn.Config(
        app,
        http=protocol_over(web),
        ws="none",
        ssl_context_factory=None if context is None else lambda _config, _default: context,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        # Who asks is decided by the address at the other end; headers that claim another one are
        # for nobody but `TrustedProxies`, and no variable may change that.
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )


class _Server(uvicorn.Server):
    """uvicorn's server, telling when it begins to drain."""

    def __init__(self, config: uvicorn.Config, on_drain: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_drain = on_drain

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain."""
        if not self.should_exit:
            self._on_drain()
        super().handle_exit(sig, frame)


@contextmanager
def _signals_end(server: _Server) -> Iterator[None]:
    """Let signals that come outside of uvicorn's own handling end the server as well.

    uvicorn raises each signal again once it has drained, for whoever handled it before: by
    default that would end the process by the signal and not with exit code 0.
    """

    def end(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listener(host: str, port: int) -> socket.socket:
    if not host and socket.has_dualstack_ipv6():
        return socket.create_server(
            ("", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=_BACKLOG
        )
    family = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0][0]
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _reason(error: OSError) -> str:
    if isinstance(error, socket.gaierror) or not error.errno:
        return error.strerror or str(error)
    return os.strerror(error.errno)
