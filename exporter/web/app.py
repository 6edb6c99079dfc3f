"""The application: metrics, health, the webhook, and pages that are rendered here."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import anyio
from anyio import to_thread
from fastapi import FastAPI, Header, Response
from fastapi.responses import PlainTextResponse
from prometheus_client.exposition import gzip_accepted
from starlette.staticfiles import StaticFiles

from exporter import __version__
from exporter.metrics import exposition
from exporter.web.access import Access
from exporter.web.config_file import LiveWebConfig
from exporter.web.console import Console
from exporter.web.headers import SecurityHeaders
from exporter.web.page_routes import add_pages
from exporter.web.pages import Pages
from exporter.web.webhook.route import add_webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import CollectorRegistry

    from exporter.metrics.published import Published
    from exporter.web.webhook.storing import Webhook

CONCURRENT_SCRAPES = 4
"""Scrapes that are rendered at once; more wait their turn, so they cannot starve the pages."""


def create_app(
    *,
    registry: CollectorRegistry,
    published: Callable[[], Published],
    ready: Callable[[], bool],
    telemetry_path: str = "/metrics",
    stale_after: float = 60.0,
    web: LiveWebConfig | None = None,
    webhook: Webhook | None = None,
    console: Console | None = None,
    clock: Callable[[], float] = time.time,
) -> FastAPI:
    """The application over what is `published`; `ready` says whether to send requests here.

    `stale_after` is the age in seconds from which the last scan's results are shown as old. `web`
    says who may ask and what each answer's headers are besides ours. `webhook` is what the
    webhook's routes need; without it there are none. `console` is what the pages need besides.
    Swagger UI and ReDoc are off: they load from a CDN, and forensic networks are closed.
    """
    app = FastAPI(
        title="timesketch-exporter",
        description="Finds orphaned Timesketch timelines and tells Prometheus.",
        version=__version__,
        docs_url=None,
        redoc_url=None,
    )
    live = web or LiveWebConfig(None)
    app.add_middleware(Access, users=lambda: live.current().users)
    app.add_middleware(SecurityHeaders, configured=lambda: live.current().headers)
    _add_metrics(app, registry, telemetry_path)
    _add_health(app, ready)
    if webhook is not None:
        add_webhook(app, webhook)
    pages = Pages(
        console or Console(),
        published,
        telemetry_path=telemetry_path,
        stale_after=stale_after,
        clock=clock,
    )
    add_pages(app, pages)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    return app


def _add_metrics(app: FastAPI, registry: CollectorRegistry, telemetry_path: str) -> None:
    limiter: anyio.CapacityLimiter | None = None

    @app.get(telemetry_path, response_class=PlainTextResponse, summary="Metrics for Prometheus")
    async def metrics(
        accept: Annotated[str, Header()] = "",
        accept_encoding: Annotated[str, Header()] = "",
    ) -> Response:
        nonlocal limiter
        # A limiter belongs to the event loop it is made in.
        limiter = limiter or anyio.CapacityLimiter(CONCURRENT_SCRAPES)

        def scrape() -> Response:
            content_type = exposition.negotiate(accept)
            body = exposition.encode(registry.collect(), content_type)
            headers = {"Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
            if gzip_accepted(accept_encoding):
                body = exposition.compress(body)
                headers["Content-Encoding"] = "gzip"
            return Response(body, headers=headers)

        return await to_thread.run_sync(scrape, limiter=limiter)


def _add_health(app: FastAPI, ready: Callable[[], bool]) -> None:
    """Health touches no dependency: a broker's outage must not kill the one who reports it."""

    @app.get("/-/healthy", response_class=PlainTextResponse, summary="Whether the process serves")
    async def healthy() -> PlainTextResponse:
        return PlainTextResponse("timesketch-exporter is healthy\n")

    @app.get(
        "/-/ready",
        response_class=PlainTextResponse,
        summary="Whether the first scan was tried",
        responses={503: {"description": "Starting, or draining"}},
    )
    async def readiness() -> PlainTextResponse:
        if ready():
            return PlainTextResponse("timesketch-exporter is ready\n")
        return PlainTextResponse("timesketch-exporter is starting or draining\n", status_code=503)
