"""The application answers what the contract of its HTTP surface says."""

from __future__ import annotations

import pytest

from exporter.snapshot import Verdict, WorkerState
from tests.judgements import judgement, timeline, worker
from tests.unit.web.asking import client

FULL = judgement(
    timeline(12, Verdict.ORPHANED),
    timeline(13, Verdict.RUNNING),
    workers=(worker("celery@w1", WorkerState.UP), worker("celery@w2", WorkerState.DEAD)),
)


def test_metrics_are_text_by_default() -> None:
    """A scrape without wishes gets the text format with its content type."""
    answer = client(FULL).get("/metrics", headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "\ntimesketch_orphaned_timelines 1.0\n" in answer.text


def test_metrics_are_openmetrics_when_asked_for() -> None:
    """A scrape that asks for OpenMetrics gets it, ended by its mark."""
    answer = client(FULL).get("/metrics", headers={"Accept": "application/openmetrics-text"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")


def test_metrics_are_compressed_for_those_who_can_read_it() -> None:
    """A scrape that accepts gzip gets it, and one that does not gets plain text."""
    answer = client(FULL).get("/metrics", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "timesketch_timelines" in answer.text
    assert (
        "content-encoding"
        not in client(FULL).get("/metrics", headers={"Accept-Encoding": "identity"}).headers
    )


def test_metrics_stand_at_the_path_of_the_setting() -> None:
    """Another telemetry path serves the metrics, and the pages link to it."""
    other = client(FULL, path="/telemetry")
    assert other.get("/telemetry").status_code == 200
    assert other.get("/metrics").status_code == 404
    assert 'href="telemetry"' in other.get("/").text


@pytest.mark.parametrize(("ready", "code"), [(True, 200), (False, 503)])
def test_readiness_is_told_by_the_code(ready: bool, code: int) -> None:  # noqa: FBT001
    """Ready is 200, starting or draining is 503, and healthy is 200 in any case."""
    asked = client(None, ready=ready)
    assert asked.get("/-/ready").status_code == code
    assert asked.get("/-/healthy").status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/reference", "/metrics", "/static/exporter.css", "/nowhere"]
)
def test_every_answer_forbids_scripts_and_foreign_assets(path: str) -> None:
    """Each answer, errors included, carries a policy that allows what we serve and nothing else."""
    policy = client(FULL).get(path).headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules.pop("default-src") == "'none'"
    own = {"style-src", "img-src", "script-src", "connect-src", "form-action"}
    assert {name for name, allowed in rules.items() if allowed == "'self'"} == own
    assert {allowed for name, allowed in rules.items() if name not in own} == {"'none'"}


def test_pages_load_nothing_from_elsewhere() -> None:
    """No page names another server, nor holds a script or style of its own."""
    for path in ("/", "/timelines", "/reference", "/static/forms.css", "/static/console.js"):
        text = client(FULL).get(path).text
        assert text.count("<script") == text.count('<script src="static/')
        assert "<style" not in text
        assert "style=" not in text
        assert "http://" not in text
        assert "https://" not in text


def test_documentation_pages_from_a_cdn_are_off() -> None:
    """The OpenAPI document is served; Swagger UI and ReDoc are not."""
    asked = client(FULL)
    assert asked.get("/openapi.json").json()["info"]["title"] == "timesketch-exporter"
    assert asked.get("/docs").status_code == 404
    assert asked.get("/redoc").status_code == 404
