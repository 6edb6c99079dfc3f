"""The command line: arguments and environment become frozen settings, and one command runs."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING

from exporter import logs
from exporter.arguments import PROGRAM, parse
from exporter.errors import Exit, ExporterError, SettingsError
from exporter.settings import Settings, load
from exporter.urls import redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exporter.arguments import CommandLine

_INTERRUPTED = 130
_BROKEN_PIPE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` (without the program's name) asks for; returns its exit code."""
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except ExporterError as error:
        for line in str(error).splitlines():
            print(f"{PROGRAM}: {redact(line)}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has left; the interpreter would complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    return code


def _run(argv: Sequence[str]) -> int:
    try:
        line = parse(argv)
    except SystemExit:
        return Exit.OK  # argparse has printed what --help or --version asks for
    settings = _settings(line)
    if settings is None or line.command is None or line.problems:
        raise SettingsError("\n".join(line.problems))
    settings.require_addresses(*line.command.needs)
    logs.configure(settings.log.level, settings.log.format)
    # Loaded only now: --help and wrong flags should not wait for database drivers and web servers.
    command = importlib.import_module(line.command.module)
    return int(command.run(settings, line.options))


def _settings(line: CommandLine) -> Settings | None:
    try:
        return load(line.flags, os.environ)
    except SettingsError as error:
        line.problems.append(str(error))
        return None
