"""From a seed to the acts of a run, and to JSON lines and back. Pure.

How long mishaps last stays within what the settings of `settings.py` promise to bear: an outage of
the broker and a stopped worker are over before `workers.reconnect-within` is.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Value = float | int | str | bool


class Kind(StrEnum):
    """What is done."""

    UPLOAD = "upload"
    UPLOAD_AGAIN = "upload into a timeline that is there"
    LOSE_MESSAGE = "upload whose message is not sent"
    UPLOAD_NOTHING = "upload whose file is missing"
    DELETE_SKETCH = "delete a sketch"
    KILL_WORKER = "SIGKILL a worker"
    KILL_GROUP = "SIGKILL a worker and its children"
    KILL_CHILD = "SIGKILL a child at work"
    STOP_WORKER = "SIGSTOP a worker"
    STOP_CHILD = "SIGSTOP a child at work"
    TERMINATE_WORKER = "SIGTERM a worker"
    BROKER_KEEPS = "restart the broker with its data"
    BROKER_FORGETS = "restart the broker without its data"
    DATABASE = "restart the database"
    DELAY = "slow the way to the broker"
    STALL = "stop the way to the broker"
    CUT = "cut the way to the broker"
    JUMP = "jump a clock"
    KILL_EXPORTER = "SIGKILL an exporter"
    TERMINATE_EXPORTER = "SIGTERM an exporter"
    ALERT_WRONGLY = "alert for what may be alive"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done `at` so many seconds of the story.

    `pick` (0 to 1) chooses among what is there by then; `with_` says how it is done.
    """

    at: float
    kind: Kind
    pick: float
    with_: Mapping[str, Value] = field(default_factory=dict)


def _length(random: Random) -> float:
    return round(random.choice((0.2, 1.0, 3.0, 8.0)) * random.uniform(0.5, 1.5), 2)


def _upload(random: Random) -> dict[str, Value]:
    return {
        "length": _length(random),
        "analyzers": random.choice((0, 0, 1, 2, 3)),
        "queue": random.choice(("celery", "celery", "plaso")),
        "priority": random.choice((0, 0, 3, 6, 9)),
        "sent_after": random.choice((0.0, 0.0, 0.3, 2.0)),
        "broken": random.random() < 0.1,
    }


def _away(random: Random) -> dict[str, Value]:
    return {"seconds": round(random.uniform(0.2, 6.0), 1)}


def _stopped(random: Random) -> dict[str, Value]:
    return {"seconds": round(random.uniform(0.5, 4.0), 1)}


def _broker(random: Random) -> dict[str, Value]:
    return {"seconds": round(random.uniform(0.1, 1.5), 1)}


def _database(random: Random) -> dict[str, Value]:
    return {"seconds": round(random.uniform(0.1, 2.0), 1), "crash": random.random() < 0.5}


def _way(random: Random) -> dict[str, Value]:
    whose = random.choice(("workers", "exporters"))
    return {
        "whose": whose,
        "delay": random.choice((0.05, 0.2, 0.5)),
        "seconds": round(random.uniform(0.5, 3.0), 1),
    }


def _clock(random: Random) -> dict[str, Value]:
    return {"seconds": random.choice((-3600, -60, -5, 0, 5, 60, 3600))}


def _nothing(_random: Random) -> dict[str, Value]:
    return {}


_ACTS: Mapping[Kind, tuple[int, Callable[[Random], dict[str, Value]]]] = {
    Kind.UPLOAD: (60, _upload),
    Kind.UPLOAD_AGAIN: (8, _upload),
    Kind.LOSE_MESSAGE: (4, _upload),
    Kind.UPLOAD_NOTHING: (3, _upload),
    Kind.DELETE_SKETCH: (2, _nothing),
    Kind.KILL_WORKER: (4, _away),
    Kind.KILL_GROUP: (3, _away),
    Kind.KILL_CHILD: (8, _nothing),
    Kind.STOP_WORKER: (4, _stopped),
    Kind.STOP_CHILD: (3, _stopped),
    Kind.TERMINATE_WORKER: (4, _away),
    Kind.DELAY: (3, _way),
    Kind.STALL: (3, _way),
    Kind.CUT: (3, _way),
    Kind.JUMP: (4, _clock),
    Kind.ALERT_WRONGLY: (6, _nothing),
}
"""How often each comes among the others, and how it is done."""

_RARE: Mapping[Kind, Callable[[Random], dict[str, Value]]] = {
    Kind.BROKER_KEEPS: _broker,
    Kind.BROKER_FORGETS: _broker,
    Kind.DATABASE: _database,
    Kind.KILL_EXPORTER: _away,
    Kind.TERMINATE_EXPORTER: _away,
}
"""What takes the evidence of everything away: once each in every `_ROUND` seconds."""

_ROUND = 150.0
_BETWEEN_ACTS = 0.75


def write(seed: int, seconds: float) -> Sequence[Act]:
    """The acts of a run that goes on for so many seconds, in their order."""
    random = Random(seed)
    acts: list[Act] = []
    at = 0.0
    while (at := at + random.expovariate(1 / _BETWEEN_ACTS)) < seconds:
        (kind,) = random.choices(list(_ACTS), [weight for weight, _ in _ACTS.values()])
        acts.append(Act(round(at, 2), kind, random.random(), _ACTS[kind][1](random)))
    begun = 0.0
    while begun < seconds:
        length = min(_ROUND, seconds - begun)
        for kind, how in _RARE.items():
            at = begun + length * random.uniform(0.05, 0.9)
            acts.append(Act(round(at, 2), kind, random.random(), how(random)))
        begun += _ROUND
    return tuple(sorted(acts, key=lambda act: act.at))


def to_lines(acts: Iterable[Act]) -> str:
    """The acts as JSON lines, from which `from_lines` makes them again."""
    return "".join(f"{json.dumps(asdict(act))}\n" for act in acts)


def from_lines(text: str) -> Sequence[Act]:
    """The acts that such lines tell; raises ValueError where they tell none."""
    told = [json.loads(line) for line in text.splitlines() if line.strip()]
    return tuple(Act(each["at"], Kind(each["kind"]), each["pick"], each["with_"]) for each in told)
