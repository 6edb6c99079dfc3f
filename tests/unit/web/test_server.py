"""Sockets listen where the setting says, or one line says why not."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from exporter.errors import ListenError
from exporter.web.server import address_of, listen


@pytest.mark.parametrize(
    ("host", "reached_at"),
    [("127.0.0.1", "127.0.0.1"), ("", "127.0.0.1"), ("localhost", "localhost")],
)
def test_listens(host: str, reached_at: str) -> None:
    """The socket takes connections on its address; no host means every interface."""
    with listen(host, 0) as listener:
        port = listener.getsockname()[1]
        with closing(socket.create_connection((reached_at, port), timeout=5)) as connection:
            assert connection.getpeername()[1] == port
        assert address_of(listener).endswith(f":{port}")


@pytest.mark.parametrize("host", ["127.0.0.1", ""])
def test_answers_wait_for_no_acknowledgement(host: str) -> None:
    """Connections send what they have at once: an answer is a head and a body."""
    with listen(host, 0) as listener:
        address = ("127.0.0.1", listener.getsockname()[1])
        with closing(socket.create_connection(address, timeout=5)):
            connection, _ = listener.accept()
            with connection:
                assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_port_in_use_is_one_line() -> None:
    """A port that is taken is an error that names it and the flag."""
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(
            ListenError, match=rf"127\.0\.0\.1:{port}: Address already in use.*--web"
        ):
            listen("127.0.0.1", port)


def test_unknown_host_is_one_line() -> None:
    """A host that is none of this machine's is an error that names it."""
    with pytest.raises(ListenError, match=r"cannot listen on 203\.0\.113\.7:19808"):
        listen("203.0.113.7", 19808)
