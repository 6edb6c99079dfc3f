"""What is lost of an orphaned timeline, and what its status becomes."""

from __future__ import annotations

import pytest

from exporter.repair.timeline_rule import explanation, lost_sources, status_after
from exporter.snapshot import DataSource


def file(source_id: int, status: str | None) -> DataSource:
    """A data source with a file on disk."""
    return DataSource(source_id, status, source_id, 600.0, 300.0, streamed=False)


def chunk(source_id: int, status: str | None, *, made: float, said: float) -> DataSource:
    """A chunk of a stream; how many seconds ago it was made, and its status set."""
    return DataSource(source_id, status, source_id, made, said, streamed=True)


def lost_ids(*sources: DataSource) -> list[int]:
    """Which of these data sources are lost."""
    return [source.data_source_id for source in lost_sources(sources)]


def after(*sources: DataSource) -> str:
    """What a timeline with these data sources becomes."""
    return status_after(sources, lost_sources(sources), "ready")


def told(*sources: DataSource) -> list[str]:
    """How that is explained."""
    return list(explanation(sources, lost_sources(sources), after(*sources)))


@pytest.mark.parametrize("status", ["queueing", "processing", None])
def test_an_open_file_is_lost(status: str | None) -> None:
    """A file's own task settles its data source, so an open one is lost."""
    assert lost_ids(file(1, status)) == [1]


@pytest.mark.parametrize("status", ["ready", "fail", "archived"])
def test_a_settled_file_is_not_lost(status: str) -> None:
    """What its task has settled stays as it is."""
    assert lost_ids(file(1, status), file(2, "processing")) == [2]


def test_a_stream_of_which_no_task_ever_began_is_lost() -> None:
    """Where every chunk still says queueing, no chunk's task has begun."""
    first = chunk(1, "queueing", made=600.0, said=600.0)
    assert lost_ids(first, chunk(2, "queueing", made=500.0, said=500.0)) == [1, 2]


def test_a_chunk_that_says_processing_is_lost() -> None:
    """A chunk's import was going on; the older ones that say queueing may well be imported."""
    first = chunk(1, "processing", made=600.0, said=100.0)
    assert lost_ids(first, chunk(2, "queueing", made=500.0, said=500.0)) == [1]


def test_a_chunk_made_after_the_last_sign_of_any_task_is_lost() -> None:
    """Its task would have updated the first data source, whose status is older."""
    first = chunk(1, "ready", made=600.0, said=100.0)
    older = chunk(2, "queueing", made=101.0, said=101.0)
    same_moment = chunk(3, "queueing", made=100.0, said=100.0)
    younger = chunk(4, "queueing", made=99.0, said=99.0)
    assert lost_ids(first, older, same_moment, younger) == [4]


def test_the_youngest_sign_counts() -> None:
    """Whichever data source the tasks updated, the last update is the last sign."""
    first = chunk(1, "ready", made=600.0, said=400.0)
    second = chunk(2, "fail", made=500.0, said=200.0)
    assert lost_ids(first, second, chunk(3, "queueing", made=300.0, said=300.0)) == []


def test_a_file_is_no_sign_of_a_stream() -> None:
    """A file in the same timeline has a task of its own, which says nothing of the stream."""
    stream = chunk(2, "queueing", made=500.0, said=500.0)
    assert lost_ids(file(1, "ready"), stream) == [2]


def test_a_chunk_without_a_status_is_lost_and_no_sign() -> None:
    """Timesketch's tasks stumble on a missing status row, so that it gets one."""
    nameless = chunk(1, None, made=600.0, said=100.0)
    assert lost_ids(nameless, chunk(2, "queueing", made=500.0, said=500.0)) == [1, 2]


@pytest.mark.parametrize(
    ("statuses", "becomes"),
    [
        ((), "fail"),
        (("processing",), "fail"),
        (("queueing", "processing", None), "fail"),
        (("fail",), "fail"),
        (("fail", "processing"), "fail"),
        (("ready",), "ready"),
        (("ready", "processing"), "ready"),
        (("ready", "fail"), "ready"),
    ],
)
def test_timesketchs_own_rule(statuses: tuple[str | None, ...], becomes: str) -> None:
    """All failed makes the timeline fail, a mix ready; nothing at all is a failure too."""
    assert after(*(file(n, status) for n, status in enumerate(statuses))) == becomes


def test_a_mix_can_be_made_to_fail() -> None:
    """Under the other rule ready and failed data sources make the timeline fail."""
    sources = (file(1, "ready"), file(2, "processing"))
    assert status_after(sources, lost_sources(sources), "fail") == "fail"


def test_ready_ones_alone_are_no_mix() -> None:
    """Where nothing failed the timeline becomes ready under either rule."""
    assert status_after((file(1, "ready"),), (), "fail") == "ready"


def test_chunks_of_which_nothing_is_known_have_no_say() -> None:
    """A stream of which one chunk was lost and the rest is unknown fails, as Timesketch's would."""
    unknown = chunk(2, "queueing", made=500.0, said=500.0)
    assert after(chunk(1, "processing", made=600.0, said=100.0), unknown) == "fail"
    assert after(chunk(1, "ready", made=600.0, said=100.0), unknown) == "ready"


def test_a_stream_that_was_partly_imported_is_a_mix() -> None:
    """A chunk that was imported and one that was lost make the timeline ready."""
    lost = chunk(2, "queueing", made=50.0, said=50.0)
    assert after(chunk(1, "ready", made=600.0, said=100.0), lost) == "ready"


def test_plain_cases_need_no_explanation() -> None:
    """Where everything is lost, the verdict's reasons say it all."""
    assert told(file(1, "processing")) == []


def test_an_empty_timeline_is_explained() -> None:
    """Why a timeline without data sources fails is told."""
    assert told() == ["it has no data source: its upload ended before one was recorded"]


def test_settled_data_sources_are_explained() -> None:
    """That nothing is marked as failed is told, and what the timeline becomes all the same."""
    assert told(file(1, "ready")) == [
        "none of its data sources is known to be lost: only its own status becomes ready"
    ]


def test_a_mix_is_explained() -> None:
    """How many were lost and how many are ready is told."""
    assert told(file(1, "ready"), file(2, "processing"), file(3, None)) == [
        "2 of its data sources lost, 1 ready: it becomes ready"
    ]


def test_what_is_left_queueing_is_explained() -> None:
    """Chunks that are left alone are named."""
    first = chunk(1, "processing", made=600.0, said=100.0)
    others = [chunk(n, "queueing", made=500.0, said=500.0) for n in (2, 3)]
    assert told(first, *others) == [
        "left queueing, which proves nothing of a part of a stream: data source 2, 3"
    ]
