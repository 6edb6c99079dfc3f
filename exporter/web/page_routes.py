"""The addresses of the console's pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

# FastAPI reads the annotations of routes while the program runs.
from fastapi import FastAPI, Request  # noqa: TC002
from fastapi.responses import HTMLResponse

from exporter.events.story import story
from exporter.metrics.catalogue import CATALOGUE
from exporter.web.views.acts import acts
from exporter.web.views.guards import guards_of
from exporter.web.views.listing import listing_of
from exporter.web.views.overview import overview_of
from exporter.web.views.presence import presence
from exporter.web.views.query import number_of, query_of
from exporter.web.views.repairs import repair_page, repair_rows
from exporter.web.views.requests import request_page, request_row
from exporter.web.views.timeline import timeline_page
from exporter.web.views.tones import URGENCY
from exporter.web.views.work import ORDERS
from exporter.web.views.workers import worker_page, worker_rows

if TYPE_CHECKING:
    from exporter.web.pages import Pages

MOST_ENTRIES = 100
"""Entries of the journal that a page shows at first, and that each `more` adds."""

_MOST_ASKED = 2000
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def add_pages(app: FastAPI, pages: Pages) -> None:
    """Add every page that only shows."""
    _add_work(app, pages)
    _add_workers(app, pages)
    _add_repairs(app, pages)
    _add_requests(app, pages)

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def overview(request: Request) -> HTMLResponse:
        scene = pages.scene()
        names = _names(pages, request)
        return pages.render(
            "overview.html",
            request,
            section="overview",
            overview=overview_of(scene, names=names),
            guards=guards_of(scene.published.repair, pages.console.standing(), names=names),
            requests=scene.published.repair.journal,
        )

    @app.get("/scans", response_class=HTMLResponse, include_in_schema=False)
    def scans(request: Request) -> HTMLResponse:
        scene = pages.scene()
        return pages.render(
            "scans.html",
            request,
            section="scans",
            scene=scene,
            sources=scene.published.sources,
            records=pages.console.scans(),
            urgency=URGENCY,
        )

    @app.get("/reference", response_class=HTMLResponse, include_in_schema=False)
    def reference(request: Request) -> HTMLResponse:
        return pages.render(
            "reference.html", request, section="reference", live=False, catalogue=CATALOGUE
        )


def _add_work(app: FastAPI, pages: Pages) -> None:
    @app.get("/timelines", response_class=HTMLResponse, include_in_schema=False)
    def timelines(request: Request) -> HTMLResponse:
        scene = pages.scene()
        query = query_of(request.query_params, ORDERS)
        listing = listing_of(scene.timelines, query, names=_names(pages, request))
        return pages.render(
            "timelines.html", request, section="timelines", scene=scene, listing=listing
        )

    @app.get("/timelines/{timeline_id}", response_class=HTMLResponse, include_in_schema=False)
    def timeline(request: Request, timeline_id: str) -> HTMLResponse:
        number = number_of(timeline_id)
        missing = f"timeline {timeline_id}"
        if number is None:
            return pages.not_found(request, missing, section="timelines", depth=1)
        scene = pages.scene()
        names = _names(pages, request)
        page = timeline_page(scene, number, names=names)
        entries = pages.console.ask(
            lambda journal: tuple(journal.entries(timeline_id=number, limit=MOST_ENTRIES))
        )
        past = pages.console.ask_history(lambda history: history.material(number))
        unheard = past.answer is None or past.answer.is_empty
        if page.row is None and not page.analyses and not entries.answer and unheard:
            return pages.not_found(request, missing, section="timelines", depth=1)
        return pages.render(
            "timeline.html",
            request,
            section="timelines",
            depth=1,
            scene=scene,
            page=page,
            told=entries.map(lambda found: repair_rows(found, names=names)),
            past=past.map(
                lambda material: story(
                    material, acts(entries.answer or (), names=names), details=names
                )
            ),
        )

    @app.get("/analyses", response_class=HTMLResponse, include_in_schema=False)
    def analyses(request: Request) -> HTMLResponse:
        scene = pages.scene()
        query = query_of(request.query_params, ORDERS)
        listing = listing_of(scene.analyses, query, names=_names(pages, request))
        return pages.render(
            "analyses.html", request, section="analyses", scene=scene, listing=listing
        )


def _add_workers(app: FastAPI, pages: Pages) -> None:
    @app.get("/workers", response_class=HTMLResponse, include_in_schema=False)
    def workers(request: Request) -> HTMLResponse:
        scene = pages.scene()
        return pages.render(
            "workers.html",
            request,
            section="workers",
            scene=scene,
            workers=worker_rows(scene.judgement),
            judgement=scene.judgement,
        )

    # A name may hold slashes; in a link they are written so that they do not count as folders.
    @app.get("/workers/{name:path}", response_class=HTMLResponse, include_in_schema=False)
    def worker(request: Request, name: str) -> HTMLResponse:
        scene = pages.scene()
        page = worker_page(scene, name, names=_names(pages, request))
        if page is None:
            return pages.not_found(request, f"worker {name}", section="workers", depth=1)
        told = pages.console.ask_history(lambda history: presence(history, name, now=scene.now))
        return pages.render(
            "worker.html",
            request,
            section="workers",
            depth=1,
            scene=scene,
            page=page,
            told=told,
        )


def _add_repairs(app: FastAPI, pages: Pages) -> None:
    @app.get("/repairs", response_class=HTMLResponse, include_in_schema=False)
    def repairs(request: Request) -> HTMLResponse:
        limit = _limit(request)
        timeline_id = number_of(request.query_params.get("timeline", ""))
        names = _names(pages, request)
        told = pages.console.ask(
            lambda journal: repair_rows(
                journal.entries(timeline_id=timeline_id, limit=limit), names=names
            )
        )
        scene = pages.scene()
        return pages.render(
            "repairs.html",
            request,
            section="repairs",
            told=told,
            limit=limit,
            step=MOST_ENTRIES,
            timeline_id=timeline_id,
            guards=guards_of(scene.published.repair, pages.console.standing(), names=names),
        )

    @app.get("/repairs/{repair_id}", response_class=HTMLResponse, include_in_schema=False)
    def repair(request: Request, repair_id: str) -> HTMLResponse:
        missing = f"repair {repair_id}"
        if not _ID.fullmatch(repair_id):
            return pages.not_found(request, missing, section="repairs", depth=1)
        names = _names(pages, request)
        told = pages.console.ask(lambda journal: repair_page(journal.entry(repair_id), names=names))
        if told.unknown_because is not None:
            return pages.not_found(request, missing, section="repairs", depth=1)
        return pages.render(
            "repair.html", request, section="repairs", depth=1, repair_id=repair_id, told=told
        )


def _add_requests(app: FastAPI, pages: Pages) -> None:
    @app.get("/requests", response_class=HTMLResponse, include_in_schema=False)
    def requests(request: Request) -> HTMLResponse:
        limit = _limit(request)
        names = _names(pages, request)
        told = pages.console.ask(
            lambda journal: [request_row(each, names=names) for each in journal.inbox.recent(limit)]
        )
        return pages.render(
            "requests.html", request, section="requests", told=told, limit=limit, step=MOST_ENTRIES
        )

    @app.get("/requests/{request_id}", response_class=HTMLResponse, include_in_schema=False)
    def request_by_id(request: Request, request_id: str) -> HTMLResponse:
        missing = f"request {request_id}"
        if not _ID.fullmatch(request_id):
            return pages.not_found(request, missing, section="requests", depth=1)
        names = _names(pages, request)
        told = pages.console.ask(
            lambda journal: request_page(journal.inbox.attempts(request_id), names=names)
        )
        if told.unknown_because is not None:
            return pages.not_found(request, missing, section="requests", depth=1)
        return pages.render(
            "request.html", request, section="requests", depth=1, request_id=request_id, told=told
        )


def _names(pages: Pages, request: Request) -> bool:
    return pages.console.viewer_of(request.scope).sees_names


def _limit(request: Request) -> int:
    asked = number_of(request.query_params.get("limit", ""))
    return min(_MOST_ASKED, max(MOST_ENTRIES, asked or MOST_ENTRIES))
