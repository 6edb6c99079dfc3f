"""What may stand in the file, by exporter-toolkit's names, and which of it is not to be had here.

Every scalar comes as the text that was written, as Go's decoder hands it to a string. What the
toolkit accepts and Python's `ssl` cannot do, or would do more weakly, is refused.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from exporter.web.config_file.suites import CURVES, known_suite

ClientAuth = Literal["NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"]
TlsVersion = Literal["TLS12", "TLS13"]

_UNVERIFIED = ("RequestClientCert", "RequireAnyClientCert", "RequireClientCert")
_BROKEN = ("TLS10", "TLS11")
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
# Accepted by the toolkit: these names in just this case, and of some these values only.
_HEADERS: dict[str, tuple[str, ...]] = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}")
_NO_RATE = ("0", "0s")


def _boolean(value: object) -> object:
    return _BOOLEANS.get(value.lower(), value) if isinstance(value, str) else value


def _client_auth(value: object) -> object:
    if value == "":
        return "NoClientCert"
    if value in _UNVERIFIED:
        message = (
            f"{value} would let in certificates that nobody has verified; "
            "write RequireAndVerifyClientCert or VerifyClientCertIfGiven"
        )
        raise ValueError(message)
    return value


def _version(value: object) -> object:
    if value in _BROKEN:
        message = f"{value} is broken and not offered; write TLS12 or TLS13"
        raise ValueError(message)
    return value


def _suite(value: str) -> str:
    if not known_suite(value):
        message = f"{value!r} is no cipher suite that Go calls secure"
        raise ValueError(message)
    return value


def _curves(value: tuple[str, ...]) -> tuple[str, ...]:
    for curve in value:
        if curve not in CURVES:
            message = f"{curve!r} is none of {', '.join(CURVES)}"
            raise ValueError(message)
    if len(value) > 1:
        message = "names several curves, and Python can be told one only; leave it out or name one"
        raise ValueError(message)
    return value


def _header_problem(name: str, value: str) -> str | None:
    if name not in _HEADERS:
        return f"{name!r} is none of {', '.join(_HEADERS)}"
    allowed = _HEADERS[name]
    if allowed and value not in allowed:
        return f"{name} is none of {', '.join(allowed)}"
    if not _HEADER_VALUE.fullmatch(value):
        return f"{name} is empty, has a blank at an end, or a character that no header may have"
    return None


def _headers(value: dict[str, str]) -> dict[str, str]:
    problems = [_header_problem(name, text) for name, text in value.items()]
    if any(problems):
        raise ValueError("; ".join(filter(None, problems)))
    return value


def _user(value: str) -> str:
    if not value or ":" in value:
        message = "can be nobody's name in basic authentication"
        raise ValueError(message)
    return value


def _hash(value: str) -> str:
    if not _BCRYPT.fullmatch(value):
        message = "is no bcrypt hash (make one: htpasswd -nBC 10 '')"
        raise ValueError(message)
    return value


def _off(value: str) -> str:
    if value not in _NO_RATE:
        message = "rate limits are not supported; leave rate_limit out, or set its interval to 0"
        raise ValueError(message)
    return value


Boolean = Annotated[bool, BeforeValidator(_boolean)]


class Part(BaseModel):
    """A mapping of the file: nothing but what is declared, and null is as good as left out."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: object) -> object:
        if isinstance(value, dict):
            return {key: inner for key, inner in value.items() if inner is not None}
        return value


class TlsServer(Part):
    """`tls_server_config`."""

    cert: str = ""
    key: str = Field("", repr=False)
    cert_file: str = ""
    key_file: str = ""
    client_auth_type: Annotated[ClientAuth, BeforeValidator(_client_auth)] = "NoClientCert"
    client_ca: str = ""
    client_ca_file: str = ""
    client_allowed_sans: tuple[str, ...] | None = None
    min_version: Annotated[TlsVersion, BeforeValidator(_version)] = "TLS12"
    max_version: Annotated[TlsVersion, BeforeValidator(_version)] = "TLS13"
    cipher_suites: tuple[Annotated[str, AfterValidator(_suite)], ...] = ()
    prefer_server_cipher_suites: Boolean = True
    curve_preferences: Annotated[tuple[str, ...], AfterValidator(_curves)] = ()


class HttpServer(Part):
    """`http_server_config`. HTTP/1.1 is spoken, whatever `http2` says."""

    http2: Boolean = True
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = Field(default_factory=dict)


class RateLimit(Part):
    """`rate_limit`, of newer toolkits; only its being off is accepted."""

    interval: Annotated[str, AfterValidator(_off)] = "0"
    burst: str = "0"


class Document(Part):
    """The whole file."""

    tls_server_config: TlsServer | None = None
    http_server_config: HttpServer = Field(default_factory=HttpServer)
    rate_limit: RateLimit = Field(default_factory=RateLimit)
    basic_auth_users: dict[
        Annotated[str, AfterValidator(_user)], Annotated[str, AfterValidator(_hash)]
    ] = Field(default_factory=dict, repr=False)
