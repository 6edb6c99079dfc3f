"""Orphaned timelines repaired by `repair --all --yes`: rows changed, and each in the journal.

The command judges first, which takes `judge.confirm-after`; a second here. Guards would refuse so
many: the budget is larger, and there is no storm brake.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

from bench.journals import KINDS, ask, new_journal
from bench.site import Site
from exporter.demo.processes import spawn

if TYPE_CHECKING:
    from pathlib import Path

_SETTINGS = {
    "REPAIR__MODE": "enforce",
    "REPAIR__BUDGET": "1000000",
    "REPAIR__BRAKE_SHARE": "1",
    "JUDGE__GRACE": "1ms",
    "JUDGE__CONFIRM_AFTER": "1s",
}
_APPLIED = "SELECT count(*) FROM outcome WHERE outcome = 'applied'"
_WRITING = "SELECT (SELECT max(ended_at) FROM outcome) - min(begun_at) FROM repair"
_FAILED = "SELECT count(*) FROM timeline_status WHERE status = 'fail'"
_LOST_AGAIN = (
    "UPDATE timeline_status SET status = 'processing'",
    "UPDATE datasource_status SET status = 'queueing'",
)

QUICK = {"orphans": 5}


def measure(directory: Path, *, orphans: int = 500) -> dict[str, object]:
    """Return repairs a second by kind of journal."""
    with Site(directory) as site:
        site.fill(timelines=orphans, processing=orphans, sketches=max(20, orphans // 10))
        rates = {kind: _rate(site, kind) for kind in KINDS}
    return {"orphans": orphans, "postgresql_syncs_to_disk": False, "journal": rates}


def _rate(site: Site, kind: str) -> dict[str, float]:
    url = new_journal(site, kind, f"repairs-{kind}")
    engine = create_engine(site.database_url)
    with engine.begin() as connection:
        for statement in _LOST_AGAIN:
            connection.execute(text(statement))
    settings = {"JOURNAL__URL": url, **_SETTINGS}
    began = time.perf_counter()
    process = spawn(
        [sys.executable, "-m", "exporter", "repair", "--all", "--yes"],
        name=f"repair-{kind}",
        directory=site.directory,
        env=site.environment()
        | {f"TIMESKETCH_EXPORTER_{name}": value for name, value in settings.items()},
    )
    if process.wait(600) != 0:
        raise RuntimeError(process.last_lines())
    took = time.perf_counter() - began
    with engine.connect() as connection:
        failed = connection.execute(text(_FAILED)).scalar_one()
    engine.dispose()
    (applied,), (writing,) = ask(url, _APPLIED), ask(url, _WRITING)
    # Sketches that are archived have timelines as well, which nobody repairs.
    if failed != applied or not failed:
        raise AssertionError(f"{failed} rows changed, {applied} in the journal")
    return {
        "repairs": int(applied),
        "repairs_per_second": round(applied / writing, 1),
        "command_seconds": round(took, 2),
    }
