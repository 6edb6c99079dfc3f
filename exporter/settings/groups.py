"""Every setting, declared once: its name, type, default and what it does.

Field `url_file` of group `database` is the flag `--database.url-file`, the variable
`TIMESKETCH_EXPORTER_DATABASE__URL_FILE`, the YAML key `url-file` under `database` and a row of
docs/settings.md. Values are frozen; addresses are secret, since they may hold a password.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveInt, SecretStr

from exporter.errors import SettingsError
from exporter.settings.durations import seconds
from exporter.settings.opensearch_group import Opensearch
from exporter.settings.repair_groups import Journal, Repair
from exporter.settings.values import (
    Address,
    Duration,
    ExternalUrl,
    Group,
    Names,
    Options,
)
from exporter.settings.web_group import Web
from exporter.settings.webhook_group import Webhook


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
    external_url: ExternalUrl | None = Field(
        None,
        description="URL under which people reach Timesketch, for links from the console to "
        "sketches.",
    )


class Database(Group):
    """Timesketch's database, as scans read it."""

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
        "any (visibility_timeout, global_keyprefix, master_name, ...). Timesketch's own "
        "configuration has them as BROKER_TRANSPORT_OPTIONS.",
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
    transport_options: Options = Field(
        {},
        description="Celery's result_backend_transport_options as a JSON object "
        "(global_keyprefix, master_name, ...). Timesketch's own configuration has them as "
        "CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS.",
        repr=False,
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
    opensearch: Opensearch = Field(default_factory=Opensearch)
    scan: Scan = Field(default_factory=Scan)
    workers: Workers = Field(default_factory=Workers)
    judge: Judge = Field(default_factory=Judge)
    repair: Repair = Field(default_factory=Repair)
    journal: Journal = Field(default_factory=Journal)
    web: Web = Field(default_factory=Web)
    webhook: Webhook = Field(default_factory=Webhook)
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

    @property
    def opensearch_url(self) -> str | None:
        """OpenSearch's URL with its password, or None."""
        return self.opensearch.url.get_secret_value() if self.opensearch.url else None

    @property
    def repair_url(self) -> str:
        """The URL that repairs are written through, with its password."""
        url = self.repair.database_url
        return self.database_url if url is None else url.get_secret_value()

    @property
    def journal_url(self) -> str:
        """The journal's URL with its password; SettingsError where there is no place for one."""
        if self.journal.url is None:
            raise SettingsError(
                "no place for the journal: give --journal.url or --journal.url-file "
                "(by default it lies under the home directory, and there is none to be used)"
            )
        return self.journal.url.get_secret_value()

    def require_addresses(self, *groups: str) -> None:
        """SettingsError with a line for each of these groups' addresses that nothing gives."""
        addresses = {"database": self.database.url, "broker": self.broker.url}
        missing = [_missing(group) for group in groups if addresses[group] is None]
        if missing:
            raise SettingsError("\n".join(missing))


def _required(group: str, url: SecretStr | None) -> str:
    if url is None:
        raise SettingsError(_missing(group))
    return url.get_secret_value()


def _missing(group: str) -> str:
    return f"no {group} address: give --{group}.url, --{group}.url-file or --timesketch.config"
