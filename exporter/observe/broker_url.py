"""What the operator says about the broker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exporter.errors import BrokerUrlError
from exporter.urls import UNREADABLE, without_password

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BrokerOptions", "not_understood", "scheme", "without_password"]


@dataclass(frozen=True, slots=True)
class BrokerOptions:
    """Where Celery's broker is, in Celery's own terms.

    `url` and `transport_options` are Timesketch's `CELERY_BROKER_URL` and Celery's
    `broker_transport_options`; `queues` are read even if no worker ever bound them; `timeout` is
    how many seconds a connection attempt or an answer may take.
    """

    # A URL may carry a password, so it is no part of the value's repr.
    url: str = field(repr=False)
    transport_options: Mapping[str, object] = field(default_factory=dict, repr=False)
    queues: tuple[str, ...] = ("celery",)
    timeout: float = 5.0


def scheme(url: str) -> str:
    """Return the transport that a URL names, in lower case: `redis+socket://...` is a `redis`."""
    return url.partition("://")[0].partition("+")[0].lower() if "://" in url else ""


def not_understood(options: BrokerOptions, error: Exception) -> BrokerUrlError:
    """Return the error to raise where kombu cannot make sense of URL or options, and says so."""
    shown = without_password(options.url)
    if shown == UNREADABLE:
        # What kombu took for a port, and quotes, may be a part of the password.
        reason = "in a password / is %2F, @ is %40 and ; is %3B"
    elif isinstance(error, KeyError):
        reason = f"unknown value {error}"  # its text is only the key
    else:
        reason = " ".join(str(error).split()) or type(error).__name__
    return BrokerUrlError(f"{shown} is not a broker URL that kombu understands: {reason}")
