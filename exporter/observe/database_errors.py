"""The error to raise when Timesketch's database cannot be read: one line for an operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.errors import (
    DatabasePrivilegeError,
    DatabaseUnreachableError,
    NotTimesketchDatabaseError,
    SourceError,
)
from exporter.observe.driver_errors import first_line, is_denied, is_missing, is_too_slow, place
from exporter.observe.schema import find_defects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine
    from sqlalchemy.exc import DBAPIError


def wrap(
    error: DBAPIError,
    engine: Engine,
    *,
    needs: Mapping[str, frozenset[str]],
    timeout: float,
    cut: bool,
) -> SourceError:
    """Return the error to raise. `cut`: we cut the connection because it took too long."""
    where = place(engine.url)
    if is_missing(error) or is_denied(error):
        return _explain(error, engine, needs, where)
    if is_too_slow(error):
        return DatabaseUnreachableError(
            f"{where} needed more than {timeout:g} s for a statement; "
            "raise database.timeout if it is that large or busy"
        )
    if cut:
        return DatabaseUnreachableError(f"{where} keeps the connection but does not answer")
    return DatabaseUnreachableError(f"cannot read {where}: {first_line(error)}")


def _explain(
    error: DBAPIError, engine: Engine, needs: Mapping[str, frozenset[str]], where: str
) -> SourceError:
    """Look up every table that is meant: drivers name one at best, each in its own words."""
    defects = find_defects(engine, needs)
    if defects.denied and not defects.missing:
        tables = ", ".join(defects.denied)
        return DatabasePrivilegeError(
            f"user {engine.url.username} of {where} may not read {tables}: grant SELECT on it"
        )
    missing = ", ".join(defects.missing) or first_line(error)
    return NotTimesketchDatabaseError(
        f"{where} is not Timesketch's database or of an unknown version; missing: {missing}"
    )
