"""The command line is taken apart into a command, its options and settings."""

from __future__ import annotations

import pytest

from exporter.arguments import parse
from exporter.options import COMMANDS
from exporter.settings.catalogue import SETTINGS


@pytest.mark.parametrize(
    "argv",
    [
        "--broker.url redis://h --scan.interval=1s scan --sketch 3 --output json",
        "scan --sketch 3 --broker.url=redis://h --output json --scan.interval 1s",
    ],
)
def test_settings_stand_before_or_after_the_command(argv: str) -> None:
    """Where a settings flag stands makes no difference."""
    line = parse(argv.split())
    assert line.problems == []
    assert line.command is not None
    assert line.command.name == "scan"
    assert line.flags == {"broker.url": "redis://h", "scan.interval": "1s"}
    assert vars(line.options) == {"sketch": 3, "output": "json", "watch": False}


def test_a_list_may_be_given_piece_by_piece() -> None:
    """A repeated list adds up; of any other repeated flag the last counts."""
    argv = "--broker.queues a --broker.queues b,c --log.level info --log.level debug serve"
    line = parse(argv.split())
    assert line.flags == {"broker.queues": "a,b,c", "log.level": "debug"}


@pytest.mark.parametrize(
    ("argv", "problems"),
    [
        ("", ["no command: give one of serve, scan, explain, repair, undo, journal, "]),
        ("scna", ["unknown command scna (did you mean scan?)"]),
        ("serve --broker.ulr x", ["unknown flag --broker.ulr (did you mean --broker.url?)"]),
        ("serve --broker.ulr=x", ["unknown flag --broker.ulr (did you mean --broker.url?)"]),
        ("--broker.ulr x serve", ["unknown flag --broker.ulr (did you mean --broker.url?)"]),
        ("-broker.url x serve", ["unknown flag -broker.url (did you mean --broker.url?)"]),
        ("serve --nothing.like-it x", ["unknown flag --nothing.like-it"]),
        ("scan --wach", ["unknown flag --wach (did you mean --watch?)"]),
        ("scan --out json", ["unknown flag --out"]),
        ("serve --watch", ["unknown flag --watch"]),
        ("serve now", ["unexpected argument now"]),
        ("serve --broker.url", ["flag --broker.url needs a value"]),
        ("serve --broker.url --log.level debug", ["flag --broker.url needs a value"]),
        ("explain", ["the following arguments are required: TIMELINE"]),
        ("explain first", ["TIMELINE: 'first' is not a whole number above 0"]),
        ("scan --sketch 0", ["--sketch: '0' is not a whole number above 0"]),
        ("scan --a.b x --wach --scan.interval", ["--a.b", "--scan.interval", "--wach"]),
    ],
)
def test_every_mistake_is_told(argv: str, problems: list[str]) -> None:
    """Each wrong flag, command or value is a line, with the nearest right one."""
    found = parse(argv.split()).problems
    assert len(found) == len(problems)
    for line, expected in zip(found, problems, strict=True):
        assert expected in line


def test_help_shows_every_command_and_setting(capsys: pytest.CaptureFixture[str]) -> None:
    """--help names all commands and all settings with their defaults."""
    with pytest.raises(SystemExit) as caught:
        parse(["--help"])
    printed = capsys.readouterr().out
    assert caught.value.code == 0
    for setting in SETTINGS:
        assert f"{setting.flag} {setting.kind}" in printed
    for command in COMMANDS:
        assert f"\n    {command.name} " in printed
    assert "(default 12h)" in printed


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_each_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--help after a command tells its own options, whatever settings are given."""
    with pytest.raises(SystemExit) as caught:
        parse([command, "--log.level", "debug", "--help"])
    assert caught.value.code == 0
    assert f"usage: timesketch-exporter {command} " in capsys.readouterr().out
