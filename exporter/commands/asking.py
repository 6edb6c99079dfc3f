"""Who asks for a repair at the command line, and whether they mean it."""

from __future__ import annotations

import os
import pwd
import socket
import sys
from typing import TYPE_CHECKING

from exporter.commands.terminal import remarks
from exporter.errors import SettingsError
from exporter.repair.guards import Mode
from exporter.repair.records import Origin
from exporter.service.repairing import guard_rules

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from exporter.settings import Settings

_ANSWER = "yes"


def origin() -> Origin:
    """The user of this process and the host, as the journal takes them down."""
    user = os.getuid()
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:  # a container may run under a number that nobody gave a name
        name = str(user)
    return Origin(actor=f"{name}@{socket.gethostname()}", trigger="cli")


def require_a_terminal() -> None:
    """SettingsError where nobody could be asked."""
    if not sys.stdin.isatty():
        raise SettingsError("nobody can be asked, for standard input is no terminal: give --yes")


def will_write(settings: Settings, options: argparse.Namespace) -> bool:
    """Whether this run may write; SettingsError where it would have to ask and cannot.

    Options: `dry_run`, `yes`.
    """
    writes = guard_rules(settings).mode is Mode.ENFORCE and not options.dry_run
    if writes and not options.yes:
        require_a_terminal()
    return writes


def confirmed(question: str, console: Console | None = None) -> bool:
    """Ask; only a typed `yes` is one."""
    console = console or remarks()
    try:
        answer = console.input(f"{question} Type {_ANSWER} to go ahead: ", markup=False)
    except EOFError:
        answer = ""
    return answer.strip().lower() == _ANSWER
