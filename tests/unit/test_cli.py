"""The command line runs one command with frozen settings and ends with its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from exporter import __version__, cli
from exporter.errors import DatabaseUnreachableError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from exporter.settings import Settings

    Run = Callable[[Settings, argparse.Namespace], int]

ADDRESSES = ["--database.url", "postgresql://u:hunter2@db/ts", "--broker.url", "redis://h"]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting comes from the environment, and logging stays as it is."""
    for variable in list(os.environ):
        if variable.startswith("TIMESKETCH_"):
            monkeypatch.delenv(variable)
    monkeypatch.setattr("exporter.logs.configure", lambda *_: None)


@pytest.fixture
def scan_does(monkeypatch: pytest.MonkeyPatch) -> Callable[[Run], None]:
    """Puts a function in the place of the scan command."""

    def replace(run: Run) -> None:
        module = ModuleType("exporter.commands.scan")
        module.run = run  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "exporter.commands.scan", module)

    return replace


def test_a_command_gets_its_settings_and_options(scan_does: Callable[[Run], None]) -> None:
    """The command runs once, and what it returns is the exit code."""
    seen: list[tuple[Settings, argparse.Namespace]] = []

    def run(settings: Settings, arguments: argparse.Namespace) -> int:
        seen.append((settings, arguments))
        return 3

    scan_does(run)
    assert cli.main([*ADDRESSES, "scan", "--sketch", "7", "--scan.interval", "1s"]) == 3
    ((settings, arguments),) = seen
    assert settings.scan.interval == 1.0
    assert arguments.sketch == 7


def test_missing_addresses_end_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that needs addresses and has none says so in a line each."""
    assert cli.main(["scan"]) == 2
    database, broker = capsys.readouterr().err.splitlines()
    assert database.startswith("timesketch-exporter: no database address: give --database.url, ")
    assert broker.startswith("timesketch-exporter: no broker address: give --broker.url, ")


def test_every_problem_is_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong flags, variables and values are told together, without passwords."""
    monkeypatch.setenv("TIMESKETCH_EXPORTER_BROKER__ULR", "redis://:hunter2@h")
    argv = ["scan", "redis://:hunter2@h", "--broker.urll=redis://:hunter2@h", "--log.level", "x"]
    assert cli.main(argv) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "hunter2" not in printed.err
    assert [line.split(" (")[0] for line in printed.err.splitlines()] == [
        "timesketch-exporter: unknown flag --broker.urll",
        "timesketch-exporter: unexpected argument redis://:***@h",
        "timesketch-exporter: unknown variable TIMESKETCH_EXPORTER_BROKER__ULR",
        "timesketch-exporter: --log.level: 'x' is not one of 'debug', 'info', 'warning' or 'error'",
    ]


def test_an_error_is_one_line_and_its_exit_code(
    scan_does: Callable[[Run], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """What an operator can act on is told without a traceback, and without passwords."""

    def run(settings: Settings, arguments: argparse.Namespace) -> int:
        del settings, arguments
        raise DatabaseUnreachableError("postgresql://u:hunter2@db/ts refused the login")

    scan_does(run)
    assert cli.main([*ADDRESSES, "scan"]) == 1
    assert capsys.readouterr().err == (
        "timesketch-exporter: postgresql://u:***@db/ts refused the login\n"
    )


def test_an_interrupt_ends_quietly(
    scan_does: Callable[[Run], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C ends a command with 130 and no complaint."""

    def run(settings: Settings, arguments: argparse.Namespace) -> int:
        del settings, arguments
        raise KeyboardInterrupt

    scan_does(run)
    assert cli.main([*ADDRESSES, "scan"]) == 130
    assert capsys.readouterr().err == ""


def test_a_reader_who_leaves_is_no_error() -> None:
    """Output into a closed pipe ends the program quietly."""
    program = (
        "import sys, types; scan = types.ModuleType('scan'); scan.run = lambda *_: print('x') or 0;"
        "sys.modules['exporter.commands.scan'] = scan; from exporter.cli import main;"
        "sys.exit(main(['scan', '--database.url', 'a://b', '--broker.url', 'a://b']))"
    )
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (141, b"")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """--version prints the version and succeeds."""
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"timesketch-exporter {__version__}\n"


def test_help_waits_for_no_driver() -> None:
    """Nothing heavy is loaded before a command is known to run."""
    program = "import sys, exporter.cli as cli; cli.main(['--help']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert loaded.isdisjoint({"celery", "fastapi", "kombu", "redis", "rich", "sqlalchemy", "yaml"})
