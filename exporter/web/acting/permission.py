"""Whether a request may act: by an operator, who meant to send it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from exporter.repair.records import Origin
from exporter.web.access import asker_of
from exporter.web.refused import Refused
from exporter.web.same_origin import is_foreign

if TYPE_CHECKING:
    from starlette.requests import Request

    from exporter.web.acting.desk import Desk
    from exporter.web.roles import Identity

_JSON = "application/json"


def by_program(desk: Desk, request: Request) -> Origin:
    """Who acts through the API; raises Refused.

    A token is sent by whoever has it and by nobody else. Everything else a browser sends along with
    what a foreign page makes it send, but that can be no JSON.
    """
    identity = _operator(desk, request)
    if identity.how != "token":
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != _JSON:
            raise _not_meant(desk, f"send it as {_JSON}, or with a token")
        _require_own_page(desk, request)
    return Origin(identity.name, "api")


def by_form(desk: Desk, request: Request, token: str) -> Origin:
    """Who acts through a page, by the token in its form; raises Refused."""
    identity = _operator(desk, request)
    _require_own_page(desk, request)
    if not desk.csrf.holds(token, identity.name):
        raise _not_meant(desk, "the page is too old: go back, load it anew, and try again")
    return Origin(identity.name, "console")


def _operator(desk: Desk, request: Request) -> Identity:
    asker = asker_of(request.scope)
    if asker.identity is None or not asker.may_act:
        desk.refusals.count("role")
        raise Refused(HTTPStatus.FORBIDDEN, f"read-only: {asker.read_only_because}")
    return asker.identity


def _require_own_page(desk: Desk, request: Request) -> None:
    if is_foreign(request.headers, desk.external_url):
        raise _not_meant(desk, "it was sent by a page of another site")


def _not_meant(desk: Desk, why: str) -> Refused:
    desk.refusals.count("csrf")
    return Refused(HTTPStatus.FORBIDDEN, f"nothing was changed: {why}")
