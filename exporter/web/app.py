"""The application: metrics, health, the webhook, and pages that are rendered here."""

from __future__ import annotations

import time
from dataclasses import replace
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
from exporter.web.access import Access, AccessRules
from exporter.web.acting_pages import add_acting_pages
from exporter.web.api.answers import answer_refusals
from exporter.web.api.reading_routes import Known
from exporter.web.api.routes import add_api
from exporter.web.config_file import LiveWebConfig
from exporter.web.console import Console
from exporter.web.headers import SecurityHeaders
from exporter.web.page_routes import add_pages
from exporter.web.pages import Pages
from exporter.web.request_limits import RequestLimits
from exporter.web.right_of_way import RightOfWay
from exporter.web.route_prefix import RoutePrefix
from exporter.web.turns import Turns
from exporter.web.viewer import viewer_of
from exporter.web.webhook.route import add_webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import CollectorRegistry

    from exporter.metrics.published import Published
    from exporter.web.acting.desk import Desk
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
    access: AccessRules | None = None,
    prefix: str = "",
    webhook: Webhook | None = None,
    desk: Desk | None = None,
    console: Console | None = None,
    clock: Callable[[], float] = time.time,
) -> FastAPI:
    """The application over what is `published`; `ready` says whether to send requests here.

    `stale_after` is the age in seconds from which the last scan's results are shown as old. `web`
    and `access` say who may ask and act, `web` what each answer's headers are besides ours.
    Everything lies under `prefix`. `webhook` is what the webhook's routes need, `desk` what the API
    and its actions need; without them there are none. `console` is what the pages need besides.
    Swagger UI and ReDoc are off: they load from a CDN, and forensic networks are closed.
    """
    app = FastAPI(
        title="timesketch-exporter",
        description="Finds orphaned Timesketch timelines and tells Prometheus.",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        # A redirection to the path with a slash would name the host that the client says it asks.
        redirect_slashes=False,
        servers=[{"url": prefix}] if prefix else None,
    )
    live = web or LiveWebConfig(None)
    right_of_way = RightOfWay()
    app.add_middleware(Turns, telemetry_path=telemetry_path, right_of_way=right_of_way)
    app.add_middleware(
        Access,
        users=lambda: live.current().users,
        rules=access,
        certificates=lambda: live.current().asks_for_certificates,
    )
    app.add_middleware(RequestLimits)
    app.add_middleware(RoutePrefix, prefix=prefix)
    app.add_middleware(SecurityHeaders, configured=lambda: live.current().headers)
    _add_metrics(app, registry, telemetry_path)
    _add_health(app, ready)
    if webhook is not None:
        add_webhook(app, webhook)
    answer_refusals(app)
    console = console or Console()
    if desk is not None:
        add_api(app, Known(published, desk, console))
        csrf = desk.csrf
        console = replace(console, viewer_of=lambda scope: viewer_of(scope, csrf))
    pages = Pages(
        console,
        published,
        telemetry_path=telemetry_path,
        stale_after=stale_after,
        right_of_way=right_of_way,
        clock=clock,
    )
    add_pages(app, pages)
    if desk is not None:
        add_acting_pages(app, pages, desk)
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
