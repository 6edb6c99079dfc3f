"""The commands, and the options that each of them takes besides the settings."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from exporter.settings import durations

if TYPE_CHECKING:
    from collections.abc import Callable

_EXAMPLE = "2026-11-23T10:00:00Z"


@dataclass(frozen=True, slots=True)
class Command:
    """One command: the module whose `run` does it, and how its own options are declared.

    `needs` are the groups of settings whose addresses must be given.
    """

    name: str
    summary: str
    module: str
    add_options: Callable[[argparse.ArgumentParser], None] | None = None
    needs: tuple[str, ...] = ("database", "broker")


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        message = f"{text!r} is not a whole number above 0"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _host_and_port(text: str) -> str:
    if not re.fullmatch(r"[\w.-]+:\d{1,5}", text, re.ASCII):
        message = f"{text!r} is not a host and port such as localhost:19808"
        raise argparse.ArgumentTypeError(message)
    return text


def _plain_path(text: str) -> str:
    """A path that can stand in a YAML file as it is."""
    if not re.fullmatch(r"[\w./-]+", text):
        message = f"{text!r} has more in it than letters, digits and ./_-"
        raise argparse.ArgumentTypeError(message)
    return text


def _moment(text: str) -> float | datetime:
    """A moment, or the seconds before now that a duration says."""
    try:
        return durations.seconds(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is neither a duration such as 24h nor a moment such as {_EXAMPLE}"
        raise argparse.ArgumentTypeError(message) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _scan_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sketch", type=_positive, metavar="N", help="only timelines of this sketch"
    )
    parser.add_argument(
        "--output", choices=("table", "json"), default="table", help="how to print (default table)"
    )
    parser.add_argument("--watch", action="store_true", help="keep scanning until Ctrl-C")


def _explain_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("timeline", type=_positive, metavar="TIMELINE", help="id of the timeline")


def _repair_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "timelines",
        nargs="*",
        type=_positive,
        metavar="TIMELINE",
        help="ids of orphaned timelines; their orphaned analyses are repaired with them",
    )
    parser.add_argument(
        "--sketch", type=_positive, metavar="N", help="everything orphaned in this sketch"
    )
    parser.add_argument("--all", action="store_true", help="everything orphaned")
    parser.add_argument(
        "--revoke",
        action="store_true",
        help="terminate the tasks of the named timelines that are running or stalled, first",
    )
    parser.add_argument(
        "--action",
        choices=("fail", "requeue"),
        default="fail",
        help="set what is lost to failed (default), or send the tasks of lost imports once more",
    )
    parser.add_argument(
        "--purge",
        action="store_true",
        help="with requeue: first delete the events of these timelines from the search index",
    )
    parser.add_argument(
        "--assume-defaults",
        action="store_true",
        help="with requeue: these uploads had no header mapping, no delimiter but a comma and no "
        "event filter, should no task tell",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show and journal what would be done, write nothing"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _undo_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "repair_id",
        metavar="REPAIR_ID",
        help="the repair to take back; four characters will do where no other begins with them",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _journal_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--since",
        type=_moment,
        metavar="WHEN",
        help="only what was begun since: a duration such as 24h, or a date and time (RFC 3339)",
    )
    parser.add_argument(
        "--timeline", type=_positive, metavar="N", help="only repairs of this timeline"
    )
    parser.add_argument(
        "--output",
        choices=("table", "json", "csv"),
        default="table",
        help="how to print: json is one document a line (default table)",
    )


def _pause_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "reason", nargs="+", metavar="REASON", help="why; whoever asks for a repair is told"
    )


def _resume_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        choices=("pause", "brake"),
        default="pause",
        help="what to end: the pause (default), or the storm brake",
    )


def _grants_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dialect",
        choices=("postgresql", "mariadb", "redis"),
        help="of which server (default: that of database.url); redis: lines for redis-cli",
    )
    parser.add_argument(
        "--reader",
        default="timesketch_exporter",
        metavar="NAME",
        help="the user that reads (default timesketch_exporter)",
    )
    parser.add_argument(
        "--repairer",
        default="timesketch_repair",
        metavar="NAME",
        help="the user that repairs (default timesketch_repair)",
    )
    parser.add_argument(
        "--broker-user",
        default="timesketch_exporter",
        metavar="NAME",
        help="the user in Redis (default timesketch_exporter)",
    )
    parser.add_argument(
        "--requeue",
        action="store_true",
        help="with --dialect redis: let it send lost imports again, too",
    )


def _files_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "directory",
        nargs="?",
        type=Path,
        metavar="DIRECTORY",
        help="copy them into this directory, which is made if need be",
    )
    parser.add_argument(
        "--exporter",
        type=_host_and_port,
        metavar="HOST:PORT",
        help="where Prometheus and Alertmanager reach the exporter",
    )
    parser.add_argument(
        "--alertmanager",
        type=_host_and_port,
        metavar="HOST:PORT",
        help="where Prometheus reaches Alertmanager",
    )
    parser.add_argument(
        "--token",
        type=_plain_path,
        metavar="FILE",
        help="where Alertmanager finds the webhook's token",
    )
    parser.add_argument(
        "--force", action="store_true", help="replace files that are there and hold something else"
    )


def _demo_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--once",
        action="store_true",
        help="tell the story unattended; exit 0 if all came true",
    )
    parser.add_argument(
        "--port", type=_positive, metavar="N", help="where the exporter listens (default: any free)"
    )


COMMANDS = (
    Command(
        "serve", "scan in the background, serve /metrics and health", "exporter.commands.serve"
    ),
    Command(
        "scan",
        "scan until verdicts are sure, print them",
        "exporter.commands.scan",
        _scan_options,
    ),
    Command(
        "explain",
        "tell a timeline's verdict and all evidence for it",
        "exporter.commands.explain",
        _explain_options,
    ),
    Command(
        "repair",
        "set what is orphaned to failed, with a message for the analyst",
        "exporter.commands.repair",
        _repair_options,
    ),
    Command(
        "undo",
        "put back what a repair has changed",
        "exporter.commands.undo",
        _undo_options,
        needs=("database",),
    ),
    Command(
        "journal",
        "list the repairs: what, why, by whom, and what became of them",
        "exporter.commands.journal",
        _journal_options,
        needs=(),
    ),
    Command(
        "pause",
        "refuse all repairs until resume, everywhere",
        "exporter.commands.pause",
        _pause_options,
        needs=(),
    ),
    Command(
        "resume",
        "end a pause, or release the storm brake",
        "exporter.commands.resume",
        _resume_options,
        needs=(),
    ),
    Command(
        "grants",
        "print what gives the users in database and broker the least rights",
        "exporter.commands.grants",
        _grants_options,
        needs=(),
    ),
    Command(
        "check",
        "test settings, connections, rights and versions, a line each",
        "exporter.commands.check",
    ),
    Command(
        "health",
        "ask a running exporter whether it is healthy",
        "exporter.commands.health",
        needs=(),
    ),
    Command(
        "files",
        "list or copy the alert rules, configurations, runbooks and dashboards that came along",
        "exporter.commands.files",
        _files_options,
        needs=(),
    ),
    Command(
        "demo",
        "show everything at work on a small Timesketch of its own (extra: demo)",
        "exporter.demo.command",
        _demo_options,
        needs=(),
    ),
)
