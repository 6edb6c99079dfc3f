"""What `tls_server_config` refers to, read: certificates and key, inline or from files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exporter.errors import WebConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.web.config_file.models import TlsServer

VERIFYING = ("VerifyClientCertIfGiven", "RequireAndVerifyClientCert")


@dataclass(frozen=True, slots=True, repr=False)
class Material:
    """PEM, each with the key of the file that it came from, as errors name it."""

    certificate: bytes
    certificate_from: str
    private_key: bytes
    private_key_from: str
    client_ca: bytes
    client_ca_from: str


def require_fitting(tls: TlsServer) -> None:
    """WebConfigError with a line for everything that does not fit together."""
    found = []
    for inline in ("cert", "key", "client_ca"):
        file = f"{inline}_file"
        given = [key for key in (inline, file) if getattr(tls, key)]
        if len(given) > 1:
            found.append(f"{inline} and {file} are both given; give one of them")
        if not given and inline != "client_ca":
            found.append(f"neither {file} nor {inline} is given, which TLS needs")
    verifies = tls.client_auth_type in VERIFYING
    authority = tls.client_ca or tls.client_ca_file
    if verifies and not authority:
        # Go would take the authorities of the system, so anybody's certificate from the web.
        found.append(f"client_auth_type {tls.client_auth_type} needs client_ca_file (or client_ca)")
    if authority and not verifies:
        found.append("client_ca_file does nothing without client_auth_type")
    if tls.client_allowed_sans is not None and not verifies:
        found.append("client_allowed_sans does nothing without client_auth_type")
    if tls.client_allowed_sans == ():
        found.append("client_allowed_sans names nobody; leave it out or name somebody")
    if tls.min_version > tls.max_version:
        found.append(f"min_version {tls.min_version} is above max_version {tls.max_version}")
    if found:
        raise WebConfigError("\n".join(f"tls_server_config: {problem}" for problem in found))


def material_of(tls: TlsServer, read: Callable[[str], bytes]) -> Material:
    """The material; `read` gets a path as it is written in the file.

    Raises WebConfigError with a line for each file that cannot be read.
    """
    problems: list[str] = []
    pem: dict[str, tuple[bytes, str]] = {}
    for inline in ("cert", "key", "client_ca"):
        key = f"{inline}_file" if getattr(tls, f"{inline}_file") else inline
        pem[inline] = (b"", key)
        try:
            pem[inline] = (_content(tls, key, read), key)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            problems.append(f"tls_server_config.{key}: {getattr(tls, key)}: {reason}")
    if problems:
        raise WebConfigError("\n".join(problems))
    return Material(*pem["cert"], *pem["key"], *pem["client_ca"])


def _content(tls: TlsServer, key: str, read: Callable[[str], bytes]) -> bytes:
    value = str(getattr(tls, key))
    return read(value) if key.endswith("_file") else value.encode()
