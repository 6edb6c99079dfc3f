"""Who may post to the webhook and ask what became of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from exporter.errors import TokenFileError
from exporter.web.access import asker_of
from exporter.web.refused import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

    from exporter.web.webhook.tokens import TokenFile

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entrance:
    """Lets in whoever sends a token of the file or was identified by the server itself.

    Without a token file, users or client certificates nobody is let in, unless it is `insecure`.
    Where operators are named, only their identities will do.
    """

    tokens: TokenFile | None = None
    insecure: bool = False

    def require(self, request: Request) -> None:
        """Raises Refused: 401, or 503 while the tokens cannot be read (so it is tried again)."""
        if self.insecure or asker_of(request.scope).may_notify:
            return
        if self.tokens is None:
            raise Refused(
                HTTPStatus.UNAUTHORIZED,
                "the webhook takes nothing yet: give --webhook.token-file, or users or client "
                "certificates in --web.config.file",
            )
        try:
            accepted = self.tokens.accepts(request.headers.get("authorization", ""))
        except TokenFileError as error:
            _log.warning("webhook tokens unreadable", extra={"error": str(error)})
            raise Refused(
                HTTPStatus.SERVICE_UNAVAILABLE, "the tokens cannot be read now"
            ) from error
        if not accepted:
            raise Refused(HTTPStatus.UNAUTHORIZED, "no token, or none that holds")

    def knows_reader(self, request: Request) -> bool:
        """Let in viewers as well, who only ask what became of a request; raises as `require`.

        False for a viewer of whom nothing is known, who is shown nothing that people wrote.
        """
        asker = asker_of(request.scope)
        if asker.identity is not None:
            return True
        try:
            self.require(request)
        except Refused:
            if asker.role is None:
                raise
            return False
        return True
