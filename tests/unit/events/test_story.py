"""The story of a timeline is told in order, with who says so, and with what nobody knows."""

from __future__ import annotations

from dataclasses import replace

from exporter.events.reading import Material
from exporter.events.records import Kind, Stream
from exporter.events.story import Act, Story, story
from tests.unit.events.samples import AT, TIMELINE, changed, finding, happened, watch

LOST = Material(
    TIMELINE,
    events=(happened(6, Kind.RECEIVED), happened(7, Kind.STARTED)),
    findings=(
        finding(2, "queued"),
        finding(10, "running", worker="celery@w1"),
        finding(40, "suspect"),
        finding(55, "orphaned"),
        finding(70, None),
    ),
    workers=(changed(0, "up"), changed(40, "dead", beat=36)),
)


def told(made: Story) -> list[tuple[float, str, str]]:
    """When, what, and who says so."""
    return [(each.at - AT, each.text, each.source) for each in made.chapters]


def test_whole_story_of_a_lost_import() -> None:
    """Upload, queue, worker, its death, verdicts and repair, in the order of time."""
    repaired = Act(AT + 60, "repair aaaa1111 applied", ("asked for by root@host",))
    assert told(story(LOST, [repaired])) == [
        (0, "uploaded: data source 7 (file)", "scans"),
        (1, "set to processing", "scans"),
        (2, "found in the queue", "scans"),
        (6, "task 0123abcd was received by celery@w1", "task events"),
        (7, "task 0123abcd was started on celery@w1", "task events"),
        (10, "found active on celery@w1", "scans"),
        (36, "celery@w1: its last heartbeat", "worker events"),
        (40, "celery@w1: its connection is gone", "scans"),
        (40, "suspected: its task is nowhere", "scans"),
        (55, "orphaned", "scans"),
        (60, "repair aaaa1111 applied", "journal"),
        (70, "not unfinished any more: it ended, or was changed or removed", "scans"),
    ]


def test_the_evidence_of_each_verdict_is_told() -> None:
    """Whatever spoke for a verdict then is told now."""
    orphaned = next(each for each in story(LOST).chapters if each.text == "orphaned")
    assert orphaned.reasons == ("because it is orphaned",)


def test_workers_words_are_left_out_where_they_may_not_be_told() -> None:
    """What an exception said may hold the name of a file."""
    failed = Material(TIMELINE, events=(happened(6, Kind.FAILED, detail="no such file: secret"),))
    assert story(failed).chapters[0].reasons == ("no such file: secret",)
    assert story(failed, details=False).chapters[0].reasons == ()


def test_a_gap_is_told_where_it_was() -> None:
    """An exporter that was stopped knows nothing of the time between; it says so once."""
    watches = (
        watch(Stream.SCANS, -9, 12),
        watch(Stream.WORKERS, -9, 13, "the exporter was stopped"),
        watch(Stream.SCANS, 30, 80),
        watch(Stream.WORKERS, 29, 80),
    )
    gaps = [each for each in story(replace(LOST, watches=watches)).chapters if each.is_gap]
    assert [(each.at - AT, each.text) for each in gaps] == [
        (
            12,
            "nothing is known for 18 s from scans and worker events: the exporter was stopped",
        )
    ]


def test_gaps_of_other_times_are_not_its_story() -> None:
    """What was missed before the upload or after the end says nothing about it."""
    watches = (
        watch(Stream.TASKS, -90, -50),
        watch(Stream.TASKS, -40, 80),
        watch(Stream.TASKS, 90, 99),
    )
    assert not [each for each in story(replace(LOST, watches=watches)).chapters if each.is_gap]


def test_a_restart_repeats_nothing_but_how_it_stood_after_the_gap() -> None:
    """Two replicas that find the same are told once; after a gap the same verdict is news."""
    findings = (
        finding(2, "running", worker="celery@w1"),
        replace(finding(3, "running", worker="celery@w1"), instance="host:2"),
        finding(50, "running", worker="celery@w1"),
    )
    watched = (watch(Stream.SCANS, 0, 10), watch(Stream.SCANS, 49, 60))
    made = story(Material(TIMELINE, findings=findings, watches=watched))
    at = [each.at - AT for each in made.chapters if each.text.startswith("found active")]
    assert at == [2, 50]


def test_a_worker_counts_only_while_it_has_the_task() -> None:
    """The death of a worker that had the task before is none of its story."""
    findings = (
        finding(2, "running", worker="celery@w1"),
        finding(9, "running", worker="celery@w2"),
    )
    workers = (changed(20, "dead", beat=19),)
    made = story(Material(TIMELINE, findings=(*findings, finding(30, None)), workers=workers))
    assert not [each for each in made.chapters if "celery@w1:" in each.text]


def test_a_worker_that_came_back_is_told() -> None:
    """A silence that ended is two chapters, with one last heartbeat before it."""
    findings = (finding(2, "running", worker="celery@w1"), finding(30, None))
    workers = (changed(10, "wedged", beat=9), changed(12, "unknown", beat=9), changed(20, "up"))
    made = story(Material(TIMELINE, findings=findings, workers=workers))
    assert [text for _, text, _ in told(made) if text.startswith("celery@w1:")] == [
        "celery@w1: its last heartbeat",
        "celery@w1: does not answer any more",
        "celery@w1: cannot be told of any more",
        "celery@w1: answers again",
    ]


def test_analyses_are_part_of_it() -> None:
    """An analysis is told by its number and analyzer."""
    analysis = replace(
        finding(5, "waiting"), target="analysis", target_id=3, analyzer="sigma", sources=()
    )
    made = story(Material(TIMELINE, findings=(analysis,)))
    assert told(made) == [(5, "analysis 3 (sigma): waits for what comes before it", "scans")]


def test_says_how_to_know_more() -> None:
    """Where no event of a task came, the story says what it rests on."""
    remarks = story(Material(TIMELINE, findings=(finding(2, "queued"),))).remarks
    assert len(remarks) == 1
    assert "events.enable-task-events" in remarks[0]
    assert story(LOST).remarks == ()


def test_nothing_known_is_no_story() -> None:
    """A timeline of which nothing is stored has no chapters."""
    assert story(Material(TIMELINE)) == Story(())
