"""Which database URLs are taken, and what is said of the others."""

from __future__ import annotations

import sys

import pytest

from exporter.errors import SettingsError
from exporter.observe.database import reading_engine


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgresql://u:p@db/timesketch", "postgresql+psycopg2"),
        ("postgres://u:p@db/timesketch", "postgresql+psycopg2"),
        ("postgresql+asyncpg://u:p@db/timesketch", "postgresql+psycopg2"),
        ("mysql://u:p@db/timesketch", "mysql+pymysql"),
        ("mysql+mysqldb://u:p@db/timesketch", "mysql+pymysql"),
        ("mariadb://u:p@db/timesketch", "mysql+pymysql"),
    ],
)
def test_driver(url: str, driver: str) -> None:
    """The driver is the one that the exporter brings, whatever the URL names."""
    assert reading_engine(url, timeout=5).url.drivername == driver


@pytest.mark.parametrize("url", ["", "timesketch", "postgresql//u:p@db", "postgresql://db:port/x"])
def test_no_url(url: str) -> None:
    """Something that is no URL is a mistake in the settings, shown with an example."""
    with pytest.raises(SettingsError, match=r"database\.url is not a URL like postgresql://"):
        reading_engine(url, timeout=5)


@pytest.mark.parametrize("url", ["oracle://u:secret@db/x", "redis://:secret@db/0", "sqlite://"])
def test_other_database(url: str) -> None:
    """A database that Timesketch does not run on is refused by name, without the password."""
    with pytest.raises(SettingsError, match="no database that Timesketch runs on") as caught:
        reading_engine(url, timeout=5)

    assert "secret" not in str(caught.value)


def test_missing_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyMySQL is not installed, the extra that brings it is named."""
    monkeypatch.setitem(sys.modules, "pymysql", None)

    with pytest.raises(SettingsError, match=r"install timesketch-exporter\[mariadb\]"):
        reading_engine("mysql://u:p@db/timesketch", timeout=5)


def test_options_of_the_url_win() -> None:
    """An option in the URL is not overridden by the exporter's own."""
    engine = reading_engine("postgresql://db/timesketch?connect_timeout=77", timeout=5)

    _, options = engine.dialect.create_connect_args(engine.url)

    assert options["connect_timeout"] == "77"
