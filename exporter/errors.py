"""Every situation an operator can act on, one class each; the message is the line that is shown."""

from __future__ import annotations

from enum import IntEnum
from traceback import clear_frames


class Exit(IntEnum):
    """Exit codes of the commands (the public contract)."""

    OK = 0
    ERROR = 1
    USAGE = 2
    ORPHANS = 3
    REFUSED = 3  # of repairs: not everything that was asked for was done
    INCOMPLETE = 4


class ExporterError(Exception):
    """Something that an operator can act on; `str()` is one clear line."""

    exit_code = Exit.ERROR


class SettingsError(ExporterError):
    """A flag, variable, YAML key or value is unknown or wrong."""

    exit_code = Exit.USAGE


class TimesketchConfigError(SettingsError):
    """The file given as Timesketch's configuration cannot serve as one."""


class WebConfigError(SettingsError):
    """The web configuration file (TLS and users of the HTTP server) cannot serve as one."""


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


class OpenSearchError(SourceError):
    """OpenSearch did not answer, refused the login or the search, or is something else."""

    source = "opensearch"


class DemoServerError(ExporterError):
    """A server or worker of the demonstration (or of the tests) did not start."""


class DemoStoryError(ExporterError):
    """The demonstration's story came out otherwise than told."""


class TokenFileError(ExporterError):
    """The file with the webhook's tokens cannot be read, or holds none."""


class ListenError(ExporterError):
    """The address to listen on is taken, forbidden or not one of this machine's."""


class NotProcessingError(ExporterError):
    """There is nothing to explain: the timeline is not processing, or does not exist."""


class UnhealthyError(ExporterError):
    """The exporter that should be running does not answer, or says that it is not healthy."""


class FilesDifferError(ExporterError):
    """Files that should be copied are there already and hold something else."""


class FilesUnwritableError(ExporterError):
    """A file that should be copied cannot be written, or what is in its place cannot be read."""


class JournalError(ExporterError):
    """The journal of repairs cannot do what was asked; without it nothing is repaired."""


class JournalUnreachableError(JournalError):
    """The journal's file cannot be opened, or its database does not answer or refuses the login."""


class JournalBusyError(JournalError):
    """Somebody else has kept the journal locked for too long."""


class JournalFullError(JournalError):
    """No room is left where the journal is."""


class JournalUnwritableError(JournalError):
    """The journal's file or directory cannot be made, or may not be written to."""


class JournalPrivilegeError(JournalError):
    """The journal's database user lacks a right."""


class JournalNewerError(JournalError):
    """A newer version of the exporter has migrated the journal."""


class NotJournalError(JournalError):
    """What the journal's URL names is something else, or damaged."""


class DuplicateRepairError(JournalError):
    """A repair of this id is in the journal already."""


class UnknownRepairError(JournalError):
    """The journal holds no repair of this id, or several that begin like it."""


class InboxFullError(JournalError):
    """So many requests for repairs are open that no more are taken in."""


class UnknownRequestError(JournalError):
    """The journal holds no request of this id."""


class OutcomeLostError(JournalError):
    """A repair has ended, and the journal could not take that down; the next start settles it."""


class HistoryError(ExporterError):
    """The history of events and verdicts cannot be written or read; nothing else depends on it."""


class HistoryMissingError(HistoryError):
    """No history was kept so far."""


class EventsLeftError(ExporterError):
    """Events of a timeline are in the search index that a requeue would import a second time."""


class RequeueUnsentError(ExporterError):
    """The rows of a requeue were written, and whether its task was sent is not known."""


class NotOrphanedError(ExporterError):
    """What should be repaired by name is not orphaned, or is not known to be; nothing is done."""


class RevokeUnprovenError(ExporterError):
    """A worker was told to terminate a task, and nothing proves that the task is gone."""


class UndoRefusedError(ExporterError):
    """The repair was not applied, is taken back, changed since, or is itself an undo."""


class UnknownPlanError(ExporterError):
    """No such plan waits to be confirmed by whoever asks."""


class PlanSpentError(ExporterError):
    """The plan was applied already, or is being applied."""


class NoScanError(ExporterError):
    """No scan was made in time, so nothing can be said of now."""


class RepairWriteError(ExporterError):
    """A repair could not be written to Timesketch's database; nothing was changed."""


class RepairPrivilegeError(RepairWriteError):
    """The user of `repair.database-url` lacks rights; each is named with its table."""


class DatabaseReadOnlyError(RepairWriteError):
    """Timesketch's database takes no writes: a standby, a read-only mode, a protected file."""


class RepairBlockedError(RepairWriteError):
    """Somebody else kept a row of the repair locked for too long, so the repair gave way."""


class RepairExpiredError(RepairWriteError):
    """A repair was not allowed to begin writing any more: its verdict is too old by now."""


class RepairNotKeptError(RepairWriteError):
    """The database changed what was written (truncated it, or a trigger did); it was taken back."""


class RepairUnsettledError(ExporterError):
    """Nobody can say yet whether a repair was written, since the rows cannot be read now.

    Its connection was lost at the commit, or its process ended before the outcome was journalled.
    """


def let_go(error: BaseException | None) -> None:
    """Free what the frames of an error and of its causes hold, a driver's statements above all.

    SQLite keeps a file open and locked, although it was closed, until its last statement is freed;
    and SQLAlchemy's errors hold theirs until somebody collects garbage.
    """
    while error is not None:
        clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
