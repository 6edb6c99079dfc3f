"""A Valkey for real workers, shared by the tests of a module: workers take seconds to start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import redis

from exporter.demo.servers import Valkey
from exporter.observe.redis_link import BrokerOptions, RedisLink, connect
from exporter.observe.workers import RedisWorkers
from tests.integration.observe.workers.real_workers import Imports, imports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """Return a Valkey of this module's own, which tests may stop and start."""
    with Valkey(tmp_path_factory.mktemp("broker")) as server:
        yield server


@pytest.fixture
def client(broker: Valkey) -> Iterator[redis.Redis]:
    """Return a client of its own, which is not the exporter."""
    with redis.Redis.from_url(broker.url) as opened:
        yield opened


@pytest.fixture
def link(broker: Valkey) -> Iterator[RedisLink]:
    """Return the exporter's link to the broker."""
    opened = connect(BrokerOptions(broker.url))
    yield opened
    opened.close()


@pytest.fixture
def workers(link: RedisLink) -> Iterator[RedisWorkers]:
    """Return an asker with the default time-out."""
    asker = RedisWorkers(link, timeout=1.0)
    yield asker
    asker.close()


@pytest.fixture
def uploads(broker: Valkey, tmp_path: Path) -> Iterator[Imports]:
    """Return a sender of imports, which end with the test."""
    with imports(broker.url, tmp_path) as sender:
        yield sender
