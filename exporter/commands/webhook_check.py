"""What `check` says of the webhook: who may post to it."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from exporter.errors import TokenFileError, WebConfigError
from exporter.snapshot import Finding
from exporter.web.config_file import read
from exporter.web.webhook.tokens import TokenFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from exporter.settings import Settings

_NAME = "webhook"


def check_webhook(settings: Settings) -> Iterator[Finding]:
    """A line for who is let in, or for what is wrong with the file of tokens."""
    if settings.webhook.insecure:
        text = "takes notifications from anybody (webhook.insecure)"
        yield Finding(_NAME, "warning", text)
    elif settings.webhook.token_file is not None:
        yield from _look_at_tokens(settings.webhook.token_file)
    elif settings.web.operators and knows_somebody(settings):
        yield Finding(_NAME, "ok", "takes notifications from web.operators")
    elif knows_clients(settings):
        yield Finding(_NAME, "ok", "takes notifications from users and certificates")
    else:
        text = "takes nothing: give webhook.token-file to have alerts repaired"
        yield Finding(_NAME, "ok", text)


def _look_at_tokens(path: Path) -> Iterator[Finding]:
    try:
        number = len(TokenFile(path).read())
    except TokenFileError as error:
        yield Finding(_NAME, "failure", str(error))
        return
    if path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
        text = f"everybody on this machine may read or change {path}: chmod 640"
        yield Finding(_NAME, "warning", text)
        return
    tokens = "a token" if number == 1 else f"one of {number} tokens"
    yield Finding(_NAME, "ok", f"takes notifications that come with {tokens}")


def knows_somebody(settings: Settings) -> bool:
    """Whether there is any way to say who asks."""
    web = settings.web
    return web.tokens_file is not None or web.trusted_header is not None or knows_clients(settings)


def knows_clients(settings: Settings) -> bool:
    """Whether users or client certificates say who asks; not where their file is wrong."""
    if settings.web.config_file is None:
        return False
    try:
        web = read(settings.web.config_file)
    except WebConfigError:
        return False  # told by check_web
    return bool(web.users) or web.asks_for_certificates
