"""Connections to Redis as kombu would make them."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from kombu import Connection

from exporter.demo.processes import free_port, spawn
from exporter.demo.servers import Valkey, valkey_program
from exporter.errors import BrokerPrivilegeError, BrokerUnreachableError, BrokerUrlError
from exporter.observe.redis_link import BrokerOptions, connect, own_connection_name
from tests.integration.observe.kombu_queue import KombuQueue
from tests.servers.waiting import wait_until_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[Valkey, Path]]:
    """Return a Valkey with passwords, and the path of its unix socket."""
    path = tmp_path / "valkey.sock"
    with Valkey(tmp_path, config={"unixsocket": str(path), "requirepass": "s:e/c@ret"}) as server:
        yield server, path


def test_connection_carries_the_exporters_name(broker_url: str) -> None:
    """Every connection of ours can be told in CLIENT LIST, also those made for a subscription."""
    link = connect(BrokerOptions(broker_url))
    fresh = link.fresh_client()
    for client in (link.client, fresh):
        client.ping()
        assert client.client_getname() == own_connection_name()
    fresh.close()
    link.close()


def test_layout_names_the_keys_that_kombu_makes(broker_url: str) -> None:
    """Channels and keys are those of a kombu channel with the same options."""
    options = {"global_keyprefix": "p:", "fanout_prefix": "/x{db}.", "priority_steps": [0, 5]}
    url = broker_url.replace("/0", "/4")
    link = connect(BrokerOptions(url, options))
    with Connection(url, transport_options=options) as connection:
        channel: Any = connection.default_channel
        topic = channel._get_publish_topic("celery.pidbox", "")  # noqa: SLF001 - the reference
        event = channel._get_publish_topic("celeryev", "worker.heartbeat")  # noqa: SLF001
        for priority in (0, 5):
            key = channel._q_for_pri("celery", priority)  # noqa: SLF001
            assert link.layout.queue_key("celery", priority) == f"p:{key}"
    assert link.layout.pidbox_channel == f"p:{topic}"
    assert link.layout.event_channel("worker.heartbeat") == f"p:{event}"
    link.close()


def test_password_and_unix_socket_are_understood(secured: tuple[Valkey, Path]) -> None:
    """Passwords are percent-encoded, a socket's database is its virtual_host."""
    server, path = secured
    for url, db in (
        (f"redis://:s%3Ae%2Fc%40ret@127.0.0.1:{server.port}/3", 3),
        (f"redis://default:s%3Ae%2Fc%40ret@127.0.0.1:{server.port}", 0),
        (f"redis+socket://:s%3Ae%2Fc%40ret@{path}?virtual_host=2", 2),
        (f"socket://:s%3Ae%2Fc%40ret@{path}", 0),
    ):
        link = connect(BrokerOptions(url))
        assert link.client.client_info()["db"] == db
        assert link.layout.db == db
        link.close()


def test_wrong_password_is_one_clear_line(secured: tuple[Valkey, Path]) -> None:
    """A refused login is told without the password."""
    server, _ = secured
    link = connect(BrokerOptions(f"redis://:wrong-secret@127.0.0.1:{server.port}/0"))
    with pytest.raises(BrokerUnreachableError, match="refused the login") as caught, link.talking():
        link.client.ping()
    assert "wrong-secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_forbidden_command_is_told(broker_url: str) -> None:
    """A right that is missing is another situation than a server that is away."""
    with KombuQueue(broker_url) as queue, queue.as_user("+ping") as url:
        link = connect(BrokerOptions(url))
        with pytest.raises(BrokerPrivilegeError, match="forbids"), link.talking():
            link.client.llen("celery")
        link.close()


def test_missing_database_is_told(broker_url: str) -> None:
    """A database number that the server does not have is refused by the server."""
    link = connect(BrokerOptions(broker_url.replace("/0", "/4711")))
    with pytest.raises(BrokerUnreachableError, match="out of range"), link.talking():
        link.client.ping()


def test_silent_server_costs_the_timeout() -> None:
    """A server that accepts and says nothing is given up after the timeout."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        link = connect(BrokerOptions(f"redis://127.0.0.1:{port}/0", timeout=0.2))
        with pytest.raises(BrokerUnreachableError, match="does not answer"), link.talking():
            link.client.ping()


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:{port}/0", "sentinel://127.0.0.1:{port};sentinel://127.0.0.1:{port}"]
)
def test_nobody_listening_is_told(url: str) -> None:
    """A refused connection is an error at the first command, not when the link is made."""
    options = BrokerOptions(url.format(port=free_port()), {"master_name": "main"}, timeout=1.0)
    link = connect(options)
    with (
        pytest.raises(BrokerUnreachableError, match=r"do(es)? not answer") as caught,
        link.talking(),
    ):
        link.client.ping()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("url", "transport_options"),
    [
        ("redis://127.0.0.1:notaport/0", {}),
        ("redis://127.0.0.1/database", {}),
        ("redis://127.0.0.1/0?unknown_option=1", {}),
        ("redis+socket:///tmp/x.sock?unknown_option=1", {}),
        ("rediss://127.0.0.1/0?ssl_cert_reqs=perhaps", {}),
        ("redis://127.0.0.1/0", {"priority_steps": "many"}),
        ("sentinel://127.0.0.1:26379", {}),
        ("amqp://127.0.0.1//", {}),
        ("127.0.0.1:6379", {}),
    ],
)
def test_wrong_url_is_told_before_connecting(
    url: str, transport_options: dict[str, object]
) -> None:
    """A URL or option that kombu cannot use is a mistake of settings."""
    with pytest.raises(BrokerUrlError) as caught:
        connect(BrokerOptions(url, transport_options))
    assert "\n" not in str(caught.value)


def test_tls_options_reach_the_connection() -> None:
    """rediss:// connects with TLS and checks what the URL says."""
    link = connect(BrokerOptions("rediss://127.0.0.1/0?ssl_cert_reqs=CERT_REQUIRED"))
    pool = link.client.connection_pool
    assert pool.connection_class.__name__ == "SSLConnection"
    assert pool.connection_kwargs["ssl_cert_reqs"] == ssl.CERT_REQUIRED


def test_sentinel_names_the_master(tmp_path: Path, broker_url: str) -> None:
    """With Sentinel URLs, the master that a sentinel names is read; a dead sentinel is skipped."""
    broker_port = broker_url.rpartition(":")[2].partition("/")[0]
    port = free_port()
    configuration = tmp_path / "sentinel.conf"
    configuration.write_text(
        f"port {port}\nbind 127.0.0.1\ndir {tmp_path}\n"
        f"sentinel monitor main 127.0.0.1 {broker_port} 1\n"
    )
    program = [str(valkey_program()), str(configuration), "--sentinel"]
    with spawn(program, name="sentinel", directory=tmp_path) as process:
        wait_until_up(process, lambda: _listens(port), timeout=20)
        url = f"sentinel://127.0.0.1:{free_port()};sentinel://127.0.0.1:{port}/2"
        link = connect(BrokerOptions(url, {"master_name": "main"}))
        with link.talking():
            assert link.client.client_info()["name"] == own_connection_name()
        link.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
