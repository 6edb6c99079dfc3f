"""Certificates for tests: an authority and what it issues, as files."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Issued:
    """A certificate with its key, in two files."""

    certificate: Path
    key: Path


class Authority:
    """An authority of a test's own."""

    def __init__(self) -> None:
        self._ca = trustme.CA()

    @property
    def pem(self) -> bytes:
        """Its own certificate."""
        return self._ca.cert_pem.bytes()

    def issue(
        self,
        directory: Path,
        stem: str,
        *names: str,
        common_name: str | None = None,
        of_rsa: bool = False,
    ) -> Issued:
        """Write `stem.crt` and `stem.key` for these names, replacing what was there."""
        kind = trustme.KeyType.RSA if of_rsa else trustme.KeyType.ECDSA
        issued = self._ca.issue_cert(*names, common_name=common_name, key_type=kind)
        paths = Issued(directory / f"{stem}.crt", directory / f"{stem}.key")
        paths.certificate.write_bytes(b"".join(pem.bytes() for pem in issued.cert_chain_pems))
        paths.key.write_bytes(issued.private_key_pem.bytes())
        return paths

    def client(self, certificate: Issued | None = None) -> ssl.SSLContext:
        """A client's context that trusts this authority, with a certificate to show."""
        context = ssl.create_default_context(cadata=self.pem.decode())
        if certificate is not None:
            context.load_cert_chain(certificate.certificate, certificate.key)
        return context


def encrypted(key: bytes) -> bytes:
    """The same key under a passphrase."""
    return serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.BestAvailableEncryption(b"passphrase"),
    )


def weak(directory: Path) -> None:
    """Write `weak.crt` and `weak.key`, of a length that OpenSSL no longer takes."""
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505  the point of it
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (directory / "weak.crt").write_bytes(certificate.public_bytes(pem))
    (directory / "weak.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def corpus(directory: Path) -> None:
    """Write every file that those in `unit/fixtures/web_config` refer to."""
    authority = Authority()
    authority.issue(directory, "server", "localhost", "127.0.0.1")
    authority.issue(directory, "other", "localhost")
    (directory / "ca.crt").write_bytes(authority.pem)
    (directory / "encrypted.key").write_bytes(encrypted((directory / "server.key").read_bytes()))
