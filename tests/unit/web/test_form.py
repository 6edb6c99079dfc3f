"""What a form sends is read as far as it makes sense."""

from __future__ import annotations

import asyncio

import pytest
from fastapi import Request

from exporter.web.form import MOST_FIELDS, Form, form_of
from exporter.web.refused import Refused

FORM = "application/x-www-form-urlencoded"


def read(body: bytes, kind: str = FORM) -> Form:
    """The form in this body."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", kind.encode())]
    return asyncio.run(form_of(Request({"type": "http", "headers": headers}, receive)))


def test_texts_and_numbers() -> None:
    """A text is sent once, ids as often as there are boxes ticked."""
    form = read(b"csrf=a%2Bb&timelines=5&timelines=7&twice=a&twice=b&blank=")
    assert (form.text("csrf"), form.text("blank"), form.text("none")) == ("a+b", "", "")
    assert form.text("twice") == ""
    assert (form.numbers("timelines"), form.numbers("none")) == ([5, 7], [])
    assert read(b"a=b", f"{FORM}; charset=utf-8").text("a") == "b"


@pytest.mark.parametrize("sent", ["-1", "1.5", "x", "", "\uff11", "1" * 16])
def test_what_is_no_id(sent: str) -> None:
    """It is refused as a whole."""
    with pytest.raises(Refused):
        Form({"timelines": ["5", sent]}).numbers("timelines")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"a": 1}', "application/json", 415),
        (b"a=b", "", 415),
        (b"a=b", "multipart/form-data; boundary=x", 415),
        (b"a=\xff", FORM, 422),
        (b"a=b&" * (MOST_FIELDS + 1), FORM, 422),
    ],
)
def test_what_is_no_form(body: bytes, kind: str, status: int) -> None:
    """Anything else is no form of ours."""
    with pytest.raises(Refused) as caught:
        read(body, kind)
    assert caught.value.status == status
