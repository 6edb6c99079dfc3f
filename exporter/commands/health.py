"""`health`: ask the exporter that runs on the configured address, for containers' health checks."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING

from exporter.errors import Exit, UnhealthyError, WebConfigError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from exporter.settings import Settings

TIMEOUT = 3.0
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked, not bound
_LONGEST_LINE = 200
# What OpenSSL calls the answer of a server that speaks no TLS.
_PLAIN = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Print the answer of `/-/healthy`; raises `UnhealthyError` for any but 200 within 3 s.

    An exporter that asks for a client certificate hangs up on us, who have none; that it does so
    at once shows it as alive as its page would.
    """
    del options
    host = _EVERYWHERE.get(settings.web.host, settings.web.host)
    address = settings.web.listen_address
    try:
        path = f"{settings.web.prefix}/-/healthy"
        answer = _asked(host, settings.web.port, path, _ways(settings.web.config_file))
    except (OSError, HTTPException) as error:
        message = f"no exporter answers at {address}: {str(error) or type(error).__name__}"
        raise UnhealthyError(message) from error
    if answer.status != HTTPStatus.OK:
        message = f"what answers at {address} is not healthy: {answer.status} {answer.text}"
        raise UnhealthyError(message)
    print(answer.text)
    return Exit.OK


@dataclass(frozen=True, slots=True)
class _Way:
    """How to ask: over TLS or not, and whether to be hung up on is what must happen."""

    over_tls: bool
    hung_up_on: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    """A status, and the body where it is 200, else the reason."""

    status: int
    text: str


def _ways(web_config_file: Path | None) -> tuple[_Way, ...]:
    """How to ask; more than one way, where a file that is wrong by now does not tell."""
    if web_config_file is None:
        return (_Way(over_tls=False),)
    # Loaded only now: most have no such file, and a health check should cost little.
    from exporter.web.config_file import read  # noqa: PLC0415

    try:
        tls = read(web_config_file).tls
    except WebConfigError:
        return (_Way(over_tls=True, hung_up_on=True), _Way(over_tls=False))
    if tls is None:
        return (_Way(over_tls=False),)
    return (_Way(over_tls=True, hung_up_on=tls.context.verify_mode is ssl.CERT_REQUIRED),)


def _asked(host: str, port: int, path: str, ways: Sequence[_Way]) -> _Answer:
    for way in ways[:-1]:
        try:
            return _answer(host, port, path, way)
        except ssl.SSLError:
            continue  # so it speaks plainly
    return _answer(host, port, path, ways[-1])


def _answer(host: str, port: int, path: str, way: _Way) -> _Answer:
    connection = _connection(host, port, over_tls=way.over_tls)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read(_LONGEST_LINE).decode(errors="replace").strip()
    except (ssl.SSLError, ConnectionResetError) as error:
        # Without an alert (asyncio sends none) it is an end; http.client's is a reset as well.
        if way.hung_up_on and getattr(error, "reason", None) not in _PLAIN:
            return _Answer(HTTPStatus.OK, "timesketch-exporter asks for a client certificate")
        raise
    finally:
        connection.close()
    return _Answer(answer.status, text if answer.status == HTTPStatus.OK else answer.reason)


def _connection(host: str, port: int, *, over_tls: bool) -> HTTPConnection:
    if not over_tls:
        return HTTPConnection(host, port, timeout=TIMEOUT)
    context = ssl.create_default_context()
    # It asks an address of this machine, says nothing secret, and believes nothing but "healthy";
    # the certificate is for another name, and often of an authority that this machine lacks.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
