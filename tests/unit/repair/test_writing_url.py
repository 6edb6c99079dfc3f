"""Which URLs of the writing database are taken, and what is said of the others."""

from __future__ import annotations

import pytest

from exporter.errors import SettingsError
from exporter.repair.writing import writing_engine


@pytest.mark.parametrize("url", ["", "postgresql//u:p@db", "redis://:secret@db/0"])
def test_refused(url: str) -> None:
    """Something else than a database's URL is named with this setting, not the reader's."""
    with pytest.raises(SettingsError, match=r"^repair\.database-url") as caught:
        writing_engine(url, timeout=5)

    assert "secret" not in str(caught.value)


def test_sqlite_makes_no_file() -> None:
    """A SQLite file must be there already."""
    assert writing_engine("sqlite:////nowhere/x.db", timeout=5).url.query["mode"] == "rw"
