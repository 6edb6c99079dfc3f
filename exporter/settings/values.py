"""The kinds of values that settings have, and how people write them."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PositiveInt,
    SecretStr,
)

from exporter.settings.durations import seconds

_LISTEN_ADDRESS = re.compile(r"(?P<host>\[[0-9a-fA-F:.%]+\]|[^\s:\[\]/]*):(?P<port>\d{1,5})")
_HIGHEST_PORT = 65535
_OWN_PATHS = ("/-/", "/api/", "/plans", "/static/", "/webhook")
# RFC 9110: a token.
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# What says something else than who asks, or what we heed ourselves.
_HEADERS_IN_USE = frozenset({"authorization", "content-type", "cookie", "host", "origin"})


def _address(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().strip()
    if "://" not in text or any(character.isspace() for character in text):
        message = "is not a URL (as redis://host:6379/0; a space is %20)"
        raise ValueError(message)
    return SecretStr(text)


def _listen_address(value: str) -> str:
    match = _LISTEN_ADDRESS.fullmatch(value)
    if match is None or int(match["port"]) > _HIGHEST_PORT:
        message = "is not an address to listen on (write :19808, 127.0.0.1:19808 or [::1]:19808)"
        raise ValueError(message)
    return value


def _parts(value: object) -> object:
    """A list given as one text with commas, as flags and variables do."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _mapping(value: object) -> object:
    """A mapping given as a JSON object, as flags and variables do."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, dict):
        message = 'is not a mapping (write a JSON object such as {"visibility_timeout": 7200})'
        raise ValueError(message)  # noqa: TRY004  pydantic turns only ValueError into its own
    return value


def _telemetry_path(value: str) -> str:
    if not re.fullmatch(r"/[A-Za-z0-9._~/-]+", value) or value.startswith(_OWN_PATHS):
        message = "is not a path for metrics (it begins with / and is none of the exporter's own)"
        raise ValueError(message)
    return value


def _external_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        message = "is not the URL of a page (write https://host/path)"
        raise ValueError(message)
    return value.rstrip("/")


def _route_prefix(value: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*/?", value) or "/." in value:
        message = "is not a path to serve under (write /timesketch-exporter)"
        raise ValueError(message)
    return value.rstrip("/") or "/"


def _header_name(value: str) -> str:
    if not _HEADER_NAME.fullmatch(value) or value.lower() in _HEADERS_IN_USE:
        message = "is not a header that could name a user (write X-Forwarded-User)"
        raise ValueError(message)
    return value


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        message = "is not an address or network (write 10.0.0.5 or 10.0.0.0/24)"
        raise ValueError(message) from error


def _uploads(value: str) -> str:
    paths = value.split("=")
    if len(paths) not in {1, 2} or not all(path.startswith("/") for path in paths):
        message = "is not a folder (write /path, or /as/timesketch/says=/as/mounted/here)"
        raise ValueError(message)
    return value


def _switch(value: object) -> object:
    text = str(value).lower()
    if text not in {"true", "false"}:
        message = "is not one of 'true' or 'false'"
        raise ValueError(message)
    return text == "true"


Address = Annotated[SecretStr, AfterValidator(_address)]
Duration = Annotated[float, BeforeValidator(seconds), Field(gt=0, allow_inf_nan=False)]
Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_parts)]
Ids = Annotated[tuple[PositiveInt, ...], BeforeValidator(_parts)]
Share = Annotated[Decimal, Field(gt=0, le=1)]
ListenAddress = Annotated[str, AfterValidator(_listen_address)]
Switch = Annotated[bool, BeforeValidator(_switch)]
TelemetryPath = Annotated[str, AfterValidator(_telemetry_path)]
ExternalUrl = Annotated[str, AfterValidator(_external_url)]
RoutePrefix = Annotated[str, AfterValidator(_route_prefix)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
Uploads = Annotated[str, AfterValidator(_uploads)]
Networks = Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], BeforeValidator(_parts)]
Options = Annotated[Mapping[str, JsonValue], BeforeValidator(_mapping)]


@dataclass(frozen=True, slots=True)
class Key:
    """The key of a setting (in `Annotated`) whose name the ecosystem has fixed otherwise than ours.

    Its flag and YAML key follow; its environment variable keeps to the field's name.
    """

    key: str


class Group(BaseModel):
    """Settings that belong together: frozen, and nothing but what is declared."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        hide_input_in_errors=True,
        defer_build=True,
    )
