"""Judgements for tests: a small one to be varied, and all kinds of them for properties."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from exporter.snapshot import (
    DataSource,
    Heard,
    JudgedAnalysis,
    JudgedTimeline,
    JudgedWorker,
    Judgement,
    ProcessingTimeline,
    Progress,
    QueueDepth,
    Source,
    SourceHealth,
    UnfinishedAnalysis,
    Verdict,
    WorkerState,
)

AT = 1_763_888_400.0
"""The moment of every judgement here: 2025-11-23T09:00:00Z."""


def timeline(
    timeline_id: int, verdict: Verdict, *, sketch_id: int = 1, age: float = 600.0
) -> JudgedTimeline:
    """A processing timeline with a verdict, in this status for `age` seconds."""
    return JudgedTimeline(
        timeline=ProcessingTimeline(
            timeline_id=timeline_id,
            sketch_id=sketch_id,
            name=f"disk-{timeline_id}",
            index_name="abc",
            status_id=timeline_id,
            status_age=age,
            data_sources=(DataSource(timeline_id, "processing", 1, age, age, streamed=False),),
        ),
        verdict=verdict,
        since=AT - age,
        task_ids=(f"task-{timeline_id}",),
        worker="celery@w1",
        reasons=("not in queue celery (312 messages read)", "3 of 3 connected workers answered"),
    )


def analysis(analysis_id: int, verdict: Verdict, *, timeline_id: int | None = 1) -> JudgedAnalysis:
    """An unfinished analysis with a verdict."""
    return JudgedAnalysis(
        analysis=UnfinishedAnalysis(
            analysis_id=analysis_id,
            sketch_id=1,
            timeline_id=timeline_id,
            session_id=1,
            index_name="abc",
            analyzer="domain",
            status="PENDING",
            status_id=analysis_id,
            status_age=600.0,
            created_age=600.0,
        ),
        verdict=verdict,
        since=AT - 600.0,
        task_ids=(),
        worker=None,
        reasons=("its predecessor is still running",),
    )


def worker(name: str, state: WorkerState) -> JudgedWorker:
    """A worker in a state, changed ten minutes ago."""
    return JudgedWorker(
        worker=name,
        state=state,
        last_heartbeat=AT - 1.0,
        active=2,
        reserved=8,
        processes=2,
        pool="prefork",
        since=AT - 600.0,
        pulse=Heard(
            name,
            heartbeat_at=AT - 1.0,
            heartbeat_tick=99.0,
            clock_offset=-0.25,
            missed=3,
            processed=41,
            load=(0.5, 1.0, 2.0),
        ),
    )


def judgement(
    *timelines: JudgedTimeline,
    analyses: tuple[JudgedAnalysis, ...] = (),
    workers: tuple[JudgedWorker, ...] = (),
    down: tuple[Source, ...] = (),
    incomplete_because: tuple[str, ...] = (),
) -> Judgement:
    """A judgement of these things, complete unless there is a reason against it."""
    return Judgement(
        at=AT,
        tick=100.0,
        seconds=0.03,
        complete=not incomplete_because,
        incomplete_because=incomplete_because,
        timelines=timelines,
        analyses=analyses,
        workers=workers,
        queues=(QueueDepth("celery", 3, 1, AT - 20.0),),
        statuses=None if Source.DATABASE in down else {"ready": 5, "processing": len(timelines)},
        sources=tuple(
            SourceHealth(
                source,
                up=source not in down,
                seconds=0.005,
                error=f"the {source} does not answer" if source in down else None,
            )
            for source in Source
        ),
        last_complete_at=None if incomplete_because else AT,
    )


_TEXT = st.text(max_size=20)
_AGE = st.floats(min_value=0, max_value=1e6)
_COUNT = st.none() | st.integers(min_value=0, max_value=1000)

_PROGRESS = st.builds(
    Progress,
    events=st.integers(min_value=0, max_value=10**12),
    expected=st.none() | st.integers(min_value=0, max_value=10**12),
    # None, no event in the last minutes, or at least one.
    rate=st.none() | st.just(0.0) | st.floats(min_value=0.001, max_value=1e9),
    grew_at=st.none() | st.floats(min_value=0, max_value=2e9),
)
_TIMELINES = st.builds(
    lambda made, name, reasons, worker, progress: replace(
        made,
        timeline=replace(made.timeline, name=name),
        reasons=reasons,
        worker=worker,
        progress=progress,
    ),
    st.builds(
        timeline,
        st.integers(min_value=1, max_value=500),
        st.sampled_from(Verdict),
        sketch_id=st.integers(min_value=1, max_value=9),
        age=_AGE,
    ),
    _TEXT,
    st.tuples(_TEXT),
    st.none() | _TEXT,
    st.none() | _PROGRESS,
)
_ANALYSES = st.builds(
    lambda made, analyzer: replace(made, analysis=replace(made.analysis, analyzer=analyzer)),
    st.builds(
        analysis,
        st.integers(min_value=1, max_value=500),
        st.sampled_from(Verdict),
        timeline_id=st.none() | st.integers(min_value=1, max_value=500),
    ),
    _TEXT,
)
_WORKERS = st.builds(
    JudgedWorker,
    worker=_TEXT,
    state=st.sampled_from(WorkerState),
    last_heartbeat=st.none() | st.floats(min_value=0, max_value=2e9),
    active=_COUNT,
    reserved=_COUNT,
    processes=_COUNT,
    pool=st.none() | _TEXT,
    since=st.floats(min_value=0, max_value=2e9),
    reasons=st.tuples(_TEXT),
)
_QUEUES = st.builds(
    QueueDepth, queue=_TEXT, ready=_COUNT, unacked=_COUNT, oldest_seen=st.none() | _AGE
)


JUDGEMENTS: st.SearchStrategy[Judgement] = st.builds(
    lambda base, timelines, analyses, workers, queues, statuses: replace(
        base,
        timelines=timelines,
        analyses=analyses,
        workers=workers,
        queues=queues,
        statuses=statuses,
    ),
    st.builds(
        judgement,
        down=st.lists(st.sampled_from(Source), unique=True).map(tuple),
        incomplete_because=st.lists(_TEXT, max_size=2).map(tuple),
    ),
    st.lists(_TIMELINES, max_size=6).map(tuple),
    st.lists(_ANALYSES, max_size=6).map(tuple),
    st.lists(_WORKERS, max_size=6).map(tuple),
    st.lists(_QUEUES, max_size=4).map(tuple),
    st.none() | st.dictionaries(_TEXT, st.integers(min_value=0, max_value=1000), max_size=4),
)
"""All kinds of judgements, with texts that nobody would think of."""
