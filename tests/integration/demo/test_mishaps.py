"""The Timesketch of the profile `demo` says in a line why it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter.demo.mishaps import main

if TYPE_CHECKING:
    from pathlib import Path

_NOWHERE = """
SQLALCHEMY_DATABASE_URI = "postgresql+psycopg2://timesketch@127.0.0.1:1/timesketch"
CELERY_BROKER_URL = "redis://127.0.0.1:1"
"""


@pytest.mark.parametrize(
    ("conf", "reason"),
    [
        (None, "no such file or directory"),
        ("CELERY_BROKER_URL = 'redis://redis'", "names no SQLALCHEMY_DATABASE_URI"),
        (_NOWHERE, "Connection refused"),
    ],
    ids=["no file", "no database", "nobody answers"],
)
def test_bad_configuration(
    conf: str | None, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A timesketch.conf from which it cannot start is one line and the exit code 1."""
    file, token = tmp_path / "timesketch.conf", tmp_path / "token"
    if conf is not None:
        file.write_text(conf)
    assert main([str(file), str(token)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("demo: ")
    assert reason in said
    assert len(said.splitlines()) == 1
    assert not token.exists()
