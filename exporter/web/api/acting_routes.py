"""The actions of the API: plan, apply, undo, pause, resume; `exporter/web/acting` does them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from exporter.web.acting import pausing, repairs
from exporter.web.acting.choosing import chosen
from exporter.web.acting.permission import by_program
from exporter.web.api import acted, models
from exporter.web.api.answers import AsciiJson, problems
from exporter.web.api.identifiers import Id  # noqa: TC001  read by FastAPI

if TYPE_CHECKING:
    from exporter.repair.guarding import Standing
    from exporter.web.acting.desk import Desk


def acting_routes(desk: Desk) -> APIRouter:
    """The routes, for /api/v1; only operators are heeded."""
    router = APIRouter(tags=["actions"])
    _add_repairs(router, desk)
    _add_pausing(router, desk)
    return router


def _add_repairs(router: APIRouter, desk: Desk) -> None:
    @router.post(
        "/plans",
        summary="Judge anew, and plan the repair of what is orphaned",
        status_code=HTTPStatus.CREATED,
        response_model=models.Plan,
        responses=problems(403, 413),
    )
    def make_plan(request: Request, asked: models.PlanAsked) -> AsciiJson:
        origin = by_program(desk, request)
        choice = chosen(asked.timelines, sketch=asked.sketch, everything=asked.all)
        plan = repairs.make_plan(desk, choice, origin.actor)
        return AsciiJson(acted.plan(plan), status_code=HTTPStatus.CREATED)

    @router.post(
        "/plans/{plan_id}/apply",
        summary="Do what was planned, once",
        response_model=models.Applied,
        responses=problems(403, 404, 409, 413),
    )
    def apply_plan(request: Request, plan_id: Id, typed: models.Confirmed) -> AsciiJson:
        origin = by_program(desk, request)
        return AsciiJson(acted.applied(repairs.apply_plan(desk, plan_id, origin, typed.confirm)))

    @router.post(
        "/repairs/{repair_id}/undo",
        summary="Put the former rows of a repair back",
        response_model=models.Entry,
        responses=problems(403, 404, 409, 413),
    )
    def undo(request: Request, repair_id: Id, typed: models.Confirmed) -> AsciiJson:
        origin = by_program(desk, request)
        entry = repairs.take_back(desk, repair_id, origin, typed.confirm)
        return AsciiJson(acted.entry(entry, names=True))


def _add_pausing(router: APIRouter, desk: Desk) -> None:
    @router.post(
        "/pause",
        summary="Refuse every repair from now on",
        response_model=models.Guards,
        responses=problems(403, 413),
    )
    def pause(request: Request, asked: models.PauseAsked) -> AsciiJson:
        return _guards(pausing.pause(desk, asked.reason, by_program(desk, request)))

    @router.post(
        "/resume",
        summary="End the pause",
        response_model=models.Guards,
        responses=problems(403),
    )
    def resume(request: Request) -> AsciiJson:
        return _guards(pausing.resume(desk, by_program(desk, request)))

    @router.post(
        "/resume/brake",
        summary="Release the storm brake",
        response_model=models.Guards,
        responses=problems(403),
    )
    def release_brake(request: Request) -> AsciiJson:
        return _guards(pausing.release_brake(desk, by_program(desk, request)))


def _guards(standing: Standing) -> AsciiJson:
    return AsciiJson(acted.guards(standing.mode, standing))
