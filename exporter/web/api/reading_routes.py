"""What the API tells: the pages' twin, for whoever may look."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request

from exporter.errors import ExporterError, NoScanError
from exporter.events.story import story
from exporter.web.access import identity_of
from exporter.web.acting.desk import answered
from exporter.web.api import acted, judged, models
from exporter.web.api.answers import AsciiJson, problems
from exporter.web.api.identifiers import Id, TimesketchId  # noqa: TC001  read by FastAPI
from exporter.web.api.paging import Asked, Limit, page
from exporter.web.console import Console
from exporter.web.refused import Refused
from exporter.web.views.acts import acts

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.metrics.published import Published
    from exporter.snapshot import JudgedTimeline, Judgement
    from exporter.web.acting.desk import Desk


@dataclass(frozen=True, slots=True)
class Known:
    """What is published, the journal behind the desk, and what the console knows of the past."""

    published: Callable[[], Published]
    desk: Desk
    console: Console = field(default_factory=Console)

    def judgement(self) -> Judgement:
        """What the last scan said; raises Refused before the first one."""
        judgement = self.published().judgement
        if judgement is None:
            with answered():
                raise NoScanError("there was no scan yet: ask again")
        return judgement


NO_HISTORY = "no history is kept here (events.keep)"


def reading_routes(known: Known) -> APIRouter:
    """The routes, for /api/v1."""
    router = APIRouter(tags=["reading"])
    _add_work(router, known)
    _add_scans(router, known)
    _add_journal(router, known)
    return router


def _add_work(router: APIRouter, known: Known) -> None:
    @router.get(
        "/timelines",
        summary="Timelines that say processing, and where their tasks are",
        response_model=models.Timelines,
        responses=problems(),
    )
    def timelines(request: Request, asked: Annotated[Asked, Query()]) -> AsciiJson:
        judgement, names = known.judgement(), _names(request)
        found = page(judgement.timelines, asked)
        told = [judged.timeline(each, names=names) for each in found.judged]
        return AsciiJson({**judged.scanned(judgement), "total": found.total, "timelines": told})

    @router.get(
        "/timelines/{timeline_id}",
        summary="One of them, with its data sources and its repairs",
        response_model=models.TimelineStory,
        responses=problems(404),
    )
    def timeline(request: Request, timeline_id: TimesketchId) -> AsciiJson:
        judgement, names = known.judgement(), _names(request)
        found = _find(judgement, timeline_id)
        sources = [judged.data_source(each) for each in found.timeline.data_sources]
        return AsciiJson(
            {
                **judged.scanned(judgement),
                **judged.timeline(found, names=names),
                "data_sources": sources,
                "repairs": _repairs_of(known.desk, timeline_id, names=names),
            }
        )

    @router.get(
        "/timelines/{timeline_id}/history",
        summary="What happened to one, also after it was finished",
        response_model=models.TimelineHistory,
        responses=problems(404),
    )
    def history(request: Request, timeline_id: TimesketchId) -> AsciiJson:
        names = _names(request)
        past = known.console.ask_history(lambda kept: kept.material(timeline_id))
        if past.away_because is not None:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, past.away_because)
        if past.answer is None:
            raise Refused(HTTPStatus.NOT_FOUND, NO_HISTORY)
        entries = known.desk.ask(
            lambda workshop: tuple(workshop.journal.entries(timeline_id=timeline_id, limit=100))
        )
        if past.answer.is_empty and not entries:
            raise Refused(
                HTTPStatus.NOT_FOUND, f"the history holds nothing of timeline {timeline_id}"
            )
        told = story(past.answer, acts(entries, names=names), details=names)
        return AsciiJson(judged.history(timeline_id, told))

    @router.get(
        "/analyses",
        summary="Unfinished analyses, and where their tasks are",
        response_model=models.Analyses,
        responses=problems(),
    )
    def analyses(asked: Annotated[Asked, Query()]) -> AsciiJson:
        judgement = known.judgement()
        found = page(judgement.analyses, asked)
        told = [judged.analysis(each) for each in found.judged]
        return AsciiJson({**judged.scanned(judgement), "total": found.total, "analyses": told})


def _add_scans(router: APIRouter, known: Known) -> None:
    @router.get("/workers", summary="Workers", response_model=models.Workers, responses=problems())
    def workers() -> AsciiJson:
        judgement = known.judgement()
        told = [{**judged.worker(each), **judged.pulse(each)} for each in judgement.workers]
        return AsciiJson({**judged.scanned(judgement), "workers": told})

    @router.get("/queues", summary="Queues", response_model=models.Queues, responses=problems())
    def queues() -> AsciiJson:
        judgement = known.judgement()
        told = [judged.queue(each) for each in judgement.queues]
        return AsciiJson({**judged.scanned(judgement), "queues": told})

    @router.get(
        "/scans", summary="The last scans", response_model=models.Scans, responses=problems()
    )
    def scans() -> AsciiJson:
        return AsciiJson({"scans": [judged.scan(each) for each in known.console.scans()]})

    @router.get(
        "/guards",
        summary="Whether repairs would be let through",
        response_model=models.Guards,
        responses=problems(),
    )
    def guards(request: Request) -> AsciiJson:
        desk = known.desk
        try:
            with desk.workshop() as workshop:
                standing = desk.standing(workshop.journal)
        except ExporterError:
            return AsciiJson(acted.guards(desk.mode, None))
        return AsciiJson(acted.guards(desk.mode, standing, names=_names(request)))


def _add_journal(router: APIRouter, known: Known) -> None:
    @router.get(
        "/repairs",
        summary="The newest repairs and undos of the journal",
        response_model=models.Repairs,
        responses=problems(),
    )
    def repairs(
        request: Request,
        since: datetime | None = None,
        timeline: Annotated[int | None, Query(ge=1, le=2**53)] = None,
        limit: Limit = 100,
    ) -> AsciiJson:
        begun, names = _moment(since), _names(request)
        told = known.desk.ask(
            lambda workshop: [
                acted.entry(each, names=names)
                for each in workshop.journal.entries(since=begun, timeline_id=timeline, limit=limit)
            ]
        )
        return AsciiJson({"repairs": told})

    @router.get(
        "/repairs/{repair_id}",
        summary="One of them, by its id or the beginning of it",
        response_model=models.Entry,
        responses=problems(404),
    )
    def repair(request: Request, repair_id: Id) -> AsciiJson:
        found = known.desk.ask(lambda workshop: workshop.journal.entry(repair_id))
        return AsciiJson(acted.entry(found, names=_names(request)))

    @router.get(
        "/requests",
        summary="The newest requests that alerts made",
        response_model=models.Requests,
        responses=problems(),
    )
    def requests(request: Request, limit: Limit = 100) -> AsciiJson:
        found = known.desk.ask(lambda workshop: workshop.journal.inbox.recent(limit))
        names = _names(request)
        return AsciiJson({"requests": [acted.request(each, names=names) for each in found]})


def _find(judgement: Judgement, timeline_id: int) -> JudgedTimeline:
    for each in judgement.timelines:
        if each.timeline.timeline_id == timeline_id:
            return each
    raise Refused(
        HTTPStatus.NOT_FOUND,
        f"timeline {timeline_id} is not processing: it is finished, failed or archived, its sketch "
        f"is no longer alive, or it does not exist; /api/v1/repairs?timeline={timeline_id} tells "
        "what was repaired",
    )


def _repairs_of(desk: Desk, timeline_id: int, *, names: bool) -> list[dict[str, object]] | None:
    try:
        with desk.workshop() as workshop:
            found = tuple(workshop.journal.entries(timeline_id=timeline_id, limit=100))
    except ExporterError:
        return None
    return [acted.entry(each, names=names) for each in found]


def _names(request: Request) -> bool:
    """Whether what people wrote may be told: a case's name is no business of everybody's."""
    return identity_of(request.scope) is not None


def _moment(since: datetime | None) -> float | None:
    if since is None:
        return None
    return (since if since.tzinfo else since.replace(tzinfo=UTC)).timestamp()
