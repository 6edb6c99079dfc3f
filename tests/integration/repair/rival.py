"""A replica that repairs when it is told: `rival.py READER REPAIRER JOURNAL RULES`.

It reads scenes from standard input and plans for them, says `ready`, waits for a further line, and
repairs all of them. Then it prints how each repair ended.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from exporter.demo.roles import Roles
from exporter.repair.guards import GuardRules, Mode
from tests.integration.repair.crash.scene import Scene, judge
from tests.integration.repair.crash.start import ORIGIN, started

if TYPE_CHECKING:
    from tests.integration.repair.crash.start import Start


def repair(start: Start, scene: Scene) -> list[tuple[str, int, str]]:
    """Repair a scene as soon as the others do."""
    prepared = start.engine.prepare(judge(start.timelines, scene), scene.wants)
    print("ready", flush=True)  # noqa: T201  for the test
    sys.stdin.readline()
    entries = [
        start.engine.perform(each, prepared.situation, ORIGIN) for each in prepared.plan.repairs
    ]
    return [(*entry.repair.key, str(entry.outcome)) for entry in entries]


def main(reader: str, repairer: str, journal_url: str, rules: str) -> None:
    """Repair until the input ends; URLs first, `rules` are guard rules as JSON."""
    guards = GuardRules(mode=Mode.ENFORCE, brake_share=1.0, **json.loads(rules))
    with started(Roles(reader, repairer), journal_url, rules=guards) as start:
        for line in sys.stdin:
            timeline_ids, analysis_id = json.loads(line)
            ended = repair(start, Scene(tuple(timeline_ids), analysis_id))
            print(json.dumps(ended), flush=True)  # noqa: T201  for the test


if __name__ == "__main__":
    main(*sys.argv[1:])
