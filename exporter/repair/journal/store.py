"""The journal: what is appended to it and what it answers. See `database` for its guarantees."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, insert, select

from exporter.errors import DuplicateRepairError, UnknownRepairError
from exporter.repair.journal.check import check
from exporter.repair.journal.codec import dumps
from exporter.repair.journal.database import JournalDatabase
from exporter.repair.journal.entries import (
    UNDONE_BY,
    append_intent,
    append_outcome,
    entries,
    find_id,
    find_range,
    of_timeline,
    read_entry,
)
from exporter.repair.journal.file import make_file
from exporter.repair.journal.inbox import Inbox
from exporter.repair.journal.past import (
    Control,
    append_control,
    append_messages,
    append_orphans,
    append_revocation,
    append_storm,
    is_engaged,
    read_brake,
    read_history,
    read_last_workers,
    read_messages,
    read_pause,
    read_revocations,
    unknown_messages,
    unknown_orphans,
)
from exporter.repair.journal.tables import OUTCOME, REPAIR, SUPERSEDED
from exporter.repair.journal.tallying import read_tally
from exporter.repair.journal.version import appending, migrate, require_version
from exporter.repair.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from exporter.repair.changes import Repair
    from exporter.repair.guards import Decision
    from exporter.repair.journal.past import Sighting
    from exporter.repair.records import Entry, History, Origin, Revoked, Tally
    from exporter.repair.rows import Rows
    from exporter.snapshot import Finding, TaskMessage

TIMEOUT = 10.0
"""Seconds for connecting, and for waiting until others are done with the journal."""

_PAGE = 200


def open_journal(
    url: str,
    *,
    instance: str,
    version: str,
    timeout: float = TIMEOUT,
    clock: Callable[[], float] | None = None,
) -> Journal:
    """Open the journal, make it where there is none yet, migrate it where it is older.

    `instance` and `version` (of the exporter) are told in every entry. `clock` takes the place of
    the journal's own. Raises SettingsError for a URL that cannot be a journal's, and JournalError.
    """
    database = JournalDatabase(url, timeout=timeout, clock=clock)
    try:
        if database.address.file is not None:
            make_file(database.address.file)
        migrate(database)
    except BaseException:
        database.close()
        raise
    return Journal(database, instance=instance, version=version)


class Journal:
    """Append only, and safe for threads, processes and (on PostgreSQL) replicas.

    Every method raises JournalError where the journal cannot be used. Whatever appends returns
    once it is durable; if it raises, nothing was appended, or (a connection lost while
    committing) it is found by `unfinished`.
    """

    def __init__(self, database: JournalDatabase, *, instance: str, version: str) -> None:
        self._database = database
        self._instance = instance
        self._version = version
        self.inbox = Inbox(database, instance=instance)

    @property
    def place(self) -> str:
        """Where it is, for people: without user and password."""
        return self._database.address.place

    def observe(
        self,
        orphaned: Collection[Sighting],
        workers: Mapping[Sighting, str] = MappingProxyType({}),
        messages: Mapping[int, Collection[TaskMessage]] = MappingProxyType({}),
    ) -> None:
        """Take down those of the targets that were never found orphaned before, as found now.

        `workers` says on which worker their tasks were last seen, and `messages` what those of
        timelines were sent with, where that is known.
        """
        if not orphaned:
            return
        with self._database.reading() as connection:
            if not (
                unknown_orphans(connection, orphaned) or unknown_messages(connection, messages)
            ):
                return
        with self._appending() as (connection, now):
            append_orphans(connection, unknown_orphans(connection, orphaned), workers, at=now)
            append_messages(connection, unknown_messages(connection, messages), at=now)

    def last_workers(self, orphaned: Collection[Sighting]) -> Mapping[Sighting, str]:
        """On which worker the tasks of these were last seen, where that was taken down."""
        with self._database.reading() as connection:
            return read_last_workers(connection, orphaned)

    def messages(self, timeline_ids: Collection[int]) -> Mapping[int, tuple[TaskMessage, ...]]:
        """What the tasks of these timelines were sent with, as far as known; newest first."""
        with self._database.reading() as connection:
            return read_messages(connection, timeline_ids)

    def history(self, *, orphan_window: float) -> History:
        """What guards need of the past; `orphan_window` (seconds) is how far back sightings go."""
        with self._database.reading() as connection:
            now = self._database.now(connection)
            return read_history(connection, now=now, orphan_window=orphan_window)

    def claim(
        self,
        repair: Repair,
        origin: Origin,
        decide: Callable[[History], Decision],
        *,
        orphan_window: float,
    ) -> Entry:
        """Let `decide` on the past and append the intent, alone among all who share the journal.

        The entry has no outcome where the repair is granted; else it is refused, or a dry run.
        Raises DuplicateRepairError if the id is taken; what `decide` raises, having appended
        nothing.
        """
        with self._appending() as (connection, now):
            self._refuse_duplicate(connection, repair.repair_id)
            history = read_history(connection, now=now, orphan_window=orphan_window)
            decision = decide(history)
            append_intent(
                connection,
                repair,
                origin,
                at=now,
                instance=self._instance,
                version=self._version,
            )
            if decision.storm:
                append_storm(connection, history.brake, at=now, instance=self._instance)
            if not decision.granted:
                outcome = Outcome.DRY_RUN if decision.dry_run else Outcome.REFUSED
                append_outcome(
                    connection, repair.repair_id, outcome, at=now, refusals=decision.refusals
                )
            return self._entry(connection, repair.repair_id)

    def finish(
        self, repair_id: str, outcome: Outcome, *, detail: str = "", after: Rows | None = None
    ) -> Entry:
        """Append the outcome; a second one is not, and the entry tells the first.

        Raises UnknownRepairError.
        """
        with self._appending() as (connection, now):
            entry = self._entry(connection, repair_id)
            if entry.outcome is not None:
                return entry
            append_outcome(connection, repair_id, outcome, at=now, detail=detail, after=after)
            return self._entry(connection, repair_id)

    def entry(self, repair_id: str) -> Entry:
        """Find an entry by its id or the beginning of it, of four characters at least.

        Raises UnknownRepairError.
        """
        with self._database.reading() as connection:
            return self._entry(connection, find_id(connection, repair_id.strip()))

    def entries(
        self,
        *,
        since: float | None = None,
        timeline_id: int | None = None,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """Tell the entries begun since then, about the timeline and its analyses; newest last.

        With `limit`, the newest ones. They are read in pages, so that a slow reader of a long
        journal keeps nobody from appending.
        """
        conditions: list[ColumnElement[bool]] = []
        if since is not None:
            conditions.append(REPAIR.c.begun_at >= since)
        if timeline_id is not None:
            conditions.append(of_timeline(timeline_id))
        with self._database.reading() as connection:
            first, last = find_range(connection, conditions, limit=limit)
        while first <= last:
            page = self._read(*conditions, REPAIR.c.sequence.between(first, last), limit=_PAGE)
            for sequence, entry in page:
                first = sequence + 1
                yield entry
            if len(page) < _PAGE:
                return

    def unfinished(self) -> tuple[Entry, ...]:
        """Intents without an outcome: under way, or left by a crash."""
        return tuple(entry for _, entry in self._read(OUTCOME.c.outcome.is_(None)))

    def standing_repairs(self, *, since: float) -> tuple[Entry, ...]:
        """Repairs that were applied since then and neither undone nor superseded; no undos."""
        found = self._read(
            OUTCOME.c.outcome == Outcome.APPLIED,
            OUTCOME.c.ended_at >= since,
            REPAIR.c.undoes.is_(None),
            SUPERSEDED.c.repair_id.is_(None),
            UNDONE_BY.is_(None),
        )
        return tuple(entry for _, entry in found)

    def undos(self) -> tuple[Entry, ...]:
        """Undos that were applied, the oldest first."""
        found = self._read(OUTCOME.c.outcome == Outcome.APPLIED, REPAIR.c.undoes.is_not(None))
        return tuple(entry for _, entry in found)

    def supersede(self, repair_id: str, by: str) -> None:
        """Append, once, that somebody else changed a repair's rows. Raises UnknownRepairError."""
        with self._appending() as (connection, now):
            if self._entry(connection, repair_id).superseded_at is None:
                document = dumps({"by": by})
                connection.execute(
                    insert(SUPERSEDED).values(repair_id=repair_id, found_at=now, document=document)
                )

    def pause(self, reason: str, origin: Origin) -> None:
        """No repair is granted from now on. A further pause replaces the reason."""
        with self._appending() as (connection, now):
            append_control(connection, Control.PAUSE, origin, at=now, reason=reason)

    def resume(self, origin: Origin) -> bool:
        """End the pause; false if there was none."""
        with self._appending() as (connection, now):
            if read_pause(connection) is None:
                return False
            append_control(connection, Control.RESUME, origin, at=now)
            return True

    def release_brake(self, origin: Origin) -> bool:
        """Release the brake; false if no storm had been taken down since the last release.

        Taken down even then: a storm may stand in the sightings that nobody has claimed into.
        """
        with self._appending() as (connection, now):
            engaged = is_engaged(read_brake(connection))
            append_control(connection, Control.BRAKE_RELEASED, origin, at=now)
            return engaged

    def revoke(
        self, timeline_id: int, task_ids: Collection[str], origin: Origin, *, worker: str
    ) -> None:
        """Take down that `worker` is about to be told to terminate a timeline's tasks."""
        with self._appending() as (connection, now):
            append_revocation(
                connection,
                origin,
                at=now,
                timeline_id=timeline_id,
                task_ids=task_ids,
                worker=worker,
            )

    def revocations(self, *, since: float) -> tuple[Revoked, ...]:
        """Which tasks were to be terminated since then, the oldest first."""
        with self._database.reading() as connection:
            return read_revocations(connection, since=since)

    def tally(self) -> Tally:
        """Count the outcomes and refusals of the whole journal.

        Raises JournalNewerError if it is no longer of our version, and cannot be written by us.
        """
        with self._database.reading() as connection:
            require_version(connection, self._database.address.place)
            return read_tally(connection)

    def check(self) -> Iterator[Finding]:
        """Look at place, version, contents and whether it can be written to."""
        return check(self._database)

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def _appending(self) -> AbstractContextManager[tuple[Connection, float]]:
        return appending(self._database)

    def _entry(self, connection: Connection, repair_id: str) -> Entry:
        row = connection.execute(entries(REPAIR.c.repair_id == repair_id)).one_or_none()
        if row is None:
            raise UnknownRepairError(f"the journal holds no repair {repair_id}")
        return read_entry(row)

    def _read(
        self, *conditions: ColumnElement[bool], limit: int | None = None
    ) -> list[tuple[int, Entry]]:
        with self._database.reading() as connection:
            rows = connection.execute(entries(*conditions).limit(limit)).all()
        return [(row.sequence, read_entry(row)) for row in rows]

    @staticmethod
    def _refuse_duplicate(connection: Connection, repair_id: str) -> None:
        taken = select(REPAIR.c.sequence).where(REPAIR.c.repair_id == repair_id)
        if connection.execute(taken).first() is not None:
            raise DuplicateRepairError(f"repair {repair_id} is in the journal already; ask again")
