"""What the forms of the pages post to, and the page of a plan."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from exporter.web.access import asker_of
from exporter.web.acting import pausing, repairs
from exporter.web.acting.choosing import chosen
from exporter.web.acting.desk import answered
from exporter.web.acting.permission import by_form
from exporter.web.form import Form, form_of
from exporter.web.refused import Refused
from exporter.web.views.plan import plan_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporter.repair.records import Origin
    from exporter.web.acting.desk import Desk
    from exporter.web.pages import Pages

Posted = Annotated[Form, Depends(form_of)]

_TITLES = {
    HTTPStatus.FORBIDDEN: "Not allowed",
    HTTPStatus.NOT_FOUND: "Not found",
    HTTPStatus.CONFLICT: "Not any more",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Not like that",
}


def add_acting_pages(app: FastAPI, pages: Pages, desk: Desk) -> None:
    """Add them all. Whoever posts is led on by a GET, so that nothing is sent twice."""
    forms = _Forms(pages, desk)
    _add_plans(app, forms)
    _add_undo(app, forms)
    _add_pausing(app, forms)


class _Forms:
    """How each form is answered."""

    def __init__(self, pages: Pages, desk: Desk) -> None:
        self.pages = pages
        self.desk = desk

    def act(
        self, request: Request, form: Form, *, depth: int, do: Callable[[Origin], str]
    ) -> Response:
        """Go where `do` says, relative to the address that was posted to, or tell why not."""
        try:
            where = do(by_form(self.desk, request, form.text("csrf")))
        except Refused as refused:
            return self.problem(request, refused, depth=depth)
        return RedirectResponse(where, status_code=HTTPStatus.SEE_OTHER)

    def problem(self, request: Request, refused: Refused, *, depth: int) -> HTMLResponse:
        """The page that says why not."""
        return self.pages.render(
            "problem.html",
            request,
            section="",
            depth=depth,
            live=False,
            status=refused.status,
            title=_TITLES.get(refused.status, "Not now"),
            why=str(refused),
        )


def _add_plans(app: FastAPI, forms: _Forms) -> None:
    desk = forms.desk

    @app.post("/plans", include_in_schema=False)
    def make_plan(request: Request, form: Posted) -> Response:
        def make(origin: Origin) -> str:
            everything = form.text("all") == "true"
            # A box that is ticked beside the button for all means nothing.
            timelines = () if everything else form.numbers("timelines")
            choice = chosen(timelines, everything=everything)
            return f"plans/{repairs.make_plan(desk, choice, origin.actor).plan_id}"

        return forms.act(request, form, depth=0, do=make)

    @app.get("/plans/{plan_id}", response_class=HTMLResponse, include_in_schema=False)
    def show_plan(request: Request, plan_id: str) -> HTMLResponse:
        return _plan_page(forms, request, plan_id, depth=1)

    @app.post("/plans/{plan_id}/apply", include_in_schema=False)
    def apply_plan(request: Request, form: Posted, plan_id: str) -> Response:
        try:
            origin = by_form(desk, request, form.text("csrf"))
            repairs.apply_plan(desk, plan_id, origin, form.text("confirm"))
        except Refused as refused:
            # Whoever presses twice in haste sees what became of it, too.
            if refused.status in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT}:
                return _plan_page(forms, request, plan_id, depth=2, refused=refused)
            return forms.problem(request, refused, depth=2)
        return RedirectResponse(f"../{plan_id}", status_code=HTTPStatus.SEE_OTHER)


def _plan_page(
    forms: _Forms, request: Request, plan_id: str, *, depth: int, refused: Refused | None = None
) -> HTMLResponse:
    """The plan as its author may see it, with why it was not applied."""
    asker, desk = asker_of(request.scope), forms.desk
    try:
        with answered():
            author = asker.identity.name if asker.identity and asker.may_act else ""
            kept = desk.plans.look(plan_id, author, now=desk.clock())
    except Refused as hidden:
        return forms.problem(request, hidden, depth=depth)
    return forms.pages.render(
        "plan.html",
        request,
        section="timelines",
        depth=depth,
        live=False,
        status=HTTPStatus.OK if refused is None else refused.status,
        page=plan_page(kept),
        wrong=None if refused is None else str(refused),
    )


def _add_undo(app: FastAPI, forms: _Forms) -> None:
    @app.post("/repairs/{repair_id}/undo", include_in_schema=False)
    def undo(request: Request, form: Posted, repair_id: str) -> Response:
        def take_back(origin: Origin) -> str:
            entry = repairs.take_back(forms.desk, repair_id, origin, form.text("confirm"))
            return f"../{entry.repair.repair_id}"

        return forms.act(request, form, depth=2, do=take_back)


def _add_pausing(app: FastAPI, forms: _Forms) -> None:
    desk = forms.desk

    @app.post("/pause", include_in_schema=False)
    def pause(request: Request, form: Posted) -> Response:
        def do(origin: Origin) -> str:
            pausing.pause(desk, form.text("reason"), origin)
            return "./"

        return forms.act(request, form, depth=0, do=do)

    @app.post("/resume", include_in_schema=False)
    def resume(request: Request, form: Posted) -> Response:
        def do(origin: Origin) -> str:
            pausing.resume(desk, origin)
            return "./"

        return forms.act(request, form, depth=0, do=do)

    @app.post("/resume/brake", include_in_schema=False)
    def release_brake(request: Request, form: Posted) -> Response:
        def do(origin: Origin) -> str:
            pausing.release_brake(desk, origin)
            return "../"

        return forms.act(request, form, depth=1, do=do)
