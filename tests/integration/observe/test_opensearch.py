"""Counting events in OpenSearch, over HTTP, for the timelines that a database says to process."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from exporter.errors import OpenSearchError, SettingsError, SourceError
from exporter.observe import opensearch
from exporter.observe.database import reading_engine
from exporter.observe.opensearch import IndexedEvents
from exporter.observe.opensearch_client import OpenSearchOptions
from exporter.snapshot import Indexed
from tests.integration.observe.timesketch_database import Source, TimesketchDatabase
from tests.servers.opensearch import OpenSearch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Scene:
    """A sketch, an OpenSearch, and a reader with a clock of its own."""

    database: TimesketchDatabase
    server: OpenSearch
    now: float = 100.0

    def __post_init__(self) -> None:
        """Make a reader of both."""
        self.sketch = self.database.sketch("new")
        self.index = self.database.search_index("shared")
        self.reader = self.reader_of(self.server.url)

    def reader_of(self, url: str) -> IndexedEvents:
        """A reader that asks every 15 s."""
        return IndexedEvents(
            OpenSearchOptions(url, timeout=2.0),
            reading_engine(self.database.roles.reader, timeout=5.0),
            interval=15.0,
            monotonic=lambda: self.now,
        )

    def timeline(self, *totals: int, index_id: int | None = None) -> int:
        """A processing timeline with a file for each of these totals."""
        made = self.database.timeline(
            self.sketch,
            "processing",
            sources=[Source()] * len(totals),
            index_id=self.index if index_id is None else index_id,
        )
        for number, total in enumerate(totals):
            self.database.execute(
                f"UPDATE datasource SET total_file_events = {total} WHERE id = (SELECT id FROM "  # noqa: S608  numbers of ours
                f"(SELECT id FROM datasource WHERE timeline_id = {made} ORDER BY id LIMIT 1 "
                f"OFFSET {number}) AS one)"
            )
        return made

    def later(self) -> dict[int, Indexed]:
        """What is read when it is time to ask again."""
        self.now += 15.0
        return dict(self.reader.read())


@pytest.fixture
def server() -> Iterator[OpenSearch]:
    """An OpenSearch that asks for a login."""
    with OpenSearch(login=("reader", "a")) as running:
        yield running


@pytest.fixture
def scene(on_sqlite: TimesketchDatabase, server: OpenSearch) -> Iterator[Scene]:
    """A scene on SQLite, whose statements are the same."""
    made = Scene(on_sqlite, server)
    yield made
    made.reader.close()


def test_counts_by_timeline_on_every_database(
    database: TimesketchDatabase, server: OpenSearch
) -> None:
    """Timelines that share an index are told apart; what is expected is the sum of their files."""
    scene = Scene(database, server)
    first, second = scene.timeline(100, 20), scene.timeline(0)
    server.indexes.add("shared", first, 3)
    server.indexes.add("shared", second, 5)
    server.indexes.add("shared", 999, 7)
    found = scene.reader.read()
    assert found == {first: Indexed(3, 100.0, 120), second: Indexed(5, 100.0, None)}
    assert server.indexes.searches == [("shared",)]
    scene.reader.close()


def test_finished_timelines_are_not_asked_for(scene: Scene) -> None:
    """Only what says processing is counted, and forgotten once it says something else."""
    running = scene.timeline()
    scene.database.timeline(scene.sketch, "ready", index_id=scene.index)
    assert set(scene.reader.read()) == {running}
    scene.database.execute("UPDATE timeline_status SET status = 'ready'")
    assert scene.later() == {}


def test_asks_no_more_often_than_told(scene: Scene) -> None:
    """Within the interval the last reading is told again, with its tick."""
    timeline = scene.timeline()
    scene.server.indexes.add("shared", timeline)
    first = scene.reader.read()
    scene.server.indexes.add("shared", timeline)
    scene.now += 14.9
    assert scene.reader.read() == first
    assert len(scene.server.indexes.searches) == 1
    scene.now += 0.1
    assert scene.reader.read() == {timeline: Indexed(2, 115.0)}


def test_an_index_that_is_not_there_yet_holds_nothing(scene: Scene) -> None:
    """An import makes its index when it begins: 0 events, alone or beside another index."""
    early = scene.timeline()
    assert scene.reader.read()[early].events == 0
    scene.server.indexes.add(
        "other", scene.timeline(index_id=scene.database.search_index("other")), 2
    )
    assert sorted(each.events for each in scene.later().values()) == [0, 2]


def test_events_show_after_a_refresh(on_sqlite: TimesketchDatabase) -> None:
    """What the index has not refreshed is not counted."""
    with OpenSearch(refresh=3600.0) as server:
        scene = Scene(on_sqlite, server)
        timeline = scene.timeline()
        server.indexes.add("shared", timeline, 4)
        assert scene.reader.read() == {timeline: Indexed(0, 100.0)}
        scene.reader.close()


def test_many_timelines_are_counted_in_turn(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """One search is for some of them; those counted longest ago come first."""
    monkeypatch.setattr(opensearch, "AT_ONCE", 2)
    first, second, third = (scene.timeline() for _ in range(3))
    assert set(scene.reader.read()) == {first, second}
    assert {number: each.tick for number, each in scene.later().items()} == {
        first: 115.0,
        second: 100.0,
        third: 115.0,
    }


def test_indexes_are_counted_in_turn_too(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many names fit into an address; timelines that share an index share its name."""
    monkeypatch.setattr(opensearch, "NAMES_AT_ONCE", len("shared,other,"))
    first, second = scene.timeline(), scene.timeline()
    other, third = (
        scene.timeline(index_id=scene.database.search_index(name)) for name in ("other", "third")
    )
    assert set(scene.reader.read()) == {first, second, other}
    assert scene.later()[third].tick == 115.0


FAULTS = [
    pytest.param(HTTPStatus.FORBIDDEN, "needs to read Timesketch's indexes", id="no right"),
    pytest.param(HTTPStatus.SERVICE_UNAVAILABLE, "does not answer as OpenSearch", id="no shards"),
    pytest.param({"hello": "world"}, "is no OpenSearch", id="another server"),
    pytest.param({"timed_out": True}, "longer than opensearch.timeout", id="too slow"),
    pytest.param(
        {"timed_out": False, "aggregations": {"timelines": {"buckets": {}}}},
        "is no OpenSearch",
        id="a bucket is missing",
    ),
]


@pytest.mark.parametrize(("fault", "words"), FAULTS)
def test_what_is_wrong_is_one_line(
    scene: Scene, fault: HTTPStatus | dict[str, object], words: str
) -> None:
    """Each fault is an OpenSearchError without a password, told until the next search is due."""
    scene.timeline()
    scene.reader.read()
    scene.server.fault = fault
    scene.now += 15.0
    for _ in range(2):
        with pytest.raises(OpenSearchError) as caught:
            scene.reader.read()
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)
        assert ":a@" not in str(caught.value)
    scene.server.fault = None
    assert len(scene.later()) == 1


def test_a_wrong_password_is_told(scene: Scene) -> None:
    """Also where nothing is to be counted."""
    reader = scene.reader_of(scene.server.url.replace(":a@", ":wrong@"))
    with pytest.raises(OpenSearchError, match=r"refuses: .*security_exception") as caught:
        reader.read()
    assert "wrong" not in str(caught.value)
    reader.close()


def test_a_closed_port_is_told_and_found_open_again(scene: Scene) -> None:
    """A node that is down is down until it answers."""
    scene.timeline()
    scene.server.stop()
    with pytest.raises(OpenSearchError, match="does not answer as OpenSearch"):
        scene.reader.read()
    scene.server.start()
    assert len(scene.later()) == 1


def test_another_node_of_the_cluster_answers(scene: Scene) -> None:
    """Of several nodes the first one may be down."""
    timeline = scene.timeline()
    reader = scene.reader_of(f"http://127.0.0.1:1;{scene.server.url}")
    assert set(reader.read()) == {timeline}
    reader.close()


def test_a_database_that_cannot_tell_is_told(scene: Scene) -> None:
    """What to count is in the database; without the column nothing is counted."""
    scene.timeline()
    scene.database.execute("ALTER TABLE datasource RENAME COLUMN total_file_events TO gone")
    with pytest.raises(SourceError, match="total_file_events"):
        scene.reader.read()


def test_wrong_settings_are_told_at_the_start(scene: Scene, tmp_path: Path) -> None:
    """A URL of another kind, and a file of certificates that is none."""
    engine = reading_engine(scene.database.roles.reader, timeout=5.0)
    wrong = {
        "is not one of http:// or https://": OpenSearchOptions("redis://u:hunter2@here"),
        "is not a file": OpenSearchOptions("https://here", ca_file=tmp_path / "ca.pem"),
    }
    for words, options in wrong.items():
        with pytest.raises(SettingsError, match=words) as caught:
            IndexedEvents(options, engine, interval=15.0)
        assert "hunter2" not in str(caught.value)
