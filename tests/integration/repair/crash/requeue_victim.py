"""Requeues in processes that are killed: asked through standard input, as victim.py is."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from exporter.service.repairing import repairing
from tests.integration.repair.crash.points import Point, Points
from tests.integration.repair.crash.requeue_scene import requeue, settings_of
from tests.integration.repair.crash.victim import fork

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def carry_out(
    given: Mapping[str, str], point: Point | None, say: Callable[[str, object], None]
) -> None:
    """Requeue, killed at the point; else say how many points were passed."""

    def strike(where: str, _: object) -> None:
        say("struck", where)
        os.kill(os.getpid(), signal.SIGKILL)

    settings = settings_of(given)
    points = Points(point, strike)
    with repairing(settings) as workshop:
        points.watch()
        requeue(settings, workshop)
    sys.settrace(None)
    say("passed", points.passed)


def main() -> None:
    """Answer until the input ends; the first request is carried out here, to learn all."""
    for number, line in enumerate(sys.stdin):
        asked: dict[str, Any] = json.loads(line)
        point = Point(**asked["point"]) if asked["point"] else None
        if number:
            answer = fork(partial(carry_out, asked["settings"], point))
        else:
            carry_out(asked["settings"], None, lambda *_: None)
            answer = {"exit": 0, "said": []}
            gc.freeze()
        print(json.dumps(answer), flush=True)  # noqa: T201  for the test


if __name__ == "__main__":
    main()
