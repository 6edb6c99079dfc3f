"""Every situation an operator can act on, one class each; the message is the line that is shown."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the commands (the public contract)."""

    OK = 0
    ERROR = 1
    USAGE = 2
    ORPHANS = 3
    INCOMPLETE = 4


class ExporterError(Exception):
    """Something that an operator can act on; `str()` is one clear line."""

    exit_code = Exit.ERROR


class SettingsError(ExporterError):
    """A flag, variable, YAML key or value is unknown or wrong."""

    exit_code = Exit.USAGE


class TimesketchConfigError(SettingsError):
    """The file given as Timesketch's configuration cannot serve as one."""


class SourceError(ExporterError):
    """A source of evidence could not be read; `source` names it as the metrics do."""

    source = "unknown"


class DatabaseUnreachableError(SourceError):
    """Timesketch's database did not answer, refused the login or was too slow."""

    source = "database"


class NotTimesketchDatabaseError(SourceError):
    """The database answers, but a table or column of Timesketch is missing."""

    source = "database"


class DatabasePrivilegeError(SourceError):
    """The database user lacks a right on a table that the scan reads."""

    source = "database"


class BrokerUnreachableError(SourceError):
    """The broker did not answer or refused the login."""

    source = "broker"


class BrokerPrivilegeError(SourceError):
    """The broker's user lacks the right to a command that the scan uses."""

    source = "broker"


class BrokerUrlError(SettingsError):
    """The broker's URL is not one that Celery's transports understand."""


class ResultBackendError(SourceError):
    """The result backend did not answer."""

    source = "results"


class DemoServerError(ExporterError):
    """A server or worker of the demonstration (or of the tests) did not start."""


class DemoStoryError(ExporterError):
    """The demonstration's story came out otherwise than told."""


class ListenError(ExporterError):
    """The address to listen on is taken, forbidden or not one of this machine's."""


class NotProcessingError(ExporterError):
    """There is nothing to explain: the timeline is not processing, or does not exist."""


class UnhealthyError(ExporterError):
    """The exporter that should be running does not answer, or says that it is not healthy."""
