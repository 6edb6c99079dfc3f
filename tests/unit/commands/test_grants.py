"""`grants` prints the script for the server that is meant."""

from __future__ import annotations

from argparse import Namespace

import pytest

from exporter.commands.grants import run
from exporter.errors import SettingsError
from exporter.settings import load


def printed(
    capsys: pytest.CaptureFixture[str],
    url: str | None,
    dialect: str | None = None,
    *,
    broker: str | None = None,
    requeue: bool = False,
) -> str:
    """What is printed for a database.url, a --dialect and a broker.url."""
    given = {"database.url": url, "broker.url": broker}
    settings = load({name: value for name, value in given.items() if value is not None}, {})
    options = Namespace(
        dialect=dialect, reader="seer", repairer="mender", broker_user="asker", requeue=requeue
    )
    assert run(settings, options) == 0
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


def test_what_a_database_cannot_run_is_a_comment(capsys: pytest.CaptureFixture[str]) -> None:
    """The script of SQL tells the lines for Redis, and can still be given to psql as it is."""
    script = printed(capsys, "postgresql://h/cases", broker="redis://u:hunter2@h/3")
    of_redis = [line for line in script.splitlines() if "ACL SETUSER asker" in line]
    assert len(of_redis) == 3
    assert all(line.startswith("--   ") for line in of_redis)
    assert "&/3.celery.pidbox" in of_redis[1]
    assert "hunter2" not in script


def test_redis_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """With --dialect redis nothing is printed but commands, the second one where it is meant."""
    for requeue, count in ((False, 1), (True, 2)):
        lines = printed(capsys, None, "redis", requeue=requeue).splitlines()
        assert len(lines) == count
        assert all(line.startswith("ACL SETUSER asker ") for line in lines)


def test_rabbitmq_has_no_such_users(capsys: pytest.CaptureFixture[str]) -> None:
    """Where the broker is another, the script is that of the database alone."""
    amqp = "amqp://u:hunter2@h//"
    assert "ACL" not in printed(capsys, "postgresql://h/cases", broker=amqp)
    with pytest.raises(SettingsError, match=r"broker\.url is not that of a Redis"):
        printed(capsys, None, "redis", broker=amqp)
