"""Portions of a list, of which the server prepares the next while one is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from exporter.observe import redis_elements
from exporter.observe.message_ends import Ends
from exporter.observe.redis_elements import Cut, Elements
from exporter.observe.redis_link import BrokerOptions, connect
from tests.integration.observe.kombu_queue import KombuQueue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.observe.redis_link import RedisLink

KEY = "elements"
SHORT = Cut(whole=100, head=10, tail=20)
LONG = Cut(whole=1000, head=100, tail=200)


@pytest.fixture
def queue(broker_url: str) -> Iterator[KombuQueue]:
    """Return a Redis."""
    with KombuQueue(broker_url) as made:
        yield made


@pytest.fixture
def link(queue: KombuQueue, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisLink]:
    """Return a link to it; portions are of three or four elements."""
    monkeypatch.setattr(redis_elements, "_REPLY", 50)
    made = connect(BrokerOptions(queue.url))
    yield made
    made.close()


def numbered(first: int, count: int) -> list[bytes]:
    """Return elements that differ."""
    return [b"%020d" % number for number in range(first, first + count)]


def test_list_is_read_to_its_end(queue: KombuQueue, link: RedisLink) -> None:
    """Asked ahead or not, portion after portion shows every element once and in order."""
    elements = numbered(0, 50)
    queue.redis.rpush(KEY, *elements)
    for ahead in (True, False):
        seen: list[object] = []
        with Elements(link).portions(KEY) as portions:
            while portion := portions.read(len(seen), SHORT, ahead=ahead):
                seen += portion
        assert seen == elements


def test_pushes_meanwhile_hide_nothing(queue: KombuQueue, link: RedisLink) -> None:
    """Elements that move further while others are pushed are seen in a later portion."""
    elements = numbered(0, 30)
    queue.redis.rpush(KEY, *elements)
    seen: list[object] = []
    with Elements(link).portions(KEY) as portions:
        while portion := portions.read(len(seen), SHORT, ahead=True):
            seen += portion
            if len(seen) < len(elements):
                queue.redis.lpush(KEY, b"pushed")
    assert set(elements) <= set(seen)


def test_other_portion_than_the_one_asked_ahead(queue: KombuQueue, link: RedisLink) -> None:
    """An answer that is not wanted after all is dropped, and the wanted one is right."""
    long = [b"%0500d" % number for number in range(8)]
    queue.redis.rpush(KEY, *long)
    with Elements(link).portions(KEY) as portions:
        first = portions.read(0, SHORT, ahead=True)
        assert first[0] == Ends(500, long[0][:10], long[0][-20:])
        assert portions.read(1, LONG)[0] == long[1]
        assert portions.read(7, SHORT) == [Ends(500, long[7][:10], long[7][-20:])]


def test_answer_that_nobody_waits_for_harms_nobody(queue: KombuQueue, link: RedisLink) -> None:
    """Who leaves while the server prepares a portion leaves a link that works."""
    elements = numbered(0, 20)
    queue.redis.rpush(KEY, *elements)
    for _ in range(3):
        with Elements(link).portions(KEY) as portions:
            assert portions.read(0, SHORT, ahead=True)
        assert link.client.llen(KEY) == len(elements)
