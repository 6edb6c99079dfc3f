"""Repairs in processes that are killed, or whose connections are: asked through standard input.

A line of JSON is a request, a line of JSON the answer. Each request is carried out by a fork of
this process, which has imported everything and holds no connection.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import traceback
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg2

from exporter.demo.roles import Roles
from exporter.errors import ExporterError, JournalError
from tests.integration.repair.crash.points import Point, Points
from tests.integration.repair.crash.scene import Scene, judge
from tests.integration.repair.crash.start import ORIGIN, started

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from exporter.repair.engine import Prepared
    from exporter.repair.records import Entry
    from tests.integration.repair.crash.start import Start

_Result = TypeVar("_Result")

_TERMINATE = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
    " WHERE application_name = 'timesketch-exporter'"
)


@dataclass(frozen=True, slots=True)
class Request:
    """To repair a scene; and how to be struck on the way, at which point.

    `kill`: SIGKILL. `disconnect`: the server ends all connections. `swallow`: likewise, after it
    has carried out a commit that is never answered (at a point before one). Without any, this
    process does it itself, so that its forks need not import and compile all of it anew.
    Connections are ended by the database's `owner`, and made with `roles`.
    """

    owner: str
    roles: Roles
    journal: str
    scene: Scene
    point: Point | None = None
    how: str = "kill"

    def line(self) -> str:
        """As a line of JSON."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def parse(cls, line: str) -> Request:
        """From a line of JSON."""
        fields: dict[str, Any] = json.loads(line)
        scene = fields.pop("scene")
        scene["timeline_ids"] = tuple(scene["timeline_ids"])
        point = fields.pop("point")
        roles = Roles(**fields.pop("roles"))
        return cls(
            roles=roles,
            scene=Scene(**scene),
            point=Point(**point) if point else None,
            **fields,
        )


def carry_out(request: Request, say: Callable[[str, object], None]) -> None:
    """Do what is asked, struck on the way; says what it saw the end of."""

    def strike(where: str, connection: Connection | None) -> None:
        say("struck", where)
        if request.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if request.how == "swallow" and connection is not None:
            _commit_unseen(connection)
        _disconnect_all(request)

    points = Points(request.point, strike)
    if request.how:
        points.watch()
    is_mortal = request.how == "kill"
    try:
        with started(request.roles, request.journal) as start:
            Batch(start, request.scene, say, is_mortal=is_mortal).run()
    except JournalError as error:  # struck while it opened the journal
        if is_mortal:
            raise
        say("error", f"{type(error).__name__}: {error}")
    sys.settrace(None)
    say("passed", points.passed)


@dataclass(frozen=True, slots=True)
class Batch:
    """Repairs a scene, one target after the other, and undoes one of the repairs.

    Unless it `is_mortal` it goes on after an error, as the exporter's own commands do.
    """

    start: Start
    scene: Scene
    say: Callable[[str, object], None]
    is_mortal: bool

    def run(self) -> None:
        """Do all of it."""
        engine = self.start.engine
        self._survive(engine.reconcile)
        prepared = self._survive(self._prepare)
        if prepared is not None:
            for repair in prepared.plan.repairs:
                self._end(partial(engine.perform, repair, prepared.situation, ORIGIN))
                if repair.key == self.scene.regretted:
                    self._end(partial(self._undo, repair.repair_id))
        self._survive(engine.reconcile)

    def _prepare(self) -> Prepared:
        judgement = judge(self.start.timelines, self.scene)
        return self.start.engine.prepare(judgement, self.scene.wants)

    def _undo(self, repair_id: str) -> Entry:
        return self.start.engine.undo(self.start.engine.plan_undo(repair_id), ORIGIN)

    def _end(self, action: Callable[[], Entry]) -> None:
        entry = self._survive(action)
        if entry is not None:
            self.say("ended", [entry.repair.repair_id, entry.outcome])

    def _survive(self, action: Callable[[], _Result]) -> _Result | None:
        try:
            return action()
        except ExporterError as error:
            if self.is_mortal:
                raise
            self.say("error", f"{type(error).__name__}: {error}")
            return None


def _commit_unseen(connection: Connection) -> None:
    """Commit on the server behind the driver's back, which will ask for it once more."""
    driver: Any = connection.connection.dbapi_connection
    if isinstance(driver, psycopg2.extensions.connection):
        with driver.cursor() as cursor:
            cursor.execute("COMMIT")


def _disconnect_all(request: Request) -> None:
    connection = psycopg2.connect(request.owner.replace("+psycopg2", ""))
    with connection, connection.cursor() as cursor:
        cursor.execute(_TERMINATE)
    connection.close()


def fork(action: Callable[[Callable[[str, object], None]], None]) -> dict[str, object]:
    """Have a child do it, given how to say something; listen until it has ended, and tell all."""
    hear, mouth = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(hear)
        code = 1
        try:
            action(partial(_write, mouth))
            code = 0
        except BaseException:  # noqa: BLE001  the child must end here, whatever it was
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(mouth)
    with os.fdopen(hear) as pipe:
        said = [json.loads(line) for line in pipe]
    _, status = os.waitpid(pid, 0)
    return {"exit": os.waitstatus_to_exitcode(status), "said": said}


def _write(mouth: int, what: str, told: object) -> None:
    with os.fdopen(os.dup(mouth), "w") as pipe:
        pipe.write(json.dumps([what, told]) + "\n")


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        request = Request.parse(line)
        if request.how:
            answer = fork(partial(carry_out, request))
        else:
            carry_out(request, lambda *_: None)
            answer = {"exit": 0, "said": []}
            gc.freeze()
        print(json.dumps(answer), flush=True)  # noqa: T201  for the test


if __name__ == "__main__":
    main()
