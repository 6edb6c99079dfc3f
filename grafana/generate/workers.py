"""The dashboard *Timesketch workers and queues*: who works, and what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana.generate import queues
from grafana.generate.colours import WORKER_STATES, steps, words
from grafana.generate.frame import band, dashboard, section
from grafana.generate.links import WORKER_OF_ROW, WORKER_OF_SERIES
from grafana.generate.numbers import number
from grafana.generate.queries import Query
from grafana.generate.series import bars, lines, states
from grafana.generate.tables import Column, rows
from grafana.generate.variables import values_of

if TYPE_CHECKING:
    from grafana_foundation_sdk.models.dashboard import Dashboard, Panel

UID = "timesketch-workers"

_NUMBERED = ("up", "draining", "wedged", "unknown", "dead")
"""The first that any replica of the exporter sees is shown: it is enough that one gets answers."""

_STATE = words(
    {str(place): (state, WORKER_STATES[state]) for place, state in enumerate(_NUMBERED, 1)}
)
_IN_STATE = (
    'max by (job, worker) (timesketch_worker_state{{..., worker=~"$worker", state="{}"}} == 1)'
)
_STATE_NOW = "\nor\n".join(
    f"{_IN_STATE.format(state)} * {place}" for place, state in enumerate(_NUMBERED, 1)
)
_SILENT_FOR = """\
time() - max by (job, worker) (
  timesketch_worker_last_heartbeat_timestamp_seconds{..., worker=~"$worker"}
)"""


def workers() -> Dashboard:
    """Make the dashboard."""
    return dashboard(
        uid=UID,
        title="Timesketch workers and queues",
        description="The Celery workers that import and analyse, what they hold, and what waits "
        "for them in the broker.",
        variables=(
            values_of("worker", "Worker", "timesketch_worker_state{...}"),
            values_of("queue", "Queue", "timesketch_queue_messages{...}"),
        ),
        sections=(
            section("", band(4, *((3, panel) for panel in (*_headline(), *queues.waiting())))),
            section(
                "Workers",
                band(8, (24, _states())),
                band(8, (12, _now()), (12, _heartbeats())),
                band(8, (8, _tasks("active")), (8, _tasks("reserved")), (8, _busy())),
                band(7, *((6, panel) for panel in (_missed(), _clocks(), _loads(), _taken_up()))),
            ),
            section("Queues", band(9, (14, queues.backlog()), (10, queues.oldest()))),
        ),
    )


def _headline() -> list[Panel]:
    def count(state: str) -> Query:
        return Query(f'sum(max without (instance) (timesketch_workers{{..., state="{state}"}}))')

    return [
        number(
            "Up",
            "Workers that are connected to the broker and answer.",
            count("up"),
            colours=steps("red", (1, "green")),
            runbooks=["TimesketchNoWorkers"],
        ),
        number(
            "Draining",
            "Workers in warm shutdown: they finish what they run, and take nothing new.",
            count("draining"),
        ),
        number(
            "Wedged",
            "Workers that are connected and answer nothing: frozen, or busy with a large message.",
            count("wedged"),
            colours=steps("green", (1, "orange")),
            runbooks=["TimesketchWorkerWedged"],
        ),
        number(
            "Dead",
            "Workers that went without a goodbye. They are remembered for workers.forget-after, "
            "24 hours unless it was set.",
            count("dead"),
            colours=steps("green", (1, "red")),
            runbooks=["TimesketchWorkerDown"],
        ),
    ]


def _states() -> Panel:
    return states(
        "States of workers",
        "A band for each worker. One that said goodbye ends; one that died stays red until it is "
        "forgotten or comes back.",
        Query(_STATE_NOW, "{{worker}}"),
        meaning=_STATE,
        link=WORKER_OF_SERIES,
    )


def _now() -> Panel:
    def held(metric: str) -> Query:
        return Query(f'max by (job, worker) ({metric}{{..., worker=~"$worker"}})', now=True)

    return rows(
        "Workers now",
        "What each worker holds. A click on its name leads to its page in the console. A dash "
        "stands where a worker does not tell.",
        Query(_STATE_NOW, now=True),
        Query(_SILENT_FOR, now=True),
        held("timesketch_worker_active_tasks"),
        held("timesketch_worker_reserved_tasks"),
        held("timesketch_worker_pool_processes"),
        columns=(
            Column("worker", "Worker", link=WORKER_OF_ROW),
            Column("Value #A", "State", meaning=_STATE, width=90),
            Column("Value #B", "Heartbeat ago", unit="s", width=125),
            Column("Value #C", "Active", width=75),
            Column("Value #D", "Reserved", width=85),
            Column("Value #E", "Processes", width=95),
            Column("job", "Job"),
        ),
        descending="State",
        without="-",
    )


def _heartbeats() -> Panel:
    return lines(
        "Time since the last heartbeat",
        "Healthy workers send one every two seconds unless told otherwise. A worker whose line "
        "climbs is dead, frozen, or cut off.",
        Query(_SILENT_FOR, "{{worker}}"),
        unit="s",
        link=WORKER_OF_SERIES,
    )


def _missed() -> Panel:
    return bars(
        "Missed heartbeats",
        "Heartbeats that were due and did not come, while the exporter listened. A few now and "
        "then mean a busy machine.",
        _by_worker("timesketch_worker_missed_heartbeats_total"),
    )


def _clocks() -> Panel:
    return lines(
        "Clocks of workers",
        "By how much each worker's clock is ahead of the exporter's. No verdict depends on it; the "
        "dates that Timesketch writes do.",
        Query(
            "max by (worker) (\n"
            '  timesketch_worker_clock_offset_seconds{..., worker=~"$worker"}\n)',
            "{{worker}}",
        ),
        unit="s",
        link=WORKER_OF_SERIES,
    )


def _loads() -> Panel:
    return lines(
        "Load of their machines",
        "The load average over five minutes, as each worker tells it.",
        Query(
            "max by (worker) (\n"
            '  timesketch_worker_load_average{..., minutes="5", worker=~"$worker"}\n)',
            "{{worker}}",
        ),
        unit="short",
        link=WORKER_OF_SERIES,
    )


def _taken_up() -> Panel:
    return bars(
        "Tasks taken up",
        "How many tasks each worker took from the broker, as it tells itself.",
        _by_worker("timesketch_worker_processed_tasks_total"),
    )


def _by_worker(metric: str) -> Query:
    """How many each worker counted; replicas of the exporter hear the same."""
    return Query(
        f'max by (worker) (\n  increase({metric}{{..., worker=~"$worker"}}[$__interval])\n)',
        "{{worker}}",
    )


def _tasks(kind: str) -> Panel:
    described = {
        "active": "Tasks that each worker runs.",
        "reserved": "Tasks that each worker has prefetched and not begun. Nobody else gets them "
        "until it hands them back, or the broker misses it.",
    }
    return lines(
        f"{kind.capitalize()} tasks",
        described[kind],
        Query(
            f"sum by (worker) (max without (instance) (\n"
            f'  timesketch_worker_{kind}_tasks{{..., worker=~"$worker"}}\n))',
            "{{worker}}",
        ),
        stacked=True,
        link=WORKER_OF_SERIES,
    )


def _busy() -> Panel:
    return lines(
        "Pool in use",
        "Active tasks as a share of the pools' processes. At 100% all that comes has to wait.",
        Query(
            'sum(max without (instance) (timesketch_worker_active_tasks{..., worker=~"$worker"}))\n'
            "/\n"
            "sum(max without (instance) (\n"
            '  timesketch_worker_pool_processes{..., worker=~"$worker"}\n))',
            "in use",
        ),
        unit="percentunit",
        colours={"in use": "semi-dark-blue"},
    )
