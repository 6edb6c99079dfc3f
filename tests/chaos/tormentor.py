"""Does the acts of a story, each at its time."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from tests.chaos.crew import ROLES, Ending, Role
from tests.chaos.story import Act, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.chaos.stage import Stage

_AT_ONCE = 24


class Tormentor:
    """Carries out acts; what cannot be done when its time comes (nobody is at work) is left out.

    Acts that go on for a while do so beside the others. Servers are restarted one at a time.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._one_server = threading.Lock()
        self.done: Counter[Kind] = Counter()
        self._pause = threading.Event()
        uploads = stage.uploads
        self._how: Mapping[Kind, Callable[[Act], bool | None]] = {
            Kind.UPLOAD: lambda act: uploads.upload(act.pick, act.with_),
            Kind.UPLOAD_AGAIN: lambda act: uploads.upload_again(act.pick, act.with_),
            Kind.LOSE_MESSAGE: lambda act: uploads.upload(act.pick, act.with_, sends=False),
            Kind.UPLOAD_NOTHING: lambda act: uploads.upload(act.pick, act.with_, missing=True),
            Kind.DELETE_SKETCH: lambda act: uploads.delete_sketch(act.pick),
            Kind.KILL_WORKER: lambda act: self._end(act, Ending.KILL),
            Kind.KILL_GROUP: lambda act: self._end(act, Ending.KILL_GROUP),
            Kind.TERMINATE_WORKER: lambda act: self._end(act, Ending.TERMINATE),
            Kind.KILL_CHILD: self._kill_child,
            Kind.STOP_WORKER: self._stop_worker,
            Kind.STOP_CHILD: self._stop_child,
            Kind.BROKER_KEEPS: lambda act: self._restart_broker(act, keeps=True),
            Kind.BROKER_FORGETS: lambda act: self._restart_broker(act, keeps=False),
            Kind.DATABASE: self._restart_database,
            Kind.DELAY: self._delay,
            Kind.STALL: self._stall,
            Kind.CUT: lambda act: stage.ways[str(act.with_["whose"])].cut(),
            Kind.JUMP: self._jump,
            Kind.KILL_EXPORTER: lambda act: self._restart_exporter(act, signal.SIGKILL),
            Kind.TERMINATE_EXPORTER: lambda act: self._restart_exporter(act, signal.SIGTERM),
            Kind.ALERT_WRONGLY: self._alert_wrongly,
        }

    def play(self, acts: Sequence[Act]) -> None:
        """All of them; returns when the last one is over."""
        begun = time.monotonic()
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="act") as pool:
            doing = []
            for act in acts:
                self._pause.wait(max(0.0, begun + act.at - time.monotonic()))
                doing.append(pool.submit(self._do, act))
            for each in doing:
                each.result()

    def _do(self, act: Act) -> None:
        try:
            done = self._how[act.kind](act)
        except SQLAlchemyError:
            return  # the database is away: whoever uploads is answered 500
        if done is not False:
            self.done[act.kind] += 1

    def _role(self, act: Act) -> Role:
        return ROLES[int(act.pick * len(ROLES))]

    def _end(self, act: Act, how: Ending) -> bool:
        away_for = float(act.with_["seconds"])
        return self._stage.crew.end(self._role(act), how, away_for=away_for)

    def _stop_worker(self, act: Act) -> bool:
        role, crew = self._role(act), self._stage.crew
        if not crew.alive(role):
            return False
        crew.send(role, signal.SIGSTOP)
        self._pause.wait(float(act.with_["seconds"]))
        crew.send(role, signal.SIGCONT)
        return True

    def _at_work(self, act: Act) -> int | None:
        """A process that runs a task, if there is one and it is not the worker itself."""
        children = [each.pid for each in self._stage.witness.running() if each.pid != each.worker]
        return children[int(act.pick * len(children))] if children else None

    def _kill_child(self, act: Act) -> bool:
        pid = self._at_work(act)
        return pid is not None and _signal(pid, signal.SIGKILL)

    def _stop_child(self, act: Act) -> bool:
        pid = self._at_work(act)
        if pid is None or not _signal(pid, signal.SIGSTOP):
            return False
        self._pause.wait(float(act.with_["seconds"]))
        _signal(pid, signal.SIGCONT)
        return True

    def _restart_broker(self, act: Act, *, keeps: bool) -> None:
        with self._one_server:
            self._stage.valkey.kill()
            if not keeps:
                shutil.rmtree(self._stage.directory / "appendonlydir", ignore_errors=True)
            self._pause.wait(float(act.with_["seconds"]))
            self._stage.valkey.start()

    def _restart_database(self, act: Act) -> None:
        with self._one_server:
            if act.with_["crash"]:
                self._stage.postgres.kill()
            else:
                self._stage.postgres.stop()
            self._pause.wait(float(act.with_["seconds"]))
            self._stage.postgres.start()

    def _delay(self, act: Act) -> None:
        way = self._stage.ways[str(act.with_["whose"])]
        way.slow_down(float(act.with_["delay"]))
        self._pause.wait(float(act.with_["seconds"]))
        way.slow_down(0.0)

    def _stall(self, act: Act) -> None:
        way = self._stage.ways[str(act.with_["whose"])]
        way.stall()
        self._pause.wait(float(act.with_["seconds"]))
        way.straighten()

    def _jump(self, act: Act) -> None:
        clocks = [self._stage.crew.clock, *(each.clock for each in self._stage.exporters)]
        able = [clock for clock in clocks if clock is not None]
        able[int(act.pick * len(able))].jump(float(act.with_["seconds"]))

    def _restart_exporter(self, act: Act, signal_number: int) -> bool:
        exporters = self._stage.exporters
        exporter = exporters[int(act.pick * len(exporters))]
        if exporter.process is None or not exporter.process.alive():
            return False
        if signal_number == signal.SIGKILL:
            exporter.process.kill()
        else:
            exporter.process.stop(30.0)
        self._pause.wait(float(act.with_["seconds"]))
        exporter.start()
        return True

    def _alert_wrongly(self, act: Act) -> bool:
        """Ask for the repair of a timeline that may well be alive."""
        processing = sorted(self._stage.uploads.processing())
        if not processing:
            return False
        chosen = processing[int(act.pick * len(processing))]
        self._stage.alerting.alert(("timeline", chosen))
        return True


def _signal(pid: int, signal_number: int) -> bool:
    try:
        os.kill(pid, signal_number)
    except ProcessLookupError:
        return False
    return True
