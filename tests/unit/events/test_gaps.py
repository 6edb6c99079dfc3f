"""A gap is a time that nobody watched."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from exporter.events.gaps import NOT_RUNNING, gaps, watched
from exporter.events.records import Stream, Watch
from tests.unit.events.samples import AT, watch

_WATCHES = st.lists(
    st.tuples(st.floats(0, 1000), st.floats(0, 1000)).map(
        lambda pair: Watch(Stream.SCANS, "host:1", min(pair), max(pair))
    ),
    max_size=12,
)


def test_a_crash_leaves_a_gap_without_a_reason_of_its_own() -> None:
    """What ended nobody could write down: then the exporter did not run."""
    found = gaps((watch(Stream.SCANS, 0, 10), watch(Stream.SCANS, 60, 90)))
    assert [(gap.began_at - AT, gap.until_at - AT, gap.because) for gap in found] == [
        (10, 60, NOT_RUNNING)
    ]


def test_another_replica_that_watched_leaves_no_gap() -> None:
    """What one of them heard is known."""
    watches = (
        watch(Stream.TASKS, 0, 10),
        watch(Stream.TASKS, 60, 90),
        watch(Stream.TASKS, 5, 70, by="host:2"),
    )
    assert gaps(watches) == []


def test_a_reason_is_told() -> None:
    """The broker that was away is named."""
    watches = (
        watch(Stream.WORKERS, 0, 10, "the broker does not answer"),
        watch(Stream.WORKERS, 15, 90),
    )
    assert [gap.because for gap in gaps(watches)] == ["the broker does not answer"]


@given(_WATCHES)
def test_no_moment_is_both_watched_and_missed(watches: list[Watch]) -> None:
    """Gaps lie between watches, and never within one."""
    for gap in gaps(watches):
        assert not any(
            each.began_at < gap.until_at and gap.began_at < each.until_at
            for each in watches
            if each.began_at < each.until_at
        )


@given(_WATCHES)
def test_watched_times_are_apart(watches: list[Watch]) -> None:
    """Times that overlap are one."""
    times = watched(watches, Stream.SCANS)
    assert all(first[1] < second[0] for first, second in pairwise(times))
