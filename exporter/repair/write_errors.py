"""The error to raise when a repair could not be written: one line for an operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from exporter.errors import (
    DatabaseReadOnlyError,
    NotTimesketchDatabaseError,
    RepairBlockedError,
    RepairPrivilegeError,
    RepairWriteError,
)
from exporter.observe.driver_errors import (
    first_line,
    is_denied,
    is_locked,
    is_missing,
    is_read_only,
    is_too_slow,
    place,
)
from exporter.repair.write_probe import lacking_rights

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from exporter.errors import ExporterError


def wrap(error: DBAPIError, engine: Engine) -> ExporterError:
    """Return the error to raise; the transaction has been rolled back."""
    where = place(engine.url)
    words = first_line(error)
    if is_denied(error):
        rights = _lacking(engine) or f"a right ({words})"
        return RepairPrivilegeError(
            f"user {engine.url.username} of {where} lacks {rights}: "
            "`timesketch-exporter grants` prints what to grant; nothing was changed"
        )
    if is_missing(error):
        return NotTimesketchDatabaseError(
            f"{where} is not Timesketch's database or of an unknown version: {words}"
        )
    if is_read_only(error):
        return DatabaseReadOnlyError(
            f"{where} takes no writes ({words}); repair.database-url must name the primary server"
        )
    if is_locked(error):
        return RepairBlockedError(
            f"somebody else keeps a row of the repair locked in {where}; nothing was changed, "
            "try again later"
        )
    if is_too_slow(error):
        return RepairWriteError(
            f"{where} is too slow for a repair; nothing was changed; raise database.timeout if it "
            "is that large or busy"
        )
    return RepairWriteError(f"cannot write to {where}: {words}; nothing was changed")


def _lacking(engine: Engine) -> str:
    """Look up every right that is lacking: the driver names one, in its own words."""
    try:
        return ", ".join(lacking_rights(engine))
    except DBAPIError:
        return ""
