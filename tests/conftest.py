"""What holds for all tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from tests import planted
from tests.order import mixed

if TYPE_CHECKING:
    from collections.abc import Iterator

_CACHE = Path(__file__).parents[1] / ".cache" / "hypothesis"

# No test fails because the machine is busy.
settings.register_profile(
    "exporter",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    database=DirectoryBasedExampleDatabase(_CACHE),
)
settings.load_profile("exporter")


@pytest.fixture(scope="session", autouse=True)
def _state_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No command that a test runs makes or reads the journal of whoever runs the tests."""
    before = os.environ.get("STATE_DIRECTORY")
    os.environ["STATE_DIRECTORY"] = str(tmp_path_factory.mktemp("state"))
    yield
    if before is None:
        del os.environ["STATE_DIRECTORY"]
    else:
        os.environ["STATE_DIRECTORY"] = before


@pytest.fixture(autouse=True)
def _no_secret_is_told() -> Iterator[None]:
    """No process of the exporter has logged a planted secret, whatever the test is about."""
    yield
    planted.search()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the files into the order in which several processes do best."""
    if hasattr(config, "workerinput"):
        files = {item: item.nodeid.partition("::")[0] for item in items}
        place = {file: number for number, file in enumerate(mixed(dict.fromkeys(files.values())))}
        items.sort(key=lambda item: place[files[item]])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have measured, each as a line."""
    measured = [
        str(value)
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "measured"
    ]
    if measured:
        terminalreporter.section("measured")
        for line in measured:
            terminalreporter.line(line)
