"""What `check` says about Timesketch's database, a line for each thing that can be wrong."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from exporter.errors import SourceError
from exporter.observe import index_proposal
from exporter.observe.database import reading
from exporter.observe.driver_errors import first_line, place
from exporter.observe.schema import COLUMNS, find_defects
from exporter.observe.timelines import TimelinesReader
from exporter.observe.write_rights import writable_tables
from exporter.snapshot import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

_SKEW_TOLERATED = 5.0
# PostgreSQL's sources of a setting that hold for every session alike (pg_settings.source).
_COMMON_SOURCES = frozenset(
    {"default", "configuration file", "command line", "environment variable", "database"}
)


def check_database(engine: Engine, *, clock: Callable[[], float] = time.time) -> Iterator[Finding]:
    """Look at connection, schema, rights, clock and contents, until something fails."""
    try:
        with reading(engine) as transaction:
            server = transaction.server()
            time_zone = transaction.time_zone()
    except SourceError as error:
        yield Finding("database connection", "failure", str(error))
        return
    yield Finding("database connection", "ok", f"{place(engine.url)} answers: {server}")
    try:
        defects = find_defects(engine)
        writable = writable_tables(engine, sorted(COLUMNS))
    except DBAPIError as error:
        yield Finding("database schema", "failure", first_line(error))
        return
    if defects.missing:
        text = f"not Timesketch's, or of an unknown version; missing: {', '.join(defects.missing)}"
        yield Finding("database schema", "failure", text)
    else:
        yield Finding("database schema", "ok", f"every column of {len(COLUMNS)} tables is there")
    if defects.denied:
        text = f"no right to SELECT from {', '.join(defects.denied)}: grant it"
        yield Finding("database rights", "failure", text)
    elif writable:
        text = f"this user may also write ({', '.join(writable)}): reading is all that is needed"
        yield Finding("database rights", "warning", text)
    else:
        yield Finding("database rights", "ok", "may read what is needed and write nothing of it")
    if not defects.missing and not defects.denied:
        yield from _contents(engine, clock)
    if time_zone is not None and time_zone[1] not in _COMMON_SOURCES:
        text = (
            f"this user's sessions have a time zone of their own ({time_zone[0]}, set by "
            f"{time_zone[1]}); Timesketch's timestamps carry none, so ages may be wrong by hours"
        )
        yield Finding("database time zone", "warning", text)


def _contents(engine: Engine, clock: Callable[[], float]) -> Iterator[Finding]:
    try:
        found = TimelinesReader(engine, clock=clock).read()
    except SourceError as error:
        yield Finding("database reading", "failure", str(error))
        return
    if found.skew is not None:
        level = "ok" if abs(found.skew) <= _SKEW_TOLERATED else "warning"
        text = f"the database's clock is {found.skew:+.1f} s from the exporter's"
        yield Finding("database clock", level, text)
    if found.statuses is None:
        text = "counting the timelines takes longer than database.timeout: no timesketch_timelines"
        yield Finding("database contents", "warning", text)
    else:
        text = (
            f"{sum(found.statuses.values())} timelines in living sketches, "
            f"{len(found.timelines)} processing; {len(found.analyses)} analyses unfinished"
        )
        yield Finding("database contents", "ok", text)
    if found.statuses is None or sum(found.statuses.values()) >= index_proposal.LARGE:
        yield from _indexes(engine)


def _indexes(engine: Engine) -> Iterator[Finding]:
    try:
        missing = index_proposal.proposal(engine)
    except DBAPIError as error:
        yield Finding("database indexes", "warning", first_line(error))
        return
    if missing:
        text = f"optional, each scan would read less: {'; '.join(missing)}"
        yield Finding("database indexes", "ok", text)
