"""Storing what a notification asks for, and telling what became of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from exporter.errors import ExporterError, UnknownRequestError
from exporter.web.refused import Refused
from exporter.web.webhook.asking import understand
from exporter.web.webhook.payload import MOST_ALERTS, PayloadError, read
from exporter.web.webhook.tally import Tally
from exporter.web.webhook.told import request_told, taken

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from exporter.repair.journal.inbox import Inbox
    from exporter.repair.requests import TakenIn
    from exporter.web.webhook.asking import Understood
    from exporter.web.webhook.entrance import Entrance
    from exporter.web.webhook.told import RequestTold, Taken

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Webhook:
    """What the routes need: the journal's inbox, who may enter, and what to do with the stored.

    `quiet` and `capacity` are the inbox's (`Inbox.take_in`). `draining` says that the process is
    about to end; `stored` is called once there are new requests.
    """

    inbox: Callable[[], AbstractContextManager[Inbox]]
    entrance: Entrance
    quiet: float
    capacity: int
    draining: Callable[[], bool] = lambda: False
    stored: Callable[[], None] = lambda: None
    tally: Tally = field(default_factory=Tally)


def store(webhook: Webhook, body: bytes) -> Taken:
    """Store the requests in a body and say which; raises Refused."""
    try:
        notification = read(body)
    except PayloadError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, str(error)) from error
    if len(notification.alerts) > MOST_ALERTS:
        why = f"more than {MOST_ALERTS} alerts: set max_alerts in Alertmanager's webhook"
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, why)
    understood = understand(notification)
    try:
        with webhook.inbox() as inbox:
            stored = inbox.take_in(understood.asked, quiet=webhook.quiet, capacity=webhook.capacity)
    except ExporterError as error:
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from error
    _tell(webhook, understood, stored)
    return taken(understood, stored)


def tell_of(webhook: Webhook, request_id: str, *, names: bool = True) -> RequestTold:
    """What became of a request; raises Refused."""
    try:
        with webhook.inbox() as inbox:
            return request_told(inbox.attempts(request_id), names=names)
    except UnknownRequestError as error:
        raise Refused(HTTPStatus.NOT_FOUND, str(error)) from error
    except ExporterError as error:
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from error


def _tell(webhook: Webhook, understood: Understood, stored: TakenIn) -> None:
    statuses = {
        "accepted": len(stored.accepted),
        "duplicate": len(stored.duplicates),
        **understood.statuses,
    }
    webhook.tally.took_in(statuses, truncated=understood.truncated)
    for problem in understood.problems[:1]:
        extra = {"alerts": len(understood.problems), "for_example": problem}
        _log.warning("alerts that name nothing", extra=extra)
    _log.info("webhook", extra={**statuses, "truncated": understood.truncated})
    if stored.accepted:
        webhook.stored()
