"""`grants`: the SQL that gives the reading and the repairing user what they need and no more."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from exporter.errors import Exit, SettingsError
from exporter.repair.grants import grants

if TYPE_CHECKING:
    import argparse

    from sqlalchemy import URL

    from exporter.settings import Settings

_DIALECTS = {"postgres": "postgresql", "mysql": "mariadb"}
_DATABASE = "timesketch"


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print the script for `options.dialect` (None: that of database.url) on standard output.

    Further options: `reader`, `repairer`. Raises SettingsError where no dialect is known.
    """
    url = _url(settings)
    sys.stdout.write(
        grants(
            options.dialect or _dialect(url),
            database=(url.database if url is not None else None) or _DATABASE,
            reader=options.reader,
            repairer=options.repairer,
        )
    )
    return Exit.OK


def _url(settings: Settings) -> URL | None:
    if settings.database.url is None:
        return None
    try:
        return make_url(settings.database_url)
    except (ArgumentError, ValueError):
        raise SettingsError(
            "database.url is not a URL like postgresql://user:password@host:5432/timesketch"
        ) from None


def _dialect(url: URL | None) -> str:
    if url is None:
        raise SettingsError("for which server? Give --dialect, or --database.url")
    backend = url.get_backend_name()
    return _DIALECTS.get(backend, backend)
