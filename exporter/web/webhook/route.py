"""`POST /webhook`, and `GET /api/v1/requests/ID`: what becomes of what was posted.

Alertmanager tries again after a 5xx and drops everything else that is not a 2xx. So whatever may be
right later is a 503, and a 4xx is for what can never be.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import anyio
from anyio import to_thread
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer

from exporter.web.access import BEARER_CHALLENGE
from exporter.web.api.answers import AsciiJson
from exporter.web.api.identifiers import Id  # noqa: TC001  read by FastAPI
from exporter.web.refused import Refused
from exporter.web.webhook.body import Bodies
from exporter.web.webhook.payload import schema
from exporter.web.webhook.storing import store, tell_of
from exporter.web.webhook.told import Problem, RequestTold, Taken

if TYPE_CHECKING:
    from exporter.web.webhook.storing import Webhook

ANSWER_WITHIN = 8.0
"""Seconds for storing; Alertmanager 0.25 gives up after 10 s."""

_WRITERS = 4
_JSON = "application/json"
_AUTHENTICATE = {"WWW-Authenticate": BEARER_CHALLENGE}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No token, or none that holds"},
    503: {"model": Problem, "description": "Not now: try again"},
}

# For openapi.json; who may enter is decided by the entrance.
_TOKEN = Depends(HTTPBearer(scheme_name="token", auto_error=False))

_log = logging.getLogger(__name__)


def add_webhook(app: FastAPI, webhook: Webhook) -> None:
    """Add both routes to an application."""
    bodies = Bodies()
    limiter: anyio.CapacityLimiter | None = None

    @app.post(
        "/webhook",
        summary="Alertmanager's notifications",
        status_code=HTTPStatus.ACCEPTED,
        response_model=Taken,
        responses=_PROBLEMS
        | {
            400: {"model": Problem, "description": "Not a notification of version 4"},
            408: {"model": Problem, "description": "The body came too slowly"},
            413: {"model": Problem, "description": "Larger than 1 MiB, or over 10,000 alerts"},
            415: {"model": Problem, "description": "Not application/json"},
        },
        openapi_extra={"requestBody": {"required": True, "content": {_JSON: {"schema": schema()}}}},
        dependencies=[_TOKEN],
    )
    async def receive(request: Request) -> JSONResponse:
        nonlocal limiter
        # A limiter belongs to the event loop it is made in.
        limiter = limiter or anyio.CapacityLimiter(_WRITERS)
        try:
            webhook.entrance.require(request)
            _require_json(request)
            _require_time(webhook)
            body = await bodies.read(request)
            answer = await _stored(webhook, body, limiter)
        except Refused as refused:
            webhook.tally.answered(refused.status)
            extra = {"code": int(refused.status), "because": str(refused)}
            _log.warning("webhook refused", extra=extra)
            return _problem(refused)
        webhook.tally.answered(HTTPStatus.ACCEPTED)
        return JSONResponse(answer.model_dump(), status_code=HTTPStatus.ACCEPTED)

    @app.get(
        "/api/v1/requests/{request_id}",
        summary="What became of a request for a repair",
        response_model=RequestTold,
        responses=_PROBLEMS | {404: {"model": Problem, "description": "No such request"}},
        dependencies=[_TOKEN],
    )
    def request_by_id(request: Request, request_id: Id) -> JSONResponse:
        try:
            names = webhook.entrance.knows_reader(request)
            return AsciiJson(tell_of(webhook, request_id, names=names).model_dump())
        except Refused as refused:
            return _problem(refused)


async def _stored(webhook: Webhook, body: bytes, limiter: anyio.CapacityLimiter) -> Taken:
    """What was stored of a body; raises Refused."""
    try:
        with anyio.fail_after(ANSWER_WITHIN):
            # What is stored after we gave up is a duplicate when it comes again.
            return await to_thread.run_sync(
                lambda: store(webhook, body), limiter=limiter, abandon_on_cancel=True
            )
    except TimeoutError:
        why = f"the journal did not answer within {ANSWER_WITHIN:g} s"
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, why) from None


def _require_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if kind != _JSON or coding != "identity":
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"not {_JSON}, uncompressed")


def _require_time(webhook: Webhook) -> None:
    if webhook.draining():
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "the exporter is about to end")


def _problem(refused: Refused) -> JSONResponse:
    headers = _AUTHENTICATE if refused.status is HTTPStatus.UNAUTHORIZED else None
    return JSONResponse({"detail": str(refused)}, status_code=refused.status, headers=headers)
