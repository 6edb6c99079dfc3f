"""What a form of ours sends."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from fastapi import Request  # noqa: TC002  FastAPI reads annotations while the program runs

from exporter.web.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_FIELDS = 10_000
_KIND = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Form:
    """The fields, each with everything that was sent for it."""

    fields: Mapping[str, Sequence[str]]

    def text(self, name: str) -> str:
        """The field's only text; empty for none or several."""
        sent = self.fields.get(name, ())
        return sent[0] if len(sent) == 1 else ""

    def numbers(self, name: str) -> list[int]:
        """The ids that were sent for a field; raises Refused for what is none."""
        sent = self.fields.get(name, ())
        if not all(each.isascii() and each.isdigit() and len(each) <= 15 for each in sent):  # noqa: PLR2004
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}: not an id")
        return [int(each) for each in sent]


async def form_of(request: Request) -> Form:
    """The form in a request's body; raises Refused."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _KIND:
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"not {_KIND}")
    body = await request.body()
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "the form cannot be read") from error
    return Form(fields)
