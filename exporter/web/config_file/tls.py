"""The TLS context that `tls_server_config` asks for."""

from __future__ import annotations

import os
import re
import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.errors import WebConfigError
from exporter.web.config_file.suites import CURVES, openssl_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.web.config_file.material import Material
    from exporter.web.config_file.models import TlsServer

_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_VERIFICATION = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
_ENCRYPTED = (b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED")


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS as it is to be served; `fixed` is what a connection gets before the file is looked at."""

    context: ssl.SSLContext
    allowed_sans: frozenset[str] | None
    asks_for_certificates: bool
    fixed: tuple[tuple[str, object], ...]


def tls_of(declared: TlsServer, material: Material) -> Tls:
    """The context over the material; WebConfigError with the key that is wrong."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[declared.min_version]
    context.maximum_version = _VERSIONS[declared.max_version]
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    if not declared.prefer_server_cipher_suites:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    _set_curve(context, declared)
    _set_suites(context, declared)
    _load_certificate(context, material)
    asks = declared.client_auth_type != "NoClientCert"
    if asks:
        _load_authorities(context, material)
        context.verify_mode = _VERIFICATION[declared.client_auth_type]
        # A resumed session is not verified again, so none outlives a change of the authorities.
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
    return Tls(
        context,
        None if declared.client_allowed_sans is None else frozenset(declared.client_allowed_sans),
        asks,
        fixed=tuple(
            (key, getattr(declared, key))
            for key in (
                "client_auth_type",
                "min_version",
                "max_version",
                "cipher_suites",
                "prefer_server_cipher_suites",
                "curve_preferences",
            )
        ),
    )


def _set_curve(context: ssl.SSLContext, declared: TlsServer) -> None:
    for curve in declared.curve_preferences:
        try:
            context.set_ecdh_curve(CURVES[curve])
        except (ssl.SSLError, ValueError) as error:
            wrong = f"tls_server_config.curve_preferences: this machine's OpenSSL has no {curve}"
            raise WebConfigError(wrong) from error


def _set_suites(context: ssl.SSLContext, declared: TlsServer) -> None:
    if not declared.cipher_suites:
        return
    names = openssl_names(declared.cipher_suites)
    if names:
        try:
            context.set_ciphers(names)
        except ssl.SSLError as error:
            wrong = "tls_server_config.cipher_suites: this machine's OpenSSL has none of them"
            raise WebConfigError(wrong) from error
    elif declared.max_version == "TLS12":
        raise WebConfigError(
            "tls_server_config.cipher_suites: all of them are of TLS 1.3, and max_version is TLS12"
        )
    else:
        context.minimum_version = ssl.TLSVersion.TLSv1_3


def _load_certificate(context: ssl.SSLContext, material: Material) -> None:
    if not _CERTIFICATE.search(material.certificate):
        raise WebConfigError(f"tls_server_config.{material.certificate_from}: holds no certificate")
    key = f"tls_server_config.{material.private_key_from}"
    if any(mark in material.private_key for mark in _ENCRYPTED):
        raise WebConfigError(f"{key}: the key is encrypted; give it without a passphrase")
    try:
        with _as_file(material.certificate) as chain, _as_file(material.private_key) as private:
            # Without a password of ours OpenSSL would ask the terminal for one.
            context.load_cert_chain(chain, private, password=lambda: "")
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            wrong = f"{key}: is not the key of {material.certificate_from}"
        elif not error.reason:
            wrong = f"{key}: holds no private key, or {material.certificate_from} no certificate"
        else:
            reason = error.reason.lower().replace("_", " ")
            wrong = f"{key}: OpenSSL refuses it with {material.certificate_from}: {reason}"
        raise WebConfigError(wrong) from error


def _load_authorities(context: ssl.SSLContext, material: Material) -> None:
    blocks = [block.decode("ascii") for block in _CERTIFICATE.findall(material.client_ca)]
    try:
        # Raises ValueError where there is none at all.
        context.load_verify_locations(cadata="\n".join(blocks))
    except (ssl.SSLError, ValueError) as error:
        wrong = f"tls_server_config.{material.client_ca_from}: holds no certificate of an authority"
        raise WebConfigError(wrong) from error


@contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """A path to the content, which stays in memory: `ssl` reads keys from files alone."""
    descriptor = os.memfd_create("pem")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
