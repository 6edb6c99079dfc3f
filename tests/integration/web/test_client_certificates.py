"""Client certificates: who is let in, and by which name."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from tests.certificates import Authority
from tests.integration.web.https_server import CERTIFICATE, CLIENTS, IF_GIVEN

if TYPE_CHECKING:
    from tests.integration.web.https_server import Scene

ALICE = "basic_auth_users:\n  alice: $2y$04$fCfUJ492rBE7eDDWGLzvwege06HEnYkTJVa2E36OANVRG0E7M/j6.\n"
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def client(
    scene: Scene, name: str, *, by: Authority | None = None, version: ssl.TLSVersion | None = None
) -> ssl.SSLContext:
    """A client with a certificate, and with one version of TLS where that matters."""
    context = scene.servers.client(scene.certificate(name, by=by))
    if version is not None:
        context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.parametrize("version", VERSIONS)
def test_required(scene: Scene, version: ssl.TLSVersion) -> None:
    """Only a certificate of the authority is let in, and its name is an identity."""
    with scene.serving(CERTIFICATE + CLIENTS):
        answer = scene.get(client(scene, "prometheus", version=version))
        assert answer.json() == ["prometheus", "certificate"]
        nobody = scene.servers.client()
        nobody.minimum_version = nobody.maximum_version = version
        assert scene.refuses(nobody)
        assert scene.refuses(client(scene, "mallory", by=Authority(), version=version))
        # The authority of the servers is none of clients.
        assert scene.refuses(client(scene, "server2", by=scene.servers, version=version))


def test_if_given(scene: Scene) -> None:
    """Whoever shows none is nobody, whoever shows a wrong one is refused."""
    with scene.serving(CERTIFICATE + IF_GIVEN):
        assert scene.get(client(scene, "prometheus")).json() == ["prometheus", "certificate"]
        assert scene.get(scene.servers.client()).json() is None
        assert scene.refuses(client(scene, "mallory", by=Authority()))


def test_not_asked_for(scene: Scene) -> None:
    """Where none are asked for, one that is offered is no identity."""
    with scene.serving(CERTIFICATE):
        assert scene.get(client(scene, "prometheus")).json() is None


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("policy", [CLIENTS, IF_GIVEN])
def test_allowed_names(scene: Scene, policy: str, version: ssl.TLSVersion) -> None:
    """A verified certificate without one of the allowed names is hung up on unheard."""
    names = "  client_allowed_sans: [prometheus.example, grafana.example]\n"
    with scene.serving(CERTIFICATE + policy + names):
        assert scene.get(client(scene, "prometheus", version=version)).status_code == 200
        assert scene.refuses(client(scene, "alertmanager", version=version))
        scene.write(CERTIFICATE + policy + "  client_allowed_sans: [alertmanager.example]\n")
        assert scene.get(client(scene, "alertmanager", version=version)).status_code == 200
        assert scene.refuses(client(scene, "prometheus", version=version))


def test_certificate_and_password(scene: Scene) -> None:
    """Where there are users as well, both are asked for, and the user is the identity."""
    with scene.serving(CERTIFICATE + CLIENTS + ALICE):
        known = client(scene, "prometheus")
        assert scene.get(known).status_code == 401
        assert scene.get(known, auth=("alice", "right")).json() == ["alice", "basic"]
        assert scene.get(known, "/webhook").json() == ["prometheus", "certificate"]
