"""A scan's news are the changes since the scan before."""

from __future__ import annotations

from dataclasses import replace

from exporter.events.chronicle import News, Page, turn
from exporter.snapshot import Judgement, Source, Verdict, WorkerState
from tests.judgements import AT, analysis, judgement, timeline, worker


def after(*judgements: Judgement) -> News:
    """What is new in the last of several scans."""
    page, news = Page(), News()
    for made in judgements:
        news, page = turn(page, made, instance="host:1")
    return news


def test_first_sight_is_news() -> None:
    """Everything unfinished has a finding with its evidence, and its tasks are tied to it."""
    made = judgement(
        timeline(7, Verdict.RUNNING),
        analyses=(analysis(3, Verdict.WAITING, timeline_id=7),),
        workers=(worker("celery@w1", WorkerState.UP),),
    )
    news = after(made)
    first, second = news.findings
    assert (first.target, first.target_id, first.timeline_id, first.verdict) == (
        *("timeline", 7, 7),
        "running",
    )
    assert first.reasons == made.timelines[0].reasons
    assert [(source.data_source_id, source.made_at) for source in first.sources] == [
        (7, AT + made.seconds - 600.0)
    ]
    assert (second.target, second.timeline_id, second.analyzer) == ("analysis", 7, "domain")
    assert [(tie.task_id, tie.timeline_id) for tie in news.ties] == [("task-7", 7)]
    assert [(each.worker, each.state, each.last_heartbeat) for each in news.workers] == [
        ("celery@w1", "up", AT - 1.0)
    ]


def test_the_same_again_is_no_news() -> None:
    """What a scan says is stored once, however often it is said again."""
    made = judgement(
        timeline(7, Verdict.RUNNING),
        analyses=(analysis(3, Verdict.WAITING, timeline_id=7),),
        workers=(worker("celery@w1", WorkerState.UP),),
    )
    news = after(made, made)
    assert [*news.findings, *news.workers, *news.ties] == []


def test_other_words_for_the_same_are_no_news() -> None:
    """Counts in the reasons change with each scan."""
    running = timeline(7, Verdict.RUNNING)
    reworded = replace(running, reasons=("not in queue celery (313 messages read)",))
    assert not after(judgement(running), judgement(reworded)).findings


def test_a_change_is_news() -> None:
    """Another verdict, another worker, another status row."""
    running = timeline(7, Verdict.RUNNING)
    moved = replace(running, worker="celery@w2")
    again = replace(running, timeline=replace(running.timeline, status_id=99))
    for changed in (timeline(7, Verdict.ORPHANED), moved, again):
        assert len(after(judgement(running), judgement(changed)).findings) == 1


def test_what_is_over_is_news() -> None:
    """A timeline that is not processing any more has a last finding."""
    (over,) = after(judgement(timeline(7, Verdict.RUNNING)), judgement()).findings
    assert (over.target_id, over.timeline_id, over.verdict) == (7, 7, None)


def test_an_unread_database_ends_nothing() -> None:
    """While Timesketch's database is away nothing is known to be over."""
    away = judgement(down=(Source.DATABASE,))
    running = judgement(timeline(7, Verdict.RUNNING))
    assert not after(running, away).findings
    assert not after(running, away, running).findings
