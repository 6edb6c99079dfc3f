"""Settings of repairs and of the journal: what is written how, and where the journal lies."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from exporter.errors import SettingsError
from exporter.settings import load

if TYPE_CHECKING:
    from pathlib import Path

READING = "postgresql://reader:hunter2@db/timesketch"
WRITING = "postgresql://writer:hunter2@db/timesketch"


def problem(name: str, value: str) -> str:
    """The one line that a wrong value ends with."""
    with pytest.raises(SettingsError) as caught:
        load({name: value}, {})
    return str(caught.value)


def test_nothing_is_written_unless_somebody_says_so() -> None:
    """By default repairs are planned and journalled, and nothing is protected."""
    repair = load({}, {}).repair
    assert (repair.mode, repair.partial, repair.budget) == ("dry-run", "ready", 20)
    assert (repair.protected_sketches, repair.protected_labels) == ((), ())


def test_what_is_protected_is_a_list() -> None:
    """Sketches are protected by their ids, given as numbers, and by labels, given as texts."""
    flags = {"repair.protected-sketches": "3, 14", "repair.protected-labels": "evidence,court"}
    repair = load(flags, {}).repair
    assert repair.protected_sketches == (3, 14)
    assert repair.protected_labels == ("evidence", "court")


@pytest.mark.parametrize("share", ["0.25", "1"])
def test_a_share_is_a_number_up_to_one(share: str) -> None:
    """The brake's share is above 0 and at most 1."""
    assert load({"repair.brake-share": share}, {}).repair.brake_share == Decimal(share)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("repair.brake-share", "0", "--repair.brake-share: '0' is not greater than 0"),
        ("repair.brake-share", "50", "--repair.brake-share: '50' is greater than 1"),
        ("repair.brake-share", "half", "--repair.brake-share: 'half' is not a number"),
        ("repair.budget", "0", "--repair.budget: '0' is not greater than 0"),
        (
            "repair.protected-sketches",
            "3,case",
            "--repair.protected-sketches: '3,case' is not a whole number",
        ),
        (
            "repair.mode",
            "on",
            "--repair.mode: 'on' is not one of 'off', 'dry-run' or 'enforce'",
        ),
    ],
)
def test_wrong_values_are_told(name: str, value: str, line: str) -> None:
    """A value that cannot be meant is refused in one line."""
    assert problem(name, value) == line


def test_without_a_user_of_its_own_repair_writes_through_the_reading_one() -> None:
    """A write connection is used where one is given, and the database's own elsewhere."""
    assert load({"database.url": READING}, {}).repair_url == READING
    flags = {"database.url": READING, "repair.database-url": WRITING}
    assert load(flags, {}).repair_url == WRITING


def test_the_write_connection_may_stand_in_a_file(tmp_path: Path) -> None:
    """The address files of repair and journal are read like those of the other addresses."""
    file = tmp_path / "url"
    file.write_text(WRITING)
    assert load({"repair.database-url-file": str(file)}, {}).repair_url == WRITING
    assert load({"journal.url-file": str(file)}, {}).journal_url == WRITING
    both = {"journal.url-file": str(file), "journal.url": "sqlite:////x"}
    with pytest.raises(SettingsError, match=r"--journal\.url and .* are both given"):
        load(both, {})


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        (
            {"STATE_DIRECTORY": "/var/lib/a:/var/lib/b", "XDG_STATE_HOME": "/x", "HOME": "/h"},
            "sqlite:////var/lib/a/journal.db",
        ),
        (
            {"XDG_STATE_HOME": "/x", "HOME": "/h"},
            "sqlite:////x/timesketch-exporter/journal.db",
        ),
        (
            {"XDG_STATE_HOME": "relative", "HOME": "/h"},
            "sqlite:////h/.local/state/timesketch-exporter/journal.db",
        ),
    ],
)
def test_the_journal_lies_in_the_state_directory(environ: dict[str, str], url: str) -> None:
    """The directory of systemd wins over the user's, and paths that are relative are none."""
    assert load({}, environ).journal_url == url


def test_a_journal_that_is_given_wins() -> None:
    """The state directory only serves where no journal is named."""
    flags = {"journal.url": "postgresql://h/journal"}
    assert load(flags, {"HOME": "/h"}).journal_url == "postgresql://h/journal"


@pytest.mark.parametrize("environ", [{}, {"HOME": "/home/a b"}, {"HOME": "/home/a?b"}])
def test_no_place_for_the_journal_is_told_when_it_is_needed(environ: dict[str, str]) -> None:
    """Without a directory that a URL can hold, only what needs a journal says so."""
    settings = load({}, environ)
    with pytest.raises(SettingsError, match="no place for the journal: give "):
        _ = settings.journal_url
