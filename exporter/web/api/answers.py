"""How the API answers: JSON in ASCII, and a refusal as one line."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from exporter.web.refused import Refused
from exporter.web.webhook.told import Problem

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

_DESCRIPTIONS = {
    401: "Nobody that is known",
    403: "Known, but not allowed to",
    404: "No such thing",
    409: "Not any more",
    413: "The body is too large",
    422: "Something given is wrong, or not confirmed",
    503: "The journal, the scan or the file of tokens is away: try again",
}


class AsciiJson(JSONResponse):
    """JSON that any text can be told in: names may hold half a surrogate pair."""

    def render(self, content: object) -> bytes:
        """The body."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode("ascii")


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These refusals, besides those that every route knows, for openapi.json."""
    return {
        status: {"model": Problem, "description": _DESCRIPTIONS[status]}
        for status in (401, *statuses, 422, 503)
    }


def answer_refusals(app: FastAPI) -> None:
    """Answer with one line whatever is refused or cannot be read."""

    def refused(_request: Request, refusal: Exception) -> JSONResponse:
        fault = HTTPStatus.INTERNAL_SERVER_ERROR
        status = refusal.status if isinstance(refusal, Refused) else fault
        return _problem(status, str(refusal))

    def unreadable(_request: Request, error: Exception) -> JSONResponse:
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, _line(error))

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(RequestValidationError, unreadable)


def _problem(status: int, why: str) -> JSONResponse:
    return AsciiJson({"detail": why}, status_code=status, headers={"Cache-Control": "no-store"})


def _line(error: Exception) -> str:
    """What is wrong, in one line that shows nothing of what was given."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found)
