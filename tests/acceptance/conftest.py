"""The real Timesketch and the installed exporter, for the acceptance tests."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING

import pytest

from exporter.demo.servers import Postgres, Valkey
from tests.acceptance.exporter_command import Command, Exporter
from tests.timesketch.environment import Environment, ready_environment
from tests.timesketch.forge import Forge
from tests.timesketch.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def environment() -> Environment:
    """Return the environment that holds the real Timesketch."""
    return ready_environment()


@pytest.fixture(scope="session")
def forge(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    """Return the forge of Timesketch's processes."""
    with Forge(environment, tmp_path_factory.mktemp("forge")) as forge:
        yield forge


@pytest.fixture(scope="session")
def timesketch_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Return the PostgreSQL in which every installation has a database of its own."""
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def timesketch_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """Return the Valkey in which every installation has a database of its own."""
    with Valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """Return the numbers of Valkey databases that nobody has used."""
    return count(1)


@pytest.fixture(scope="module")
def install(
    timesketch_valkey: Valkey,
    timesketch_postgres: Postgres,
    forge: Forge,
    numbers: Iterator[int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., Installation]]:
    """Return a function that makes a running Timesketch; keywords are settings of its own."""
    with ExitStack() as stack:

        def install(
            postgres: Postgres | None = None, valkey: Valkey | None = None, **settings: object
        ) -> Installation:
            return stack.enter_context(
                Installation(
                    forge=forge,
                    postgres=postgres or timesketch_postgres,
                    valkey=valkey or timesketch_valkey,
                    database_number=next(numbers),
                    directory=tmp_path_factory.mktemp("timesketch"),
                    settings=settings,
                )
            )

        yield install


@pytest.fixture(scope="module")
def attach() -> Iterator[Callable[..., Exporter]]:
    """Return a function that attaches the exporter to a Timesketch, with these settings."""
    with ExitStack() as stack:

        def attach(timesketch: Installation, **settings: str) -> Exporter:
            named = {name.replace("__", ".").replace("_", "-"): v for name, v in settings.items()}
            exporter = Exporter(timesketch, settings=named)
            stack.callback(exporter.close)
            return exporter

        yield attach


@pytest.fixture(scope="module")
def command() -> Callable[[Installation], Command]:
    """Return a function that attaches the commands alone to a Timesketch, without a `serve`."""

    def command(timesketch: Installation) -> Command:
        return Command(timesketch)

    return command
