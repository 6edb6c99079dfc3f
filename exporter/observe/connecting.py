"""From a database's URL to an engine with the exporter's own driver and time-outs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import URL, NullPool, QueuePool, create_engine, make_url
from sqlalchemy.exc import ArgumentError

from exporter.errors import SettingsError
from exporter.observe.driver_errors import place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine


def new_engine(
    url: str,
    *,
    setting: str,
    sqlite_mode: str,
    timeout: float,
    lifetime: float,
    kept: bool,
) -> Engine:
    """Return an engine that connects lazily; its options keep `timeout` and `lifetime`.

    `timeout` (seconds) bounds a connection attempt, `lifetime` how long a connection may be in use
    without a break. A connection is `kept` for the next use, or closed after each. The driver is
    ours to choose, so `postgresql://`, `postgresql+asyncpg://` and so on mean the same.
    `sqlite_mode` is SQLite's `ro` or `rw`: neither makes a file. Raises SettingsError, which names
    the `setting`, for a URL of another kind, or if the driver is not installed.
    """
    parsed = _with_our_driver(url, setting, sqlite_mode)
    kept = kept and parsed.get_backend_name() != "sqlite"
    try:
        return create_engine(
            parsed,
            poolclass=QueuePool if kept else NullPool,
            connect_args=_connect_arguments(parsed, timeout, lifetime),
            execution_options={"lifetime": lifetime, "timeout": timeout},
        )
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"{setting}: {place(parsed)} needs the driver {error.name}: "
            "install timesketch-exporter[mariadb]"
        ) from error


def _with_our_driver(url: str, setting: str, sqlite_mode: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingsError(
            f"{setting} is not a URL like postgresql://user:password@host:5432/timesketch"
        ) from None
    match parsed.get_backend_name():
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg2")
        case "mysql" | "mariadb":
            return parsed.set(drivername="mysql+pymysql")
        case "sqlite" if parsed.database:
            # As a URI, so that a wrong path does not make an empty file.
            return parsed.set(
                drivername="sqlite",
                database=f"file:{quote(parsed.database)}",
                query={"mode": sqlite_mode, "uri": "true"},
            )
    raise SettingsError(
        f"{setting}: {parsed.drivername} is no database that Timesketch runs on; "
        "it starts with postgresql:// or mysql://"
    )


def _connect_arguments(url: URL, timeout: float, lifetime: float) -> dict[str, Any]:
    """Return the driver's own options (hence Any), except those that the URL sets itself."""
    whole = max(1, math.ceil(timeout))
    arguments: Mapping[str, Any]
    match url.get_backend_name():
        case "postgresql":
            arguments = {
                "application_name": "timesketch-exporter",
                "connect_timeout": max(2, whole),  # libpq takes 1 for 2
                "keepalives_idle": whole,
                "keepalives_interval": whole,
                "keepalives_count": 3,
                "tcp_user_timeout": int(lifetime * 1000),
            }
        case "mysql":
            arguments = {
                "connect_timeout": whole,
                "read_timeout": math.ceil(lifetime),
                "write_timeout": math.ceil(lifetime),
            }
        case _:
            arguments = {"timeout": timeout}
    return {name: value for name, value in arguments.items() if name not in url.query}
