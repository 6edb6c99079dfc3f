"""The way to the broker passes everything on, slowly, later or not at all, as it is told."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from tests.chaos.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 30.0
_AT_ONCE = 0.2


@pytest.fixture
def echo() -> Iterator[int]:
    """Return the port of a server that sends back what it gets."""

    def answer(client: socket.socket) -> None:
        with client:
            while data := client.recv(1024):
                client.sendall(data)

    def accept() -> None:
        for _ in range(2):
            client, _ = listener.accept()
            threading.Thread(target=answer, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]


def _connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=_PATIENCE)


def test_it_passes_on(echo: int) -> None:
    """What is sent comes back, also when the way is slow."""
    with Proxy(echo) as proxy, _connect(proxy) as client:
        client.sendall(b"ping")
        assert client.recv(10) == b"ping"
        proxy.slow_down(0.05)
        client.sendall(b"ping")
        assert client.recv(10) == b"ping"


def test_it_stands_still(echo: int) -> None:
    """While it stands still nothing comes, and then everything."""
    with Proxy(echo) as proxy, _connect(proxy) as client:
        proxy.stall()
        client.sendall(b"ping")
        client.settimeout(_AT_ONCE)
        with pytest.raises(TimeoutError):
            client.recv(10)
        proxy.straighten()
        client.settimeout(_PATIENCE)
        assert client.recv(10) == b"ping"


def test_it_is_cut(echo: int) -> None:
    """A cut ends connections, and takes new ones."""
    with Proxy(echo) as proxy:
        with _connect(proxy) as client:
            client.sendall(b"ping")
            assert client.recv(10) == b"ping"
            proxy.cut()
            assert client.recv(10) == b""
        with _connect(proxy) as client:
            client.sendall(b"ping")
            assert client.recv(10) == b"ping"


def test_nobody_behind_it() -> None:
    """Where the server is away, whoever comes is sent away."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with Proxy(taken.getsockname()[1]) as proxy, _connect(proxy) as client:
            assert client.recv(10) == b""
