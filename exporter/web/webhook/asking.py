"""From a notification to the requests for repairs in it. Pure.

Labels come from the network: all that is taken from them is which timeline or analysis to look at.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from exporter.repair.requests import Asked
from exporter.repair.rows import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from exporter.web.webhook.payload import Alert, Notification

REPAIR_LABEL = "repair"
"""The label by which a rule asks for a repair; its value says of what."""

_ID_LABELS = {Target.TIMELINE: "timeline_id", Target.ANALYSIS: "analysis_id"}
_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_ID_CHARACTERS = 32
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Understood:
    """What a notification asks for.

    `statuses` counts the alerts that ask for nothing: resolved, unmarked or invalid. `problems`
    say what is wrong with the invalid ones.
    """

    asked: tuple[Asked, ...]
    statuses: Mapping[str, int]
    truncated: int
    problems: tuple[str, ...]


def understand(notification: Notification) -> Understood:
    """The requests in a notification, each once.

    Where alerts were cut from it, everything orphaned of the kinds that it names is asked for.
    """
    asked: dict[str, Asked] = {}
    statuses: Counter[str] = Counter()
    problems = []
    for alert in notification.alerts:
        if alert.status == "resolved":
            statuses["resolved"] += 1
        elif REPAIR_LABEL not in alert.labels:
            statuses["unmarked"] += 1
        else:
            found = _asked(notification, alert)
            if isinstance(found, str):
                statuses["invalid"] += 1
                problems.append(found)
            else:
                asked.setdefault(found.request_id, found)
    if notification.truncated_alerts:
        for everything in _everything(notification, list(asked.values())):
            asked[everything.request_id] = everything
    return Understood(
        tuple(asked.values()), statuses, notification.truncated_alerts, tuple(problems)
    )


def _asked(notification: Notification, alert: Alert) -> Asked | str:
    """The request of a firing alert, or what is wrong with it."""
    labels, kind = alert.labels, alert.labels[REPAIR_LABEL]
    if kind not in set(Target):
        return f"label repair={kind!r} is neither timeline nor analysis"
    target = Target(kind)
    text = labels.get(_ID_LABELS[target], "")
    if not _ID.fullmatch(text):
        return f"label {_ID_LABELS[target]}={text!r} is not an id"
    return Asked(
        request_id=_id(
            *(notification.group_key, alert.fingerprint, _microseconds(alert.starts_at)),
            *(alert.status, kind, text),
        ),
        target=target,
        target_id=int(text),
        fingerprint=alert.fingerprint,
        alert=labels.get("alertname", ""),
        labels=labels,
    )


def _everything(notification: Notification, named: list[Asked]) -> list[Asked]:
    """A request for all of each kind that the named ones are of; one a state of the group."""
    state = sorted(each.request_id for each in named)
    return [
        Asked(
            request_id=_id(notification.group_key, f"every {target}", *state),
            target=target,
            target_id=None,
            fingerprint="",
            alert="cut from the notification",
            labels=notification.common_labels,
        )
        for target in Target
        if any(each.target is target for each in named)
    ]


def _microseconds(moment: datetime) -> str:
    """The moment, whatever zone its sender writes it in."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return str((moment - _EPOCH) // timedelta(microseconds=1))


def _id(*parts: str) -> str:
    """A name that whoever delivers the same gives it too."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_ID_CHARACTERS]
