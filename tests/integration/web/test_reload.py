"""Certificates, authorities and users follow their files while requests go on."""

from __future__ import annotations

import socket
import ssl
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import bcrypt
import httpx

from tests.certificates import Authority
from tests.integration.web.https_server import CERTIFICATE, CLIENTS, PATIENCE

if TYPE_CHECKING:
    import pytest

    from tests.integration.web.https_server import Scene

SWAPS = 10


def users(**passwords: str) -> str:
    """The section with these users."""
    lines = [
        f"  {name}: {bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()}\n"
        for name, password in passwords.items()
    ]
    return "basic_auth_users:\n" + "".join(lines)


def serial(scene: Scene) -> object:
    """The serial number of the certificate that the server shows."""
    with (
        socket.create_connection(("localhost", scene.port), PATIENCE) as plain,
        scene.servers.client().wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        told = connection.getpeercert()
        assert told is not None
        return told["serialNumber"]


def test_certificate_swapped_under_load(scene: Scene) -> None:
    """While certificates are swapped one after the other, no request fails, and each is shown."""
    context = scene.servers.client()
    failures: list[BaseException] = []
    done = threading.Event()
    answered = threading.Semaphore(0)

    def ask() -> None:
        while not done.is_set():
            try:
                assert scene.get(context).status_code == 200
                answered.release()
            except (AssertionError, httpx.HTTPError) as error:
                failures.append(error)
                return

    with scene.serving(CERTIFICATE):
        askers = [threading.Thread(target=ask) for _ in range(4)]
        for asker in askers:
            asker.start()
        shown = {serial(scene)}
        for _ in range(SWAPS):
            following = scene.servers.issue(scene.directory, "next", "localhost")
            following.certificate.replace(scene.directory / "server.crt")
            following.key.replace(scene.directory / "server.key")
            shown.add(serial(scene))
            assert answered.acquire(timeout=PATIENCE)
        done.set()
        for asker in askers:
            asker.join(PATIENCE)
    assert failures == []
    assert len(shown) == SWAPS + 1


def test_broken_certificate_keeps_the_former(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """A certificate that is no more one changes nothing but the log, by one line."""
    with scene.serving(CERTIFICATE):
        before = serial(scene)
        (scene.directory / "server.crt").write_text("half a certif")
        for _ in range(3):
            assert serial(scene) == before
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "cert_file: holds no certificate" in vars(warnings[0])["error"]


def test_users_follow_the_file(scene: Scene) -> None:
    """A new user is let in and a former one is not, without a new connection."""
    context = scene.servers.client()
    with scene.serving(CERTIFICATE + users(alice="a")), httpx.Client(verify=context) as client:
        url = f"https://localhost:{scene.port}/"
        assert client.get(url, auth=("alice", "a")).status_code == 200
        scene.write(CERTIFICATE + users(bob="b"))
        assert client.get(url, auth=("alice", "a")).status_code == 401
        assert client.get(url, auth=("bob", "b")).status_code == 200
        # Without users all is open again: that is what the file says then.
        scene.write(CERTIFICATE)
        assert client.get(url).status_code == 200


def test_authorities_follow_the_file(scene: Scene) -> None:
    """Clients of a new authority are let in, those of the former are not."""
    other = Authority()
    former = scene.servers.client(scene.certificate("former"))
    new = scene.servers.client(scene.certificate("new", by=other))
    with scene.serving(CERTIFICATE + CLIENTS):
        assert scene.get(former).json() == ["former", "certificate"]
        assert scene.refuses(new)
        scene.trust(other)
        assert scene.get(new).json() == ["new", "certificate"]
        assert scene.refuses(former)


def test_no_session_outlives_its_authority(scene: Scene) -> None:
    """A client of the former authority cannot take up a session from before the change."""
    former = scene.servers.client(scene.certificate("former"))
    former.maximum_version = ssl.TLSVersion.TLSv1_2
    with scene.serving(CERTIFICATE + CLIENTS):
        session = resumed(scene, former, None).session
        again = resumed(scene, former, session)
        assert again.reused
        assert again.answer.startswith(b"HTTP/1.1 200")
        scene.trust(Authority())
        refused = resumed(scene, former, session)
        assert refused.reused
        assert refused.answer == b""


def test_tls_13_takes_no_session_up_where_certificates_are_asked_for(scene: Scene) -> None:
    """No ticket is given to a client, since it would be let in by it without its certificate."""
    with scene.serving(CERTIFICATE + CLIENTS):
        client = scene.servers.client(scene.certificate("prometheus"))
        session = resumed(scene, client, None).session
        assert session is None or not session.has_ticket
        assert not resumed(scene, client, session).reused


@dataclass(frozen=True)
class Taken:
    """What became of a connection."""

    session: ssl.SSLSession | None
    reused: bool | None
    answer: bytes


def resumed(scene: Scene, context: ssl.SSLContext, session: ssl.SSLSession | None) -> Taken:
    """Ask in a connection that takes up the session if it may."""
    with (
        socket.create_connection(("localhost", scene.port), PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname="localhost", session=session) as connection,
    ):
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = connection.recv(1000)
        except (ssl.SSLError, ConnectionError):
            answer = b""
        return Taken(connection.session, connection.session_reused, answer)
