"""Every setting, declared once: its name, type, default and what it does.

Field `url_file` of group `database` is the flag `--database.url-file`, the variable
`TIMESKETCH_EXPORTER_DATABASE__URL_FILE`, the YAML key `url-file` under `database` and a row of
docs/settings.md. Values are frozen; addresses are secret, since they may hold a password.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

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

from exporter.errors import SettingsError
from exporter.settings.durations import seconds

_LISTEN_ADDRESS = re.compile(r"(?P<host>\[[0-9a-fA-F:.%]+\]|[^\s:\[\]/]*):(?P<port>\d{1,5})")
_HIGHEST_PORT = 65535


def _address(value: SecretStr) -> SecretStr:
    text = value.get_secret_value().strip()
    if "://" not in text or any(character.isspace() for character in text):
        message = "is not a URL (one looks like redis://host:6379/0)"
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
    if not re.fullmatch(r"/[A-Za-z0-9._~/-]+", value) or value.startswith(("/-/", "/api/")):
        message = "is not a path for metrics (it begins with / and is none of the exporter's own)"
        raise ValueError(message)
    return value


Address = Annotated[SecretStr, AfterValidator(_address)]
Duration = Annotated[float, BeforeValidator(seconds), Field(gt=0, allow_inf_nan=False)]
Names = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_parts)]
Options = Annotated[Mapping[str, JsonValue], BeforeValidator(_mapping)]


class Group(BaseModel):
    """Settings that belong together: frozen, and nothing but what is declared."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        hide_input_in_errors=True,
        defer_build=True,
    )


class Config(Group):
    """The exporter's own configuration file."""

    file: Path | None = Field(None, description="YAML file with any of these settings.")


class Timesketch(Group):
    """Timesketch's own configuration."""

    config: Path | None = Field(
        None,
        description="Timesketch's configuration file (timesketch.conf), to take the addresses of "
        "the database, the broker and the result backend from. It is read, never executed. "
        "The variable TIMESKETCH_SETTINGS, which Timesketch itself uses, serves as well.",
    )


class Database(Group):
    """Timesketch's database, which is only ever read."""

    url: Address | None = Field(
        None,
        description="SQLAlchemy URL of Timesketch's database: postgresql://, mysql://, mariadb://.",
    )
    url_file: Path | None = Field(
        None, description="File whose first line is that URL, which keeps the password out of ps."
    )
    timeout: Duration = Field(
        seconds("5s"), description="How long a connection or a statement may take."
    )


class Broker(Group):
    """The message broker of Timesketch's Celery workers."""

    url: Address | None = Field(
        None,
        description="Broker URL as Celery takes it: redis://, rediss://, redis+socket://, "
        "sentinel://, amqp://.",
    )
    url_file: Path | None = Field(
        None, description="File whose first line is that URL, which keeps the password out of ps."
    )
    queues: Names = Field(
        ("celery",),
        description="Queues to read besides those that workers say they consume.",
        min_length=1,
    )
    transport_options: Options = Field(
        {},
        description="Celery's broker_transport_options as a JSON object, where Timesketch sets "
        "any (visibility_timeout, global_keyprefix, master_name, ...).",
        repr=False,
    )
    timeout: Duration = Field(
        seconds("5s"), description="How long a connection or a command may take."
    )


class Results(Group):
    """Celery's result backend."""

    url: Address | None = Field(
        None, description="Result backend URL. Without one, failed tasks are found out later."
    )
    url_file: Path | None = Field(
        None, description="File whose first line is that URL, which keeps the password out of ps."
    )


class Scan(Group):
    """When evidence is gathered."""

    interval: Duration = Field(
        seconds("5s"), description="Time from the start of one scan to the next."
    )


class Workers(Group):
    """How workers are asked and remembered."""

    timeout: Duration = Field(
        seconds("1s"), description="How long to wait for the workers' answers."
    )
    forget_after: Duration = Field(
        seconds("24h"), description="How long a dead worker stays in view."
    )
    drain_timeout: Duration = Field(
        seconds("660s"),
        description="How long a worker that said goodbye with active tasks may still be working "
        "on them.",
    )
    reconnect_within: Duration = Field(
        seconds("45s"),
        description="How long workers may take to come back after the broker was away or started.",
    )
    ignored_clients: Names = Field(
        (),
        description="Addresses (host or host:port) or names of broker clients that are no "
        "workers, although their connections look like it.",
    )


class Judge(Group):
    """When an absent task counts as lost."""

    grace: Duration = Field(
        seconds("60s"), description="No timeline is orphaned before its status is so old."
    )
    confirm_after: Duration = Field(
        seconds("15s"),
        description="Least time between the two complete scans that an orphan needs.",
    )
    stalled_after: Duration = Field(
        seconds("12h"), description="A task active for longer is stalled."
    )


class Web(Group):
    """The HTTP server of `serve`."""

    listen_address: Annotated[str, AfterValidator(_listen_address)] = Field(
        ":19808", description="Address and port to listen on; no host means every interface."
    )
    telemetry_path: Annotated[str, AfterValidator(_telemetry_path)] = Field(
        "/metrics", description="Path of the metrics."
    )

    @property
    def host(self) -> str:
        """The host to listen on, without brackets; empty for every interface."""
        return self.listen_address.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on; 0 lets the system choose."""
        return int(self.listen_address.rpartition(":")[2])


class Metrics(Group):
    """Limits on the number of series."""

    max_orphans: PositiveInt = Field(500, description="Most orphans with a series of their own.")
    max_processing: PositiveInt = Field(
        50, description="Most processing timelines (the oldest) with a series of their own."
    )


class Log(Group):
    """The log, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least important level that is shown."
    )
    format: Literal["logfmt", "json"] = Field(
        "logfmt", description="How an event is written, one line each."
    )


class Settings(Group):
    """All settings of the exporter."""

    config: Config = Field(default_factory=Config)
    timesketch: Timesketch = Field(default_factory=Timesketch)
    database: Database = Field(default_factory=Database)
    broker: Broker = Field(default_factory=Broker)
    results: Results = Field(default_factory=Results)
    scan: Scan = Field(default_factory=Scan)
    workers: Workers = Field(default_factory=Workers)
    judge: Judge = Field(default_factory=Judge)
    web: Web = Field(default_factory=Web)
    metrics: Metrics = Field(default_factory=Metrics)
    log: Log = Field(default_factory=Log)

    @property
    def database_url(self) -> str:
        """The database's URL with its password; SettingsError where none was given."""
        return _required("database", self.database.url)

    @property
    def broker_url(self) -> str:
        """The broker's URL with its password; SettingsError where none was given."""
        return _required("broker", self.broker.url)

    @property
    def results_url(self) -> str | None:
        """The result backend's URL with its password, or None."""
        return self.results.url.get_secret_value() if self.results.url else None

    def require_addresses(self) -> None:
        """SettingsError with a line for each address that a scan needs and nothing gives."""
        addresses = {"database": self.database.url, "broker": self.broker.url}
        missing = [_missing(group) for group, url in addresses.items() if url is None]
        if missing:
            raise SettingsError("\n".join(missing))


def _required(group: str, url: SecretStr | None) -> str:
    if url is None:
        raise SettingsError(_missing(group))
    return url.get_secret_value()


def _missing(group: str) -> str:
    return f"no {group} address: give --{group}.url, --{group}.url-file or --timesketch.config"
