"""`grants`: what gives the exporter's users in database and broker what they need and no more."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from exporter.errors import Exit, SettingsError
from exporter.observe.broker import is_redis
from exporter.observe.redis_layout import Layout
from exporter.observe.redis_link import connect
from exporter.observe.redis_rights import may_read, may_send
from exporter.observe.results import key_prefix
from exporter.repair.grants import grants
from exporter.service.build import broker_options

if TYPE_CHECKING:
    import argparse

    from sqlalchemy import URL

    from exporter.settings import Settings

_DIALECTS = {"postgres": "postgresql", "mysql": "mariadb"}
_DATABASE = "timesketch"


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print the script for `options.dialect` (None: that of database.url) on standard output.

    Further options: `reader` and `repairer` in the database, `broker_user` in Redis, and whether
    that one may `requeue`. Raises SettingsError where no dialect is known.
    """
    if options.dialect == "redis":
        read, send = _lines_for_redis(settings, options.broker_user)
        sys.stdout.write("".join(f"{line}\n" for line in (read, send)[: 1 + options.requeue]))
        return Exit.OK
    url = _url(settings)
    script = grants(
        options.dialect or _dialect(url),
        database=(url.database if url is not None else None) or _DATABASE,
        reader=options.reader,
        repairer=options.repairer,
    )
    sys.stdout.write(script + _section(settings, options.broker_user))
    return Exit.OK


def _section(settings: Settings, user: str) -> str:
    """The lines for Redis as comments, since a database cannot run them; none for RabbitMQ."""
    if settings.broker.url is not None and not is_redis(settings.broker_url):
        return ""
    read, send = _lines_for_redis(settings, user)
    return f"""
-- The broker's user (broker.url) reads queues and results, asks workers, and writes only its own
-- list of replies. For redis-cli, in Redis 7 or later or Valkey. The user comes first:
--   ACL SETUSER {user} on >...
--   {read}
-- Only to send lost imports again (requeue) it has to write messages as well:
--   {send}
"""


def _lines_for_redis(settings: Settings, user: str) -> tuple[str, str]:
    """The line to read by, and the one to requeue by; without broker.url, as kombu has it."""
    layout = Layout()
    if settings.broker.url is not None:
        if not is_redis(settings.broker_url):
            raise SettingsError("no grants for this broker: broker.url is not that of a Redis")
        layout = connect(broker_options(settings)).layout
    queues = settings.broker.queues
    results = key_prefix(settings.results.transport_options)
    return may_read(user, layout, queues, results=results), may_send(user, layout, queues)


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
