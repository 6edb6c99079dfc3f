"""The places for a journal that figures are taken with, each new and empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from bench.site import Site

KINDS = ("sqlite", "postgresql")


def new_journal(site: Site, kind: str, name: str) -> str:
    """Return the URL of a journal that is not there yet."""
    if kind == "sqlite":
        return f"sqlite:///{site.directory / name}.db"
    return site.create_database(name)


def ask(url: str, query: str) -> tuple[float, ...]:
    """Return the one row that a query finds in a journal."""
    engine = create_engine(url)
    with engine.connect() as connection:
        (row,) = connection.execute(text(query)).all()
    engine.dispose()
    return tuple(row)
