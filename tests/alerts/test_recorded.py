"""Alerts on what was really published while workers were killed, left, froze and came back."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.alerts.recording import Recording, notation
from tests.alerts.rules import ALERTS, RULE_FILES

if TYPE_CHECKING:
    from pathlib import Path

_FIRING = 'count by (alertname, timeline_id, worker) (ALERTS{alertstate="firing"})'

ORPHANED = '{alertname="TimesketchTimelineOrphaned",timeline_id="1"}'
DOWN = '{alertname="TimesketchWorkerDown",worker="celery@killed"}'
WEDGED = '{alertname="TimesketchWorkerWedged",worker="celery@frozen"}'

_FIRES = {ORPHANED: (110, 190), DOWN: (160, 810), WEDGED: (680, 750)}
"""The first and last evaluation (seconds) in which an alert fires.

There are no others: none for the worker that said goodbye, and none for the one that was back
before it had been down for a minute.
"""


@pytest.fixture(scope="module")
def recording() -> Recording:
    """Return the recording."""
    return Recording.read(ALERTS / "tests" / "recorded" / "workers.json")


def test_what_fires_and_when(recording: Recording, tmp_path: Path) -> None:
    """In every evaluation those alerts fire that should, of all that there are."""
    checks = [
        {
            "expr": _FIRING,
            "eval_time": f"{at}s",
            "exp_samples": [
                {"labels": alert, "value": 1}
                for alert, (first, last) in _FIRES.items()
                if first <= at <= last
            ],
        }
        for at in range(0, recording.end + 1, recording.interval)
    ]
    test = {
        "rule_files": [str(file) for file in RULE_FILES],
        "evaluation_interval": f"{recording.interval}s",
        "tests": [
            {
                "interval": f"{recording.interval}s",
                "input_series": recording.input_series(),
                "promql_expr_test": checks,
            }
        ],
    }
    file = tmp_path / "recorded.yml"
    file.write_text(yaml.safe_dump(test))
    done = subprocess.run(
        ["promtool", "test", "rules", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_soon_enough(recording: Recording) -> None:
    """A killed import asks for its repair within half a minute, and no more once it is repaired."""
    first, last = _FIRES[ORPHANED]
    assert 0 < first - recording.at("killed") <= 30
    assert 0 <= last + recording.interval - recording.at("repaired") <= recording.interval
    assert 0 < _FIRES[DOWN][0] - recording.at("killed") <= 90
    assert 300 <= _FIRES[WEDGED][0] - recording.at("frozen") <= 330
    assert 0 < _FIRES[WEDGED][1] - recording.at("thawed") + recording.interval <= recording.interval


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ((1, 1, 1), "1x2"),
        ((0, 1.5), "0 1.5"),
        ((None, None, 1), "_x2 1"),
        ((1, None), "1 stale"),
        ((1, None, None, None, 2), "1 stale _x2 2"),
    ],
)
def test_notation(values: tuple[float | None, ...], written: str) -> None:
    """A series that vanishes is marked as stale once, and missing from then on."""
    assert notation(values) == written


def test_a_recording_survives_its_file(tmp_path: Path) -> None:
    """What is written is read back the same."""
    made = Recording(10, ((1.5, "killed"),), {'up{a="b"}': (None, 1.0, 1.0, None), "x": (2.0,) * 4})
    made.write(tmp_path / "made.json")
    assert Recording.read(tmp_path / "made.json") == made
    assert made.end == 30
