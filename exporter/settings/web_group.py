"""The settings of the HTTP server, declared once as all others (groups.py)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field

from exporter.settings.values import (
    ExternalUrl,
    Group,
    HeaderName,
    Key,
    ListenAddress,
    Names,
    Networks,
    RoutePrefix,
    Switch,
    TelemetryPath,
)


class Web(Group):
    """The HTTP server of `serve`: where it listens, who may look and who may act."""

    listen_address: ListenAddress = Field(
        ":19808", description="Address and port to listen on; no host means every interface."
    )
    telemetry_path: TelemetryPath = Field("/metrics", description="Path of the metrics.")
    config_file: Annotated[Path | None, Key("config.file")] = Field(
        None,
        description="Web configuration file in the format that Prometheus's exporters share: TLS, "
        "client certificates, users with passwords, headers (docs/web-configuration.md).",
    )
    operators: Names = Field(
        (),
        description="Names of those who may act in the console and through its API: repair, undo, "
        "pause, resume. Whoever else is known may look.",
    )
    tokens_file: Path | None = Field(
        None,
        description="File with names and tokens for the API, a line `NAME TOKEN` each. Who sends "
        "`Authorization: Bearer TOKEN` is NAME. It is read anew for each request.",
    )
    trusted_header: HeaderName | None = Field(
        None,
        description="Header in which a proxy that signs people in (single sign-on) names who asks. "
        "It is believed from web.trusted-proxies alone.",
    )
    trusted_proxies: Networks = Field(
        (), description="Addresses or networks of the proxies that web.trusted-header comes from."
    )
    metrics_public: Switch = Field(
        default=False, description="Answer scrapes of anybody, even where pages need a sign-in."
    )
    external_url: ExternalUrl | None = Field(
        None,
        description="URL under which people reach the exporter, where a proxy stands before it.",
    )
    route_prefix: RoutePrefix | None = Field(
        None,
        description="Path that every page lies under. By default the path of web.external-url; "
        "/ where the proxy takes it away.",
    )

    @property
    def host(self) -> str:
        """The host to listen on, without brackets; empty for every interface."""
        return self.listen_address.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on; 0 lets the system choose."""
        return int(self.listen_address.rpartition(":")[2])

    @property
    def prefix(self) -> str:
        """What each path begins with, without a slash at its end; empty for nothing."""
        prefix = self.route_prefix or urlsplit(self.external_url or "").path
        return prefix.rstrip("/")
