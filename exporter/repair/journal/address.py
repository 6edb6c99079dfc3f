"""Where the journal is: what `journal.url` means."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from exporter.errors import SettingsError
from exporter.observe.driver_errors import place

if TYPE_CHECKING:
    from sqlalchemy import URL


@dataclass(frozen=True, slots=True)
class Address:
    """`url` is for the driver, `place` for people (without user and password), `file` SQLite's."""

    url: URL
    place: str
    file: Path | None = None

    @property
    def user(self) -> str | None:
        """PostgreSQL's user."""
        return self.url.username

    @classmethod
    def parse(cls, text: str) -> Address:
        """Take a URL apart. The driver is ours to choose; raises SettingsError for other kinds."""
        try:
            url = make_url(text)
        except (ArgumentError, ValueError):
            raise SettingsError(
                "journal.url is not a URL like sqlite:////var/lib/timesketch-exporter/journal.db"
            ) from None
        match url.get_backend_name():
            case "postgresql" | "postgres":
                return cls(url.set(drivername="postgresql+psycopg2"), place(url))
            case "sqlite" if url.database and url.database != ":memory:":
                return cls(_file_url(url, url.database), place(url), Path(url.database))
            case "sqlite":
                raise SettingsError(
                    "journal.url names no file, and a journal in memory would be lost"
                )
        raise SettingsError(
            f"journal.url: {url.drivername} cannot hold the journal; "
            "it starts with sqlite:/// or postgresql://"
        )


def _file_url(url: URL, path: str) -> URL:
    # rw and not rwc: a file that has gone is an error, not the reason for an empty journal.
    return url.set(
        drivername="sqlite",
        database=f"file:{quote(path)}",
        query={"mode": "rw", "uri": "true"},
    )
