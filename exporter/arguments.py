"""The command line taken apart: a command, its options, and settings as flags.

A flag with a dot in its name is a setting, always takes a value, and stands before or after the
command; everything else belongs to the command. So settings are taken out first, and argparse sees
the rest.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from exporter import __version__
from exporter.errors import SettingsError
from exporter.options import COMMANDS
from exporter.settings.catalogue import BY_NAME, GROUPS, SETTINGS, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.options import Command

PROGRAM = "timesketch-exporter"


@dataclass(slots=True)
class CommandLine:
    """What was asked for. Where `problems` is not empty, nothing should be done but tell them."""

    flags: dict[str, str] = field(default_factory=dict)
    command: Command | None = None
    options: argparse.Namespace = field(default_factory=argparse.Namespace)
    problems: list[str] = field(default_factory=list)


def parse(argv: Sequence[str]) -> CommandLine:
    """Take `argv` apart. `--help` and `--version` print and raise SystemExit, as in argparse."""
    line = CommandLine()
    rest = _take_settings(argv, line)
    names = [command.name for command in COMMANDS]
    name = next((token for token in rest if not token.startswith("-")), None)
    if name is not None and name not in names:
        line.problems.append(f"unknown command {name}{nearest(name, names)}")
        return line
    try:
        line.options, unknown = _parser().parse_known_args(rest)
    except SettingsError as error:
        line.problems.append(str(error))
        return line
    line.command = next((command for command in COMMANDS if command.name == name), None)
    line.problems += _unknown(unknown, line.command)
    if line.command is None and not line.problems:
        line.problems.append(f"no command: give one of {', '.join(names)} (or --help)")
    return line


def _take_settings(argv: Sequence[str], line: CommandLine) -> list[str]:
    """Move the settings among `argv` into `line`; what is left over is returned."""
    rest = []
    tokens = iter(range(len(argv)))
    for index in tokens:
        flag, equals, value = argv[index].partition("=")
        if not flag.startswith("-") or "." not in flag:
            rest.append(argv[index])
            continue
        if not equals and index + 1 < len(argv) and not argv[index + 1].startswith("--"):
            equals, value = "=", argv[next(tokens)]
        setting = BY_NAME.get(flag.removeprefix("--"))
        if setting is None:
            flags = [setting.flag for setting in SETTINGS]
            line.problems.append(f"unknown flag {flag}{nearest(flag, flags)}")
        elif not equals:
            line.problems.append(f"flag {flag} needs a value")
        elif setting.kind == "LIST" and setting.name in line.flags:
            line.flags[setting.name] += f",{value}"
        else:
            line.flags[setting.name] = value
    return rest


def _unknown(tokens: Sequence[str], command: Command | None) -> list[str]:
    parser = argparse.ArgumentParser(add_help=True)
    if command is not None and command.add_options is not None:
        command.add_options(parser)
    known = [setting.flag for setting in SETTINGS]
    known += [option for action in parser._actions for option in action.option_strings]  # noqa: SLF001  argparse offers no public list
    flags = [token.partition("=")[0] for token in tokens if token.startswith("-")]
    if not flags:
        return [f"unexpected argument {token}" for token in tokens]
    return [f"unknown flag {flag}{nearest(flag, known)}" for flag in flags]


class _Parser(argparse.ArgumentParser):
    """argparse, with errors raised and not printed, and no guessing of shortened flags."""

    def __init__(self, **keywords: object) -> None:
        super().__init__(
            **keywords,  # type: ignore[arg-type]  # argparse's own keywords, passed through
            allow_abbrev=False,
            formatter_class=lambda prog: argparse.HelpFormatter(
                prog, max_help_position=40, width=100
            ),
        )

    def error(self, message: str) -> NoReturn:
        raise SettingsError(message.removeprefix("argument "))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} [--GROUP.SETTING VALUE ...] COMMAND [OPTION ...]",
        description="Finds Timesketch timelines that say processing while nothing processes them.",
        epilog="Every setting is also a variable (--broker.url: TIMESKETCH_EXPORTER_BROKER__URL) "
        "and a key of the YAML file (broker: {url: ...}). Passwords in flags show in ps; "
        "those in variables and files do not.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", prog=PROGRAM)
    for command in COMMANDS:
        subparser = commands.add_parser(
            command.name,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            epilog=f"Settings stand before or after the command: see {PROGRAM} --help.",
        )
        if command.add_options is not None:
            command.add_options(subparser)
    for group, model in GROUPS.items():
        shown = parser.add_argument_group(f"{group}: {(model.__doc__ or '').rstrip('.')}")
        for setting in SETTINGS:
            if setting.group == group:
                default = f" (default {setting.default})" if setting.default else ""
                text = f"{setting.description.rstrip('.')}{default}".replace("%", "%%")
                shown.add_argument(
                    setting.flag, metavar=setting.kind, help=text, default=argparse.SUPPRESS
                )
    return parser
