"""`health`: ask the exporter that runs on the configured address, for containers' health checks."""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from exporter.errors import Exit, UnhealthyError

if TYPE_CHECKING:
    import argparse

    from exporter.settings import Settings

TIMEOUT = 3.0
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked, not bound
_LONGEST_LINE = 200


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print the answer of `/-/healthy`; raises `UnhealthyError` for any but 200 within 3 s."""
    del options
    host = _EVERYWHERE.get(settings.web.host, settings.web.host)
    address = settings.web.listen_address
    connection = HTTPConnection(host, settings.web.port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/-/healthy")
        answer = connection.getresponse()
        text = answer.read(_LONGEST_LINE).decode(errors="replace").strip()
    except (OSError, HTTPException) as error:
        message = f"no exporter answers at {address}: {str(error) or type(error).__name__}"
        raise UnhealthyError(message) from error
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        message = f"what answers at {address} is not healthy: {answer.status} {answer.reason}"
        raise UnhealthyError(message)
    print(text)
    return Exit.OK
