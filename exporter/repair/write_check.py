"""What `check` says about the way to repair: whether rows can be read, and written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from exporter.observe.database import Reading
from exporter.observe.driver_errors import first_line, is_read_only, place
from exporter.observe.schema import find_defects
from exporter.repair.rights import LABELS, ROWS
from exporter.repair.schema import COLUMNS
from exporter.repair.write_probe import lacking_rights
from exporter.snapshot import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

# PostgreSQL's sources of a setting that hold for every session alike (pg_settings.source).
_COMMON_SOURCES = frozenset(
    {"default", "configuration file", "command line", "environment variable", "database"}
)


def check_rows(engine: Engine) -> Iterator[Finding]:
    """Look, as the reading user, whether everything can be read that repairs are planned from."""
    try:
        defects = find_defects(engine, {**ROWS, **LABELS})
    except DBAPIError as error:
        yield Finding("repair reading", "failure", first_line(error))
        return
    if defects.missing:
        text = f"not in this Timesketch, or of an unknown version: {', '.join(defects.missing)}"
        yield Finding("repair reading", "failure", text)
    elif defects.denied:
        text = f"no right to SELECT {', '.join(defects.denied)}: see timesketch-exporter grants"
        yield Finding("repair reading", "failure", text)
    else:
        yield Finding("repair reading", "ok", "the rows that repairs are planned from can be read")


def check_writer(engine: Engine) -> Iterator[Finding]:
    """Look, as the writing user, at connection, schema and rights, until something fails.

    Nothing is changed. `engine` is one of `writing_engine`.
    """
    where = place(engine.url)
    try:
        with engine.connect() as connection:
            server = Reading(connection).server()
            time_zone = Reading(connection).time_zone()
    except (DBAPIError, TypeError) as error:  # TypeError: PyMySQL refuses an unknown option so
        words = first_line(error) if isinstance(error, DBAPIError) else str(error)
        level = "repair database" if _read_only(error) else "repair connection"
        yield Finding(level, "failure", f"cannot open {where}: {words}")
        return
    yield Finding("repair connection", "ok", f"{where} answers: {server}")
    try:
        missing = find_defects(engine, COLUMNS).missing
        lacking = () if missing else lacking_rights(engine)
    except DBAPIError as error:
        words = first_line(error)
        if _read_only(error):
            words = f"takes no writes ({words}); name the primary server"
        yield Finding("repair database", "failure", words)
        return
    if missing:
        text = f"not Timesketch's, or of an unknown version; missing: {', '.join(missing)}"
        yield Finding("repair schema", "failure", text)
        return
    if lacking:
        text = f"this user lacks {', '.join(lacking)}: see timesketch-exporter grants"
        yield Finding("repair rights", "failure", text)
    else:
        yield Finding("repair rights", "ok", "may read and write what a repair needs")
    if time_zone is not None and time_zone[1] not in _COMMON_SOURCES:
        text = (
            f"this user's sessions have a time zone of their own ({time_zone[0]}, set by "
            f"{time_zone[1]}); status rows written by repairs would be dated in it"
        )
        yield Finding("repair time zone", "warning", text)


def _read_only(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and is_read_only(error)
