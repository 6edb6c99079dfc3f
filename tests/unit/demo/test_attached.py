"""What the demonstration reads out of /metrics."""

from __future__ import annotations

from exporter.demo.attached import Published, published_in

EXPOSITION = """\
timesketch_exporter_last_scan_timestamp_seconds 1.7e9
timesketch_processing_timeline_since_timestamp_seconds{\
sketch_id="1",timeline_id="4",verdict="orphaned"} 1.7e9
timesketch_worker_state{worker="celery@w1",state="up"} 0
timesketch_worker_state{worker="celery@w1",state="dead"} 1
"""


def test_verdicts_and_states_are_read() -> None:
    """Verdicts are found by timeline and the one state that is 1 by worker."""
    assert published_in(EXPOSITION) == Published(
        scanned=True, timelines={4: "orphaned"}, workers={"celery@w1": "dead"}
    )


def test_an_exporter_that_has_not_scanned_says_nothing() -> None:
    """Before the first scan there is no verdict and no worker."""
    assert published_in("timesketch_exporter_build_info 1\n") == Published()
