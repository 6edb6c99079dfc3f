"""A judgement becomes series; what is not known has none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given

from exporter.metrics.catalogue import CATALOGUE
from exporter.metrics.collector import JudgementCollector, registry, render
from exporter.metrics.exposition import encode, negotiate
from exporter.metrics.published import (
    HistoryFigures,
    JournalFigures,
    Limits,
    Published,
    RepairFigures,
)
from exporter.snapshot import Progress, QueueDepth, Source, Verdict, WorkerState
from tests.judgements import AT, JUDGEMENTS, analysis, judgement, timeline, worker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.core import Metric
    from prometheus_client.samples import Sample

    from exporter.metrics.declaration import Family
    from exporter.snapshot import Judgement

REPAIR = RepairFigures(
    "enforce", JournalFigures({}, {}, paused=False, brake_engaged=False, budget_remaining=20)
)
Series = dict[tuple[str, tuple[str, ...]], float]


def series(made: Judgement | None, limits: Limits | None = None, **counted: int) -> Series:
    """The rendered series: name and label values (in the labels' alphabetical order)."""
    history = HistoryFigures(up=True, rows=5)
    published = Published(made, counted, repair=REPAIR, history=history)
    families = render(published, limits or Limits())
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def names(found: Series) -> set[str]:
    """The names of metrics that have a series."""
    return {name for name, _ in found}


@given(JUDGEMENTS)
def test_every_judgement_renders(made: Judgement) -> None:
    """Any judgement renders without a fault, each family once and in the catalogue."""
    faults: list[None] = []
    families = render(Published(made), Limits(), broken=lambda: faults.append(None))
    assert not faults
    rendered = [family.name for family in families]
    assert len(rendered) == len(set(rendered))
    declared = {declaration.name.removesuffix("_total") for declaration in CATALOGUE}
    assert set(rendered) <= declared


def test_full_judgement_has_every_metric() -> None:
    """When everything is known, every metric of the catalogue has a series."""
    found = series(
        judgement(
            replace(timeline(1, Verdict.ORPHANED), progress=Progress(50, 200)),
            analyses=(analysis(1, Verdict.ORPHANED),),
            workers=(worker("celery@w1", WorkerState.UP),),
        )
    )
    assert names(found) == {declaration.name for declaration in CATALOGUE}


def test_progress_is_bounded() -> None:
    """The oldest have series; the others are counted as dropped; what is not known has none."""
    counted = [
        replace(timeline(number, Verdict.RUNNING, age=100.0 + number), progress=Progress(number))
        for number in range(1, 5)
    ]
    counted[3] = replace(counted[3], progress=Progress(4, 40))
    found = series(judgement(*counted, timeline(9, Verdict.RUNNING)), Limits(processing=2))
    indexed = "timesketch_timeline_indexed_events"
    assert {key: value for key, value in found.items() if key[0] == indexed} == {
        (indexed, ("1", "3")): 3,
        (indexed, ("1", "4")): 4,
    }
    assert found["timesketch_timeline_expected_events", ("1", "4")] == 40
    assert ("timesketch_timeline_expected_events", ("1", "3")) not in found
    assert found["timesketch_exporter_series_dropped", (indexed,)] == 2


def test_before_the_first_scan_nothing_is_claimed() -> None:
    """Before the first scan there are only the exporter's own series, every source not up."""
    found = series(None)
    assert all(name.startswith("timesketch_exporter_") for name in names(found))
    assert found["timesketch_exporter_source_up", ("database",)] == 0
    assert "timesketch_exporter_last_scan_timestamp_seconds" not in names(found)


def test_without_the_database_timelines_are_absent() -> None:
    """While the database is away no metric claims that nothing is processing."""
    found = series(judgement(down=(Source.DATABASE,)), database=4)
    assert not any("timeline" in name or "anal" in name for name in names(found))
    assert found["timesketch_exporter_source_up", ("database",)] == 0
    assert found["timesketch_exporter_source_up", ("broker",)] == 1
    assert found["timesketch_exporter_scan_failures_total", ("database",)] == 4
    assert found["timesketch_exporter_last_scan_timestamp_seconds", ()] == AT


def test_without_the_workers_their_number_is_absent() -> None:
    """While the workers cannot be asked and none is remembered, there are not zero of them."""
    found = series(judgement(down=(Source.WORKERS,)))
    assert not any(name.startswith("timesketch_worker") for name in names(found))


def test_no_worker_at_all_is_a_known_zero() -> None:
    """When the question reached nobody, every state counts zero workers."""
    found = series(judgement())
    assert {found["timesketch_workers", (state,)] for state in WorkerState} == {0}


def test_fixed_label_values_exist_from_the_start() -> None:
    """Every verdict and status has a series, counting zero where there is nothing."""
    found = series(judgement(timeline(1, Verdict.RUNNING)))
    counts = {verdict: found["timesketch_processing_timelines", (verdict,)] for verdict in Verdict}
    assert counts == {verdict: float(verdict is Verdict.RUNNING) for verdict in Verdict}
    assert found["timesketch_timelines", ("fail",)] == 0
    assert found["timesketch_timelines", ("ready",)] == 5
    assert found["timesketch_orphaned_timelines", ()] == 0
    assert found["timesketch_exporter_scan_failures_total", ("exporter",)] == 0


def test_unheard_of_statuses_are_counted_together() -> None:
    """A status that Timesketch did not have when this was written is `other`."""
    found = series(replace(judgement(), statuses={"sleeping": 2, "dreaming": 1}))
    assert found["timesketch_timelines", ("other",)] == 3


def test_orphans_are_capped_oldest_first() -> None:
    """Of too many orphans the oldest keep their series, and the rest is counted."""
    made = judgement(*(timeline(n, Verdict.ORPHANED, age=n * 100.0) for n in range(1, 6)))
    found = series(made, Limits(orphans=2, processing=3))
    name = "timesketch_orphaned_timeline_since_timestamp_seconds"
    assert {labels for metric, labels in found if metric == name} == {("1", "4"), ("1", "5")}
    assert found[name, ("1", "5")] == AT - 500
    assert found["timesketch_exporter_series_dropped", (name,)] == 3
    processing = "timesketch_processing_timeline_since_timestamp_seconds"
    assert sum(metric == processing for metric, _ in found) == 3
    assert found["timesketch_exporter_series_dropped", (processing,)] == 2
    assert found["timesketch_orphaned_timelines", ()] == 5


def test_worker_that_said_goodbye_is_only_counted() -> None:
    """An offline worker has no series of its own; a dead one stays at 0."""
    found = series(
        judgement(
            workers=(
                worker("gone", WorkerState.OFFLINE),
                worker("dead", WorkerState.DEAD),
                worker("busy", WorkerState.WEDGED),
                worker("blurred", WorkerState.UNKNOWN),
            )
        )
    )
    up = {labels[0]: value for (name, labels), value in found.items() if name.endswith("worker_up")}
    assert up == {"dead": 0, "busy": 1}
    assert found["timesketch_workers", ("offline",)] == 1
    assert found["timesketch_worker_state", ("dead", "dead")] == 1
    assert found["timesketch_worker_state", ("up", "dead")] == 0


def test_workers_are_capped_the_living_first() -> None:
    """Dead workers lose their series before the living do."""
    made = judgement(
        workers=(
            worker("a-dead", WorkerState.DEAD),
            worker("b-up", WorkerState.UP),
            worker("c-up", WorkerState.UP),
        )
    )
    found = series(made, Limits(workers=2))
    assert {labels[0] for name, labels in found if name == "timesketch_worker_up"} == {
        "b-up",
        "c-up",
    }
    assert found["timesketch_exporter_series_dropped", ("timesketch_worker_state",)] == 1


def test_the_fullest_queues_are_kept_within_the_limit() -> None:
    """Queues beyond the limit are counted as dropped: bindings of gone ones stay in the broker."""
    made = replace(
        judgement(),
        queues=tuple(QueueDepth(f"q{number}", number, None, None) for number in range(5)),
    )
    found = series(made, Limits(queues=2))
    messages = "timesketch_queue_messages"
    assert {labels for name, labels in found if name == messages} == {
        ("q4", "ready"),
        ("q3", "ready"),
    }
    assert found["timesketch_exporter_series_dropped", (messages,)] == 3


def test_unknown_counts_are_absent() -> None:
    """What a worker or a broker does not tell has no series."""
    silent = replace(
        worker("w", WorkerState.WEDGED), active=None, reserved=None, last_heartbeat=None
    )
    made = judgement(workers=(silent,))
    made = replace(made, queues=(replace(made.queues[0], unacked=None, oldest_seen=None),))
    found = names(series(made))
    assert "timesketch_worker_active_tasks" not in found
    assert "timesketch_queue_oldest_message_seen_timestamp_seconds" not in found


def test_part_that_raises_costs_only_itself() -> None:
    """One part of the rendering that fails is counted and leaves the others their series."""

    def broken_part(made: Judgement, limits: Limits, dropped: Family) -> Iterator[Family]:
        raise RuntimeError((made, limits, dropped))

    faults: list[str] = []
    families = render(
        Published(judgement()),
        Limits(),
        parts=(broken_part,),
        broken=lambda: faults.append("fault"),
    )
    assert faults == ["fault"]
    assert "timesketch_exporter_source_up" in {family.name for family in families}


def test_registry_holds_the_usual_company_and_nothing_created() -> None:
    """The registry has process and platform metrics and no _created series."""
    made = registry(JudgementCollector(lambda: Published(judgement()), Limits()))
    found = {sample.name for family in made.collect() for sample in family.samples}
    assert {"process_cpu_seconds_total", "python_info", "timesketch_timelines"} <= found
    assert not any(name.endswith("_created") for name in found)


def test_what_has_not_changed_is_rendered_once() -> None:
    """Scrapes of the same state show the same families; what changed is rendered anew."""
    told = [Published(judgement())]
    collector = JudgementCollector(lambda: told[-1], Limits())
    first = collector.collect()
    assert all(a is b for a, b in zip(first, collector.collect(), strict=True))
    told.append(replace(told[0], failures={"database": 1}))
    again = collector.collect()
    failures = {sample.labels["source"]: sample.value for sample in _family(again, FAILURES)}
    assert failures["database"] == 1
    told.append(Published(judgement(timeline(1, Verdict.ORPHANED))))
    (headline,) = _family(collector.collect(), "timesketch_orphaned_timelines")
    assert headline.value == 1


def test_prepared_registry_has_every_text_written() -> None:
    """After its preparation a registry is written out without another look at a sample."""
    published = Published(judgement())
    made = registry(JudgementCollector(lambda: published, Limits()))
    plain, openmetrics = (negotiate(accept) for accept in ("", "application/openmetrics-text"))
    expected = encode(made.collect(), plain), encode(made.collect(), openmetrics)
    made.prepare()
    families = list(made.collect())
    runtime = {"process", "python"}
    for family in families:
        family.samples.clear()
    written = encode(families, plain), encode(families, openmetrics)
    for before, after in zip(expected, written, strict=True):
        # The process' own figures have moved on.
        assert _without(before, runtime) == _without(after, runtime)
        assert len(after.splitlines()) == len(before.splitlines())


FAILURES = "timesketch_exporter_scan_failures"


def _family(families: Iterable[Metric], name: str) -> list[Sample]:
    return next(family.samples for family in families if family.name == name)


def _without(text: bytes, prefixes: set[str]) -> list[str]:
    lines = text.decode().splitlines()
    return [line for line in lines if line.split("_")[0] not in prefixes]
