"""An answer that is a refusal, raised from wherever it is found out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from http import HTTPStatus


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The request is answered with this status, and a line that says why."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status
