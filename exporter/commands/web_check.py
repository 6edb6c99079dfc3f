"""What `check` says of the web configuration file, where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.errors import WebConfigError
from exporter.snapshot import Finding
from exporter.web.config_file import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exporter.settings import Settings

_NAME = "web configuration"


def check_web(settings: Settings) -> Iterator[Finding]:
    """A failure for each problem of the file, or what it asks of clients."""
    if settings.web.config_file is None:
        return
    try:
        web = read(settings.web.config_file)
    except WebConfigError as error:
        for problem in str(error).splitlines():
            yield Finding(_NAME, "failure", problem)
        return
    if web.users and web.tls is None:
        yield Finding(_NAME, "warning", "users without TLS: their passwords travel in the clear")
        return
    tls = "TLS" if web.tls else "no TLS"
    certificates = ", asks for certificates" if web.asks_for_certificates else ""
    yield Finding(_NAME, "ok", f"{tls}{certificates}, users: {len(web.users)}")
