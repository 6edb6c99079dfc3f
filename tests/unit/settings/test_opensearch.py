"""OpenSearch's address: given, or put together from timesketch.conf; and limits by task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter.errors import SettingsError
from exporter.settings import Settings, load, sources

if TYPE_CHECKING:
    from pathlib import Path

CONF = """
SQLALCHEMY_DATABASE_URI = "postgresql://timesketch:secret@postgres/timesketch"
CELERY_BROKER_URL = "redis://redis:6379"
{}
"""

ADDRESSES = [
    pytest.param(
        'OPENSEARCH_HOSTS = [{"host": "opensearch", "port": 9200}]',
        "http://opensearch:9200",
        id="as upstream has it",
    ),
    pytest.param(
        'OPENSEARCH_HOSTS = [{"host": "a", "port": 9200}, {"host": "b", "port": 9201}]\n'
        'OPENSEARCH_SSL = True\nOPENSEARCH_USER = "reader"\nOPENSEARCH_PASSWORD = "a@b:c/d;e"',
        "https://reader:a%40b%3Ac%2Fd%3Be@a:9200;https://reader:a%40b%3Ac%2Fd%3Be@b:9201",
        id="a cluster with a login",
    ),
    pytest.param(
        'OPENSEARCH_HOST = "127.0.0.1"\nOPENSEARCH_PORT = 9201',
        "http://127.0.0.1:9201",
        id="an old one",
    ),
    pytest.param('OPENSEARCH_HOST = "old"', "http://old:9200", id="the usual port"),
    pytest.param("", None, id="none"),
    pytest.param('OPENSEARCH_HOSTS = os.environ["HOSTS"]', None, id="computed"),
    pytest.param("OPENSEARCH_HOSTS = 'opensearch'", None, id="a text"),
    pytest.param("OPENSEARCH_HOSTS = [{'port': 9200}]", None, id="without a host"),
]


def loaded(directory: Path, lines: str, **flags: str) -> Settings:
    """Settings by a timesketch.conf with these lines, and flags besides."""
    path = directory / "timesketch.conf"
    path.write_text(CONF.format(lines))
    given = {name.replace("__", ".").replace("_", "-"): value for name, value in flags.items()}
    return load({"timesketch.config": str(path), **given}, {})


@pytest.mark.parametrize(("lines", "url"), ADDRESSES)
def test_the_address_is_put_together(tmp_path: Path, lines: str, url: str | None) -> None:
    """Hosts, port, login and TLS make a URL; what only executing the file could tell makes none."""
    assert loaded(tmp_path, lines).opensearch_url == url


def test_certificates_come_along(tmp_path: Path) -> None:
    """What Timesketch trusts is trusted as well, unless a setting says otherwise."""
    lines = (
        'OPENSEARCH_HOSTS = [{"host": "a", "port": 9200}]\nOPENSEARCH_SSL = True\n'
        'OPENSEARCH_VERIFY_CERTS = False\nOPENSEARCH_CA_CERTS = "/etc/ca.pem"'
    )
    made = loaded(tmp_path, lines).opensearch
    assert (made.verify_certs, str(made.ca_file)) == (False, "/etc/ca.pem")
    assert loaded(tmp_path, lines, opensearch__verify_certs="true").opensearch.verify_certs


def test_another_source_wins(tmp_path: Path) -> None:
    """A URL that is given stands, and nothing of Timesketch's is mixed with it."""
    lines = (
        'OPENSEARCH_HOSTS = [{"host": "a", "port": 9200}]\n'
        "OPENSEARCH_SSL = True\nOPENSEARCH_VERIFY_CERTS = False"
    )
    made = loaded(tmp_path, lines, opensearch__url="https://other:9200")
    assert made.opensearch_url == "https://other:9200"
    assert made.opensearch.verify_certs


def test_watching_can_be_switched_off(tmp_path: Path) -> None:
    """Where OpenSearch cannot be reached from here, nobody need wait for it."""
    lines = 'OPENSEARCH_HOSTS = [{"host": "a", "port": 9200}]'
    assert loaded(tmp_path, lines, opensearch__watch="false").opensearch_url is None


def test_without_the_library_the_address_is_of_no_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has not installed the extra is not watched for what timesketch.conf says."""
    monkeypatch.setattr(sources, "_OPENSEARCH_LIBRARY", "a_library_that_nobody_has")
    lines = 'OPENSEARCH_HOSTS = [{"host": "a", "port": 9200}]'
    assert loaded(tmp_path, lines).opensearch_url is None


def test_the_address_may_stand_in_a_file(tmp_path: Path) -> None:
    """Its first line is the URL."""
    (tmp_path / "url").write_text("https://u:p@opensearch:9200\n")
    settings = load({"opensearch.url-file": str(tmp_path / "url")}, {})
    assert settings.opensearch_url == "https://u:p@opensearch:9200"


def test_limits_are_by_task() -> None:
    """Each task that is known has a setting; those that are set are told by the task's name."""
    flags = {"limits.run-plaso": "24h", "limits.run-sketch-analyzer": "90m"}
    assert load(flags, {}).limits.by_task == {"run_plaso": 86_400.0, "run_sketch_analyzer": 5_400.0}
    assert load({}, {}).limits.by_task == {}


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"LIMITS__RUN_PLASSO": "24h"}, "did you mean TIMESKETCH_EXPORTER_LIMITS__RUN_PLASO?"),
        ({"LIMITS__RUN_PLASO": "long"}, "is not a duration"),
        ({"LIMITS__ENFORCE": "yes"}, "is not one of 'true' or 'false'"),
        ({"OPENSEARCH__URL": "opensearch:9200"}, "is not a URL"),
    ],
)
def test_mistakes_are_told(variables: dict[str, str], words: str) -> None:
    """An unknown task, and values that cannot be."""
    environ = {f"TIMESKETCH_EXPORTER_{name}": value for name, value in variables.items()}
    with pytest.raises(SettingsError) as caught:
        load({}, environ)
    assert words in str(caught.value)
