"""docs/settings.md says what the declarations say."""

from __future__ import annotations

from pathlib import Path

from exporter.settings.catalogue import SETTINGS
from exporter.settings.document import document

COMMITTED = Path(__file__).parents[3] / "docs" / "settings.md"


def test_the_committed_document_is_the_generated_one() -> None:
    """A setting that is not documented fails here: run `make docs`."""
    assert COMMITTED.read_text(encoding="utf-8") == document()


def test_every_setting_says_what_it_does() -> None:
    """Each setting has a description of one or more sentences and a kind of value."""
    for setting in SETTINGS:
        assert setting.description.endswith("."), setting.name
        assert setting.kind, setting.name
