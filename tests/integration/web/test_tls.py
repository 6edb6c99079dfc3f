"""TLS is spoken as the web configuration file says."""

from __future__ import annotations

import socket
import ssl
import warnings
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.integration.web.https_server import CERTIFICATE, PATIENCE

if TYPE_CHECKING:
    from tests.integration.web.https_server import Scene


def shaken(scene: Scene, context: ssl.SSLContext) -> tuple[str | None, str]:
    """The version and cipher suite that a client and the server agree on."""
    with (
        socket.create_connection(("localhost", scene.port), PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        cipher = connection.cipher()
        assert cipher is not None
        return connection.version(), cipher[0]


def up_to(scene: Scene, version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client that speaks nothing newer."""
    context = scene.servers.client()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of old versions, which is the point
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def test_serves_over_tls(scene: Scene) -> None:
    """A client that trusts the authority is answered, with HTTP/1.1."""
    with scene.serving(CERTIFICATE):
        answer = scene.get(scene.servers.client())
        assert (answer.status_code, answer.http_version) == (200, "HTTP/1.1")
        assert shaken(scene, scene.servers.client())[0] == "TLSv1.3"


def test_is_checked_by_clients(scene: Scene) -> None:
    """A client of another authority does not take the certificate."""
    with (
        scene.serving(CERTIFICATE),
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        scene.get(scene.clients.client())


def test_plain_http_is_not_answered(scene: Scene) -> None:
    """Whoever forgets the s gets no answer, and the next one is served."""
    with scene.serving(CERTIFICATE):
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://localhost:{scene.port}/", timeout=PATIENCE)
        assert scene.get(scene.servers.client()).status_code == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_protocols_are_refused(scene: Scene, version: ssl.TLSVersion) -> None:
    """TLS 1.0 and 1.1 are not spoken by default."""
    with scene.serving(CERTIFICATE):
        assert scene.refuses(up_to(scene, version))
        assert shaken(scene, up_to(scene, ssl.TLSVersion.TLSv1_2))[0] == "TLSv1.2"


def test_versions_are_those_of_the_file(scene: Scene) -> None:
    """A least and a greatest version are kept."""
    with scene.serving(f"{CERTIFICATE}  min_version: TLS13\n"):
        assert scene.refuses(up_to(scene, ssl.TLSVersion.TLSv1_2))
        assert shaken(scene, scene.servers.client())[0] == "TLSv1.3"
    with scene.serving(f"{CERTIFICATE}  max_version: TLS12\n"):
        assert shaken(scene, scene.servers.client())[0] == "TLSv1.2"


@pytest.mark.parametrize(
    ("prefers", "chosen"),
    [("true", "ECDHE-ECDSA-AES128-GCM-SHA256"), ("false", "ECDHE-ECDSA-AES256-GCM-SHA384")],
)
def test_suites_are_those_of_the_file(scene: Scene, prefers: str, chosen: str) -> None:
    """No other suite is used; the server's order or the client's decides, as the file says."""
    suites = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    with scene.serving(
        f"{CERTIFICATE}  max_version: TLS12\n  cipher_suites: [{suites}]\n"
        f"  prefer_server_cipher_suites: {prefers}\n"
    ):
        client = scene.servers.client()
        client.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256")
        assert shaken(scene, client) == ("TLSv1.2", chosen)
        client.set_ciphers("ECDHE-ECDSA-CHACHA20-POLY1305")
        assert scene.refuses(client)


@pytest.mark.parametrize("version", ["TLS12", "TLS13"])
@pytest.mark.parametrize(
    ("curve", "same", "other"),
    [
        ("CurveP384", "secp384r1", "prime256v1"),
        ("CurveP521", "secp521r1", "secp384r1"),
        ("X25519", "X25519", "secp384r1"),
    ],
)
def test_curve_is_that_of_the_file(
    scene: Scene, version: str, curve: str, same: str, other: str
) -> None:
    """A client that knows another curve only is refused, in both versions."""
    # In TLS 1.2 the certificate's own key must be of a curve that both sides take, or of none.
    scene.servers.issue(scene.directory, "server", "localhost", of_rsa=True)
    with scene.serving(
        f"{CERTIFICATE}  min_version: {version}\n  max_version: {version}\n"
        f"  curve_preferences: [{curve}]\n"
    ):
        client = scene.servers.client()
        client.set_ecdh_curve(same)
        assert scene.get(client).status_code == 200
        client.set_ecdh_curve(other)
        assert scene.refuses(client)


def test_headers_are_those_of_the_file(scene: Scene) -> None:
    """Configured headers are in every answer, and change with the file."""
    with scene.serving(f"{CERTIFICATE}http_server_config: {{headers: {{X-Frame-Options: deny}}}}"):
        assert scene.get(scene.servers.client()).headers["x-frame-options"] == "deny"
        scene.write(CERTIFICATE)
        assert "x-frame-options" not in scene.get(scene.servers.client()).headers


def test_silent_clients_delay_nobody(scene: Scene) -> None:
    """While some say nothing and some stop in the middle of a handshake, others are answered."""
    with scene.serving(CERTIFICATE):
        silent = [socket.create_connection(("localhost", scene.port)) for _ in range(20)]
        try:
            for connection in silent[::2]:
                connection.sendall(b"\x16\x03\x01\x02\x00\x01")  # how a ClientHello begins
            context = scene.servers.client()
            for _ in range(20):
                url = f"https://localhost:{scene.port}/"
                # Far below the 60 s after which a handshake is given up.
                assert httpx.get(url, verify=context, timeout=5).status_code == 200
        finally:
            for connection in silent:
                connection.close()
