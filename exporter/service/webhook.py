"""The webhook, as settings describe it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from exporter.errors import SettingsError, TokenFileError
from exporter.web.webhook.entrance import Entrance
from exporter.web.webhook.storing import Webhook
from exporter.web.webhook.tokens import TokenFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exporter.repair.journal.inbox import Inbox
    from exporter.service.workshops import Workshops
    from exporter.settings import Settings


def webhook_of(
    settings: Settings,
    workshops: Workshops,
    *,
    draining: Callable[[], bool],
    stored: Callable[[], None],
) -> Webhook:
    """What the routes need; raises SettingsError for a token file that cannot serve."""

    @contextmanager
    def inbox() -> Iterator[Inbox]:
        with workshops.opened() as workshop:
            yield workshop.journal.inbox

    return Webhook(
        inbox=inbox,
        entrance=Entrance(tokens=_tokens(settings), insecure=settings.webhook.insecure),
        # What is sent again sooner would meet the cool-down of its own repair.
        quiet=settings.repair.cool_down,
        capacity=settings.webhook.capacity,
        draining=draining,
        stored=stored,
    )


def _tokens(settings: Settings) -> TokenFile | None:
    path = settings.webhook.token_file
    if path is None:
        return None
    tokens = TokenFile(path)
    try:
        tokens.read()
    except TokenFileError as error:
        raise SettingsError(f"webhook.token-file: {error}") from error
    return tokens
