"""The application answers what the contract of its HTTP surface says."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given, settings

from exporter.metrics.collector import JudgementCollector, registry
from exporter.metrics.published import Limits, Published
from exporter.snapshot import Source, Verdict, WorkerState
from exporter.web.app import create_app
from tests.judgements import AT, JUDGEMENTS, judgement, timeline, worker

if TYPE_CHECKING:
    from fastapi import FastAPI

    from exporter.snapshot import Judgement

FULL = judgement(
    timeline(12, Verdict.ORPHANED),
    timeline(13, Verdict.RUNNING),
    workers=(worker("celery@w1", WorkerState.UP), worker("celery@w2", WorkerState.DEAD)),
)


@dataclass(frozen=True)
class Client:
    """Asks the application without a server between."""

    app: FastAPI

    def get(self, path: str, *, headers: dict[str, str] | None = None) -> httpx.Response:
        """The answer to a GET request."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as asked:
                return await asked.get(path, headers=headers)

        return asyncio.run(ask())


def client(
    made: Judgement | None, *, ready: bool = True, now: float = AT + 3, path: str = "/metrics"
) -> Client:
    """A client of the application over one judgement."""
    published = Published(made)
    return Client(
        create_app(
            registry=registry(JudgementCollector(lambda: published, Limits())),
            published=lambda: published,
            ready=lambda: ready,
            telemetry_path=path,
            clock=lambda: now,
        )
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
    """Each answer, errors included, carries a policy that allows our own style and no script."""
    policy = client(FULL).get(path).headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "script-src" not in policy
    assert "unsafe" not in policy


def test_pages_load_nothing_from_elsewhere() -> None:
    """No page names another server, nor a script."""
    for path in ("/", "/reference", "/static/exporter.css"):
        text = client(FULL).get(path).text
        assert "<script" not in text
        assert "http://" not in text
        assert "https://" not in text


def test_documentation_pages_from_a_cdn_are_off() -> None:
    """The OpenAPI document is served; Swagger UI and ReDoc are not."""
    asked = client(FULL)
    assert asked.get("/openapi.json").json()["info"]["title"] == "timesketch-exporter"
    assert asked.get("/docs").status_code == 404
    assert asked.get("/redoc").status_code == 404


def test_landing_page_shows_what_was_found() -> None:
    """The landing page has the headline, the orphan, the workers and the links."""
    page = client(FULL).get("/").text
    assert "<h1>1 timeline is orphaned</h1>" in page
    assert "not in queue celery (312 messages read)" in page
    assert "celery@w2" in page
    assert "2025-11-23T09:00:00Z" in page
    for link in ("metrics", "-/healthy", "reference", "openapi.json"):
        assert f'href="{link}"' in page


def test_landing_page_keeps_names_of_cases_to_itself() -> None:
    """No name of a timeline is on a page that everybody can read."""
    assert "disk-12" not in client(FULL).get("/").text


def test_landing_page_greys_what_is_old() -> None:
    """Results of a scan long ago are marked as such and greyed."""
    page = client(FULL, now=AT + 600).get("/").text
    assert "The last scan is old" in page
    assert 'class="stale"' in page


def test_landing_page_names_the_source_that_is_down() -> None:
    """A source that is away is shown with its error."""
    page = client(judgement(down=(Source.DATABASE,), incomplete_because=("no database",)))
    text = page.get("/").text
    assert "Timesketch&#39;s database cannot be read" in text
    assert "the database does not answer" in text
    assert "Unfinished work" not in text


def test_landing_page_before_the_first_scan() -> None:
    """Before the first scan the page says so and claims nothing."""
    assert "The first scan has not ended yet" in client(None).get("/").text


@settings(max_examples=40)
@given(JUDGEMENTS)
def test_every_judgement_is_served(made: Judgement) -> None:
    """Whatever was judged, page and metrics are served, and nothing from outside is markup."""
    asked = client(made)
    answers = [asked.get("/"), asked.get("/metrics")]
    assert [answer.status_code for answer in answers] == [200, 200]


def test_texts_from_outside_are_escaped() -> None:
    """A worker that is named like markup is shown by its name."""
    page = client(judgement(workers=(worker("<b onclick=x>", WorkerState.UP),))).get("/").text
    assert "<b onclick" not in page
    assert "&lt;b onclick=x&gt;" in page
