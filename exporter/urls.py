"""URLs as they may be shown: without their passwords.

Covers what people give as addresses of databases and brokers: SQLAlchemy's URLs, redis and rediss,
Sentinel and RabbitMQ lists joined by `;`, unix sockets.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

UNREADABLE = "<unreadable URL>"

_HIDDEN = "***"
_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?",
    re.IGNORECASE,
)
_HOST = r"(?:\[[0-9a-f:.%]+\]|[^\s:@\[\]]*)(?::\d*)?"
_HOSTS = re.compile(rf"{_HOST}(?:,{_HOST})*", re.IGNORECASE)
_SECRET_KEY = re.compile(r"pass|pwd|secret|token|credential|kwargs", re.IGNORECASE)

_USERINFO_IN_TEXT = re.compile(r"(://[^\s/:@]*):\S*@")
_PARAMETER_IN_TEXT = re.compile(
    r"([?&][^\s=&]*(?:pass|pwd|secret|token|credential|kwargs)[^\s=&]*=)[^\s&'\"]+", re.IGNORECASE
)


def without_password(url: str) -> str:
    """The URL with `***` for every password in it.

    One that cannot be taken apart with certainty (an unescaped `/`, `;` or `@` in a password)
    is not shown at all.
    """
    parts = [_part_without_password(part) for part in url.strip().split(";")]
    if any(part is None for part in parts):
        return UNREADABLE
    return ";".join(part for part in parts if part is not None)


def redact(text: str) -> str:
    """Any text, such as another library's message, with the passwords of URLs in it hidden."""
    text = _USERINFO_IN_TEXT.sub(rf"\1:{_HIDDEN}@", text)
    return _PARAMETER_IN_TEXT.sub(rf"\1{_HIDDEN}", text)


def _part_without_password(url: str) -> str | None:
    match = _URL.fullmatch(url)
    if match is None:
        return None
    userinfo, at, hosts = match["authority"].rpartition("@")
    path, query = match["path"] or "", match["query"] or ""
    if "@" in path or "@" in query or not _HOSTS.fullmatch(hosts):
        return None
    user, colon, password = userinfo.partition(":")
    hidden = f"{user}{colon}{_HIDDEN if password else ''}"
    return f"{match['scheme']}://{hidden}{at}{hosts}{path}{_query_without_secrets(query)}"


def _query_without_secrets(query: str) -> str:
    parameters = []
    for parameter in query.removeprefix("?").split("&"):
        key, equals, _ = parameter.partition("=")
        secret = equals and _SECRET_KEY.search(unquote(key))
        parameters.append(f"{key}={_HIDDEN}" if secret else parameter)
    return "?" + "&".join(parameters) if query else ""
