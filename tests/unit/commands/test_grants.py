"""`grants` prints the script for the server that is meant."""

from __future__ import annotations

from argparse import Namespace

import pytest

from exporter.commands.grants import run
from exporter.errors import SettingsError
from exporter.settings import load


def printed(capsys: pytest.CaptureFixture[str], url: str | None, dialect: str | None = None) -> str:
    """What is printed for a database.url and a --dialect."""
    settings = load({} if url is None else {"database.url": url}, {})
    assert run(settings, Namespace(dialect=dialect, reader="seer", repairer="mender")) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("url", "dialect", "words"),
    [
        (
            "postgresql+psycopg2://u:hunter2@h/cases",
            None,
            'ON DATABASE "cases" TO "seer", "mender"',
        ),
        ("postgres://h/cases", None, 'ON DATABASE "cases"'),
        ("mysql://u:hunter2@h/cases", None, "ON `cases`.`timeline_status` TO `mender`@`%`"),
        ("mariadb://h/cases", None, "ON `cases`.`timeline_status`"),
        (None, "postgresql", 'ON DATABASE "timesketch"'),
        ("postgresql://h/cases", "mariadb", "ON `cases`.`timeline`"),
    ],
)
def test_the_dialect_is_that_of_the_database(
    capsys: pytest.CaptureFixture[str], url: str | None, dialect: str | None, words: str
) -> None:
    """Dialect and database come from database.url, unless a dialect is given."""
    script = printed(capsys, url, dialect)
    assert words in script
    assert "hunter2" not in script


@pytest.mark.parametrize(
    ("url", "words"),
    [(None, "Give --dialect, or --database.url"), ("sqlite:////x", "no grants for sqlite")],
)
def test_without_a_server_it_says_what_is_missing(
    capsys: pytest.CaptureFixture[str], url: str | None, words: str
) -> None:
    """A server that is not known, or that knows no grants, is told in a line."""
    with pytest.raises(SettingsError, match=words):
        printed(capsys, url)
