"""A verified certificate names somebody."""

from __future__ import annotations

import pytest

from exporter.web.peer_certificate import PeerCertificate, peer_certificate_of

# As `ssl.SSLSocket.getpeercert` tells it.
TOLD: dict[str, object] = {
    "subject": (
        (("organizationName", "Example"),),
        (("commonName", "prometheus"),),
    ),
    "subjectAltName": (
        ("DNS", "prometheus.example"),
        ("IP Address", "10.0.0.7"),
        ("email", "ops@example"),
        ("URI", "spiffe://example/prometheus"),
        ("DirName", (("commonName", "nobody"),)),
    ),
}
NAMES = ("prometheus.example", "10.0.0.7", "ops@example", "spiffe://example/prometheus")


def test_names_are_taken_from_it() -> None:
    """The common name, and the alternative names of the kinds that the toolkit compares."""
    assert peer_certificate_of(TOLD) == PeerCertificate("prometheus", NAMES)


@pytest.mark.parametrize("told", [None, {}])
def test_none_is_none(told: dict[str, object] | None) -> None:
    """No certificate, or one that nobody verified, is none."""
    assert peer_certificate_of(told) is None


@pytest.mark.parametrize(
    ("certificate", "name"),
    [
        (PeerCertificate("prometheus", NAMES), "prometheus"),
        (PeerCertificate("", NAMES), "prometheus.example"),
        (PeerCertificate("", ()), ""),
    ],
)
def test_name(certificate: PeerCertificate, name: str) -> None:
    """It is called by its common name, else by its first alternative name."""
    assert certificate.name == name


@pytest.mark.parametrize(
    ("sans", "allowed"),
    [
        (None, True),
        (frozenset({"10.0.0.7"}), True),
        (frozenset({"x", "ops@example"}), True),
        (frozenset({"prometheus"}), False),
        (frozenset({"example"}), False),
        (frozenset({"nobody"}), False),
    ],
)
def test_alternative_names_are_compared_exactly(sans: frozenset[str] | None, allowed: bool) -> None:  # noqa: FBT001
    """One equal alternative name will do; the common name and parts of names will not."""
    certificate = peer_certificate_of(TOLD)
    assert certificate is not None
    assert certificate.allowed_by(sans) is allowed


def test_names_cannot_write_a_line_of_their_own() -> None:
    """Control characters in a name are replaced before they get into a log."""
    told = {"subject": ((("commonName", "a\nlevel=error\x1b[2J"),),)}
    assert peer_certificate_of(told) == PeerCertificate("a?level=error?[2J", ())
