"""Adding up a reading of the broker."""

from __future__ import annotations

from exporter.observe.broker_tally import Tally
from exporter.observe.messages import Foreign, Parsed, Task, Unreadable
from exporter.observe.remembered import Known, Remembered
from exporter.observe.timesketch_tasks import Subject
from exporter.snapshot import Place, QueueDepth, Wanted

IMPORT = Task(
    "tag", "celery", "task", "run_csv_jsonl", Subject(timeline_id=7), (41,), redelivered=False
)


def read(*messages: Parsed) -> list[Known]:
    """These messages, as they were just read from queue celery."""
    remembered = Remembered()
    return [remembered.keep(100, message, "celery") for message in messages]


def test_message_that_was_seen_twice_is_one_sighting() -> None:
    """A push during the reading shows a message again, a move shows it in another place."""
    tally = Tally(Wanted(timeline_ids=frozenset({7})))
    tally.wait("celery", read(IMPORT, IMPORT))
    tally.delivered("celery", IMPORT, age=1.0, redelivers_in=9.0)
    first, second = tally.reading([]).sightings
    assert (first.place, first.age, first.redelivers_in) == (Place.QUEUE, None, None)
    assert (second.place, second.age, second.redelivers_in) == (Place.UNACKED, 1.0, 9.0)


def test_only_what_is_wanted_is_kept() -> None:
    """A timeline, an analysis further down or an index makes a task relevant."""
    for wanted, kept in (
        (Wanted(timeline_ids=frozenset({7})), 1),
        (Wanted(analysis_ids=frozenset({41})), 1),
        (Wanted(timeline_ids=frozenset({8}), analysis_ids=frozenset({42})), 0),
        (Wanted(), 0),
    ):
        tally = Tally(wanted)
        tally.wait("celery", read(IMPORT))
        assert len(tally.reading([]).sightings) == kept


def test_harmless_messages_are_skipped_and_others_are_opaque() -> None:
    """What hides nothing is counted; what may hide something is told, each kind once."""
    tally = Tally(Wanted())
    messages = read(
        Foreign("1", "celery", "other"),
        Unreadable(None, None, "not JSON", hides=False),
        Unreadable("2", "celery", "strange"),
        Unreadable("3", "celery", "strange"),
    )
    tally.wait("celery", messages)
    reading = tally.reading([])
    assert reading.skipped == 2
    assert reading.opaque == ("a message in queue celery cannot be looked into: strange (2 times)",)


def test_opaque_lines_are_bounded() -> None:
    """However many kinds of unreadable messages there are, the lines fit on a screen."""
    tally = Tally(Wanted())
    messages = read(*(Unreadable(None, None, f"kind {number}") for number in range(50)))
    tally.wait("celery", messages)
    lines = tally.reading([]).opaque
    assert len(lines) == 11
    assert lines[-1] == "and 40 more kinds of unreadable messages"


def test_prefetched_messages_count_for_their_queue() -> None:
    """Depths tell ready and prefetched messages apart."""
    tally = Tally(Wanted())
    tally.delivered("video", IMPORT, age=None, redelivers_in=None)
    reading = tally.reading([("celery", 3, 5.0), ("video", 0, None)])
    assert reading.depths == (QueueDepth("celery", 3, 0, 5.0), QueueDepth("video", 0, 1))
    assert reading.unacked_read == 1
    assert tally.queues_of_unacked() == ("video",)
