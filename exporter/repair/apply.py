"""Writing repairs into Timesketch's rows: the only code with a connection that can write.

A repair is one transaction. Lock the timeline's or analysis' own row, then, without waiting, data
sources and search index; read every row anew; go on only if they are as the repair expects them;
write; read back; commit. Timesketch's own writers wait for the first lock, and whatever they
committed before is seen after it, so a repair never changes a row that changed after its verdict.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import DBAPIError

from exporter.errors import (
    RepairExpiredError,
    RepairNotKeptError,
    RepairUnsettledError,
    RepairWriteError,
)
from exporter.observe.driver_errors import first_line, is_passing, place
from exporter.repair import statements
from exporter.repair.differences import differences
from exporter.repair.reading import read_rows
from exporter.repair.records import Outcome
from exporter.repair.write_errors import wrap
from exporter.repair.writing import give_way
from exporter.repair.written import Trace, is_written, trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from exporter.repair.changes import Repair
    from exporter.repair.rows import Rows

# Seconds before the second try; each further pause is four times as long.
_PAUSE = 0.1

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a repair: applied, or unchanged because the rows were others (`detail`).

    `after` are the rows as the repair left them; None where nothing was written, or where somebody
    changed them before they could be read. Settling may also end a repair as failed: where nobody
    will ever be able to say whether it was written.
    """

    outcome: Outcome
    after: Rows | None
    detail: str = ""


class _CommitLostError(Exception):
    """The answer to a COMMIT did not come, so it may have been carried out."""

    def __init__(self, applied: Applied, cause: DBAPIError) -> None:
        super().__init__()
        self.applied = applied
        self.cause = cause


class Writer:
    """Writes repairs, each in one transaction. Safe to be used by several threads."""

    def __init__(
        self,
        engine: Engine,
        *,
        attempts: int = 3,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`engine` is one of `writing_engine`.

        `attempts` bounds the tries after a deadlock, a lock held by others or a lost connection.
        """
        self._engine = engine
        self._pauses = [_PAUSE * 4**tried for tried in range(attempts - 1)]
        self._sleep = sleep

    def apply(self, repair: Repair, *, may_write: Callable[[], bool] = lambda: True) -> Applied:
        """Write a repair, or find that the rows are no longer those that it was planned for.

        `may_write` is asked right before the first write, when all locks are held. Raises
        RepairWriteError (a subclass for each situation) or NotTimesketchDatabaseError if nothing
        was written, RepairUnsettledError if it cannot be found out now.
        """
        try:
            return self._repeat(lambda: self._apply_once(repair, may_write))
        except DBAPIError as error:
            raise wrap(error, self._engine) from error

    def settle(self, repair: Repair) -> Applied | None:
        """Find out whether a repair was written whose end nobody saw; None: it was not.

        Waits for a transaction of a lost connection that may still be under way. Raises
        RepairUnsettledError if the rows cannot be read now.
        """
        try:
            found = self._repeat(lambda: self._locked_rows(repair))
        except (DBAPIError, RepairWriteError) as error:
            why = first_line(error) if isinstance(error, DBAPIError) else error
            raise RepairUnsettledError(
                f"nobody can say yet whether repair {repair.repair_id} was written: "
                f"{place(self._engine.url)} cannot be read ({why})"
            ) from error
        different = "; ".join(differences(repair, found))
        match trace(repair, found):
            case Trace.WRITTEN:
                return Applied(Outcome.APPLIED, found)
            case Trace.OVERWRITTEN:
                return Applied(Outcome.APPLIED, None, f"written, and changed since: {different}")
            case Trace.ABSENT:
                return None
            case Trace.UNCLEAR:
                detail = f"nobody can say whether it was written: {different}"
                return Applied(Outcome.FAILED, None, detail)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _repeat(self, action: Callable[[], _Result]) -> _Result:
        """Try until it goes through, an error is not a passing one, or the attempts are used up."""
        for pause in self._pauses:
            try:
                return action()
            except DBAPIError as error:
                if not is_passing(error):
                    raise
            self._sleep(pause)
        return action()

    def _apply_once(self, repair: Repair, may_write: Callable[[], bool]) -> Applied:
        try:
            return self._transaction(repair, may_write)
        except _CommitLostError as lost:
            settled = self.settle(repair)
            if settled is None:
                raise lost.cause from lost
            if settled.outcome is not Outcome.APPLIED:
                raise RepairUnsettledError(
                    f"repair {repair.repair_id} lost its connection at the commit, and "
                    f"{settled.detail}"
                ) from lost
            return lost.applied  # read back before the commit, hence known better than by now

    def _transaction(self, repair: Repair, may_write: Callable[[], bool]) -> Applied:
        with self._connect() as connection:
            transaction = connection.begin()
            applied = _write(connection, repair, may_write)
            if applied.outcome is Outcome.APPLIED:
                try:
                    transaction.commit()
                except DBAPIError as error:
                    raise _CommitLostError(applied, error) from error
            return applied

    def _locked_rows(self, repair: Repair) -> Rows | None:
        with self._connect() as connection, connection.begin():
            connection.execute(statements.lock_own_row(repair)).all()
            return read_rows(connection, [repair.key]).get(repair.key)

    def _connect(self) -> Connection:
        try:
            return self._engine.connect()
        except TypeError as error:  # how PyMySQL refuses a URL's unknown option
            raise RepairWriteError(
                f"cannot connect to {place(self._engine.url)}: the URL has a wrong option: {error}"
            ) from error


def _write(connection: Connection, repair: Repair, may_write: Callable[[], bool]) -> Applied:
    """Do all but the commit; whatever is raised or returned unchanged is rolled back."""
    connection.execute(statements.lock_own_row(repair)).all()
    give_way(connection)
    for lock in statements.lock_other_rows(repair):
        connection.execute(lock).all()
    found = read_rows(connection, [repair.key]).get(repair.key)
    different = differences(repair, found)
    if different:
        return Applied(Outcome.UNCHANGED, None, "; ".join(different))
    if not may_write():
        raise RepairExpiredError(
            f"repair {repair.repair_id} was not written: its turn came too late for its verdict; "
            "repair anew"
        )
    for change in repair.changes:
        for statement in statements.write(change):
            connection.execute(statement)
    after = read_rows(connection, [repair.key]).get(repair.key)
    if after is None or not is_written(repair, after):
        raise RepairNotKeptError(
            f"repair {repair.repair_id} was taken back: the database did not keep what was "
            "written (a text cut short, or a trigger)"
        )
    return Applied(Outcome.APPLIED, after)
