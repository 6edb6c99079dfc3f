"""Alertmanager's webhook payload, version 4 (prometheus.io/docs/alerting, webhook_config).

Newer servers add keys, so unknown ones are ignored; those that version 4 has must be there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

MOST_ALERTS = 10_000
"""Alerts in one notification; Alertmanager's max_alerts keeps them fewer."""

_SHOWN_PROBLEMS = 3

Status = Literal["firing", "resolved"]


class PayloadError(ValueError):
    """The body can never be right; `str()` says what is wrong with it, in one line."""


def _whole(value: object) -> object:
    """JSON's 3.0 is the same number as 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)


class Alert(_Part):
    """One alert. Its own status counts, not that of the group."""

    status: Status
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: datetime = Field(alias="startsAt")
    ends_at: datetime = Field(alias="endsAt")
    generator_url: str = Field(alias="generatorURL")
    fingerprint: str = Field(min_length=1, max_length=64)


class Notification(_Part):
    """One group of alerts, as delivered."""

    version: Literal["4"]
    group_key: str = Field(alias="groupKey", min_length=1)
    truncated_alerts: Annotated[int, Field(ge=0), BeforeValidator(_whole)] = Field(
        alias="truncatedAlerts"
    )
    status: Status
    receiver: str
    group_labels: dict[str, str] = Field(alias="groupLabels")
    common_labels: dict[str, str] = Field(alias="commonLabels")
    common_annotations: dict[str, str] = Field(alias="commonAnnotations")
    external_url: str = Field(alias="externalURL")
    alerts: list[Alert]


def read(body: bytes) -> Notification:
    """The notification in a body; raises PayloadError."""
    try:
        return Notification.model_validate_json(body)
    except ValidationError as error:
        raise PayloadError(_problems(error)) from None


def schema() -> dict[str, Any]:
    """Its JSON schema in one piece, for openapi.json."""
    whole = Notification.model_json_schema(by_alias=True)
    alert = whole.pop("$defs")["Alert"]
    whole["properties"]["alerts"]["items"] = alert
    return whole


def _problems(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)
    told = [
        f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}"
        for each in found[:_SHOWN_PROBLEMS]
    ]
    more = f" and {len(found) - _SHOWN_PROBLEMS} more" if len(found) > _SHOWN_PROBLEMS else ""
    return f"not a notification of Alertmanager's, version 4: {'; '.join(told)}{more}"
