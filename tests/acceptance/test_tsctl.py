"""`tsctl stuck-timelines` in the real Timesketch's own command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter.demo.processes import free_port
from tests.timesketch.tsctl import Tsctl

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.timesketch.environment import Environment
    from tests.timesketch.installation import Installation


@pytest.fixture(scope="module")
def tsctl(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Tsctl:
    """Return Timesketch's tsctl with our distribution installed."""
    return Tsctl(environment, tmp_path_factory.mktemp("tsctl"))


def test_it_is_a_command_of_tsctl(tsctl: Tsctl, install: Callable[..., Installation]) -> None:
    """Once installed, it stands among the commands that tsctl lists, with what it does."""
    done = tsctl.run("--help", configuration=install().configuration)
    assert done.exit_code == 0, done.errors
    commands = dict(line.split(maxsplit=1) for line in done.output.splitlines() if " " in line)
    assert commands["stuck-timelines"].startswith("Show the timelines that say processing")
    assert "list-sketches" in done.output


def test_without_timesketch(tsctl: Tsctl, tmp_path: Path) -> None:
    """It needs neither Timesketch's configuration nor its database, since the exporter is asked."""
    url = f"http://127.0.0.1:{free_port()}"
    done = tsctl.run(
        "stuck-timelines",
        configuration=tmp_path / "missing.conf",
        TIMESKETCH_EXPORTER_API_URL=url,
    )
    assert (done.exit_code, done.output) == (1, "")
    assert done.errors.endswith(f"no answer from the exporter at {url}: connection refused\n")
