"""Short ways to write down a scan; everything that a test does not mention is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.snapshot import (
    BrokerReading,
    Consumer,
    DatabaseReading,
    DataSource,
    HeartbeatReading,
    Place,
    ProcessingTimeline,
    Sighting,
    Snapshot,
    UnfinishedAnalysis,
    Wanted,
    WorkerReply,
    WorkersReading,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

EPOCH = 1_800_000_000.0
IMPORT = "timesketch.lib.tasks.run_csv_jsonl"
ANALYZER = "timesketch.lib.tasks.run_sketch_analyzer"


def source(
    number: int = 1,
    *,
    status: str = "processing",
    created_age: float = 100.0,
    status_age: float = 100.0,
    streamed: bool = False,
) -> DataSource:
    """A data source."""
    return DataSource(number, status, number, created_age, status_age, streamed)


def timeline(
    number: int = 1,
    *,
    status_id: int = 1,
    age: float = 100.0,
    sources: Sequence[DataSource] | None = None,
) -> ProcessingTimeline:
    """A processing timeline with one data source whose import has begun."""
    made = (source(created_age=age, status_age=age),) if sources is None else tuple(sources)
    return ProcessingTimeline(number, 1, f"timeline {number}", "index", status_id, age, made)


def analysis(
    number: int = 7, *, status: str = "PENDING", age: float = 100.0, index: str | None = "index"
) -> UnfinishedAnalysis:
    """An unfinished analysis."""
    return UnfinishedAnalysis(number, 1, 1, 1, index, "domain", status, number, age, age)


def seen(
    place: Place,
    where: str = "celery",
    *,
    task: str = "t1",
    name: str = IMPORT,
    timeline_id: int | None = 1,
    analysis_id: int | None = None,
    followers: tuple[int, ...] | None = None,
    age: float | None = None,
    redelivers_in: float | None = None,
    redelivered: bool = False,
) -> Sighting:
    """A sighting of the import of timeline 1, unless said otherwise."""
    return Sighting(
        task_id=task,
        task_name=name,
        place=place,
        where=where,
        timeline_id=timeline_id,
        analysis_id=analysis_id,
        index_name="index",
        followers=followers,
        age=age,
        redelivers_in=redelivers_in,
        redelivered=redelivered,
    )


def reply(
    worker: str, *sightings: Sighting, uptime: float | None = 1000.0, limit: int | None = 8
) -> WorkerReply:
    """A worker's whole answer."""
    active = sum(each.place == Place.ACTIVE for each in sightings)
    return WorkerReply(
        worker=worker,
        sightings=sightings,
        active=active,
        reserved=len(sightings) - active,
        scheduled=0,
        uptime=uptime,
        prefetch_limit=limit,
    )


def consumer(
    number: int, *, age: float = 1000.0, idle: float = 0.0, blocked: bool = False
) -> Consumer:
    """A connection whose last command was a blocking pop."""
    return Consumer(number, f"10.0.0.{number}:5000", "", age, idle, blocked)


def looked_for(reading: DatabaseReading) -> Wanted:
    """What a first look finds, where nothing but this is in the database."""
    names = [each.index_name for each in reading.timelines]
    names += [each.index_name for each in reading.analyses]
    return Wanted(
        timeline_ids=frozenset(each.timeline_id for each in reading.timelines),
        analysis_ids=frozenset(each.analysis_id for each in reading.analyses),
        index_names=frozenset(filter(None, names)),
    )


def snapshot(
    tick: float,
    *,
    timelines: Iterable[ProcessingTimeline] = (),
    analyses: Iterable[UnfinishedAnalysis] = (),
    broker: Iterable[Sighting] = (),
    opaque: Sequence[str] = (),
    uptime: float | None = 10_000.0,
    incarnation: str = "one",
    replies: Iterable[WorkerReply] = (),
    receivers: int | None = None,
    counts: bool = True,
    consumers: Iterable[Consumer] | None = None,
    lists_clients: bool = True,
    bound: Iterable[str] = (),
    malformed: Sequence[str] = (),
    heartbeats: HeartbeatReading | None = None,
    results: Mapping[str, str] | None = None,
) -> Snapshot:
    """One scan in which every source could be read; each answering worker has its connection."""
    answers = tuple(replies)
    if consumers is None:
        consumers = [consumer(number) for number, _ in enumerate(answers, 1)]
    reading = DatabaseReading(tuple(timelines), tuple(analyses), {"processing": 1})
    return Snapshot(
        at=EPOCH + tick,
        tick=tick,
        seconds=0.05,
        before=looked_for(reading),
        broker=BrokerReading(
            sightings=tuple(broker),
            messages_read={"celery": 0},
            opaque=tuple(opaque),
            incarnation=incarnation,
            uptime=uptime,
        ),
        workers=WorkersReading(
            replies=answers,
            receivers=(len(answers) if receivers is None else receivers) if counts else None,
            bound=frozenset(bound) | {each.worker for each in answers},
            consumers=tuple(consumers) if lists_clients else None,
            malformed=tuple(malformed),
        ),
        heartbeats=heartbeats or HeartbeatReading(),
        results=results or {},
        after=reading,
    )
