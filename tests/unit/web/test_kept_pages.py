"""In a crowd people are shown what was made for themselves a moment ago, and never another's."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.web.access import ASKER
from exporter.web.kept_pages import KEPT_SECONDS, MOST_KEPT, KeptPages
from exporter.web.right_of_way import RightOfWay
from exporter.web.roles import Asker, Identity, Role
from exporter.web.turns import CROWD, Turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Message, Receive, Scope, Send

PATIENCE = 10.0
HTML = (b"content-type", b"text/html; charset=utf-8")

Question = tuple[str, str, str]
"""Who asks, for what, and with which query."""


def scope_of(question: Question, method: str = "GET") -> Scope:
    """The request."""
    name, path, query = question
    role = Role.OPERATOR if name.startswith("o") else Role.VIEWER
    asker = Asker(Identity(name, "basic"), role)
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "state": {ASKER: asker},
    }


def page(text: str, *, status: int = 200, kind: bytes = HTML[1]) -> list[Message]:
    """The messages of a page."""
    headers = [(HTML[0], kind)]
    return [
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": text.encode()},
    ]


@dataclass
class Site:
    """Pages that say for whom they are and how many were made before; the first waits for `go`."""

    made: Counter[Question] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.go = asyncio.Event()
        self.turns = Turns(self, telemetry_path="/metrics", right_of_way=RightOfWay())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        del receive
        await self.go.wait()
        name = scope["state"][ASKER].identity.name
        question = (name, scope["path"], scope["query_string"].decode())
        self.made[question] += 1
        for message in page(repr(question)):
            await send(message)

    async def ask(self, question: Question, method: str = "GET") -> str:
        """What the page says."""
        told: list[Message] = []

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append(("X-Outer", "added"))
            told.append(message)

        async def receive() -> Message:
            raise NotImplementedError  # nothing is read

        await self.turns(scope_of(question, method), receive, send)
        assert len(told[0]["headers"]) == 2
        text: bytes = told[1]["body"]
        return text.decode()

    async def all_at_once(self, questions: Sequence[Question]) -> list[str]:
        """What each is told, when all came before the first page was made."""
        asked = [asyncio.ensure_future(self.ask(each)) for each in questions]
        await asyncio.sleep(0)
        self.go.set()
        return await asyncio.wait_for(asyncio.gather(*asked), PATIENCE)


QUESTIONS = st.tuples(
    st.sampled_from(["olga", "oleg", "vera"]),
    st.sampled_from(["/", "/timelines", "/repairs", "/plans/p1"]),
    st.sampled_from(["", "page=2"]),
)


@given(st.lists(QUESTIONS, min_size=1, max_size=4 * CROWD))
@settings(max_examples=30, deadline=None)
def test_everybody_gets_the_page_that_was_asked_for(questions: list[Question]) -> None:
    """Whoever waits with whom: the page is for this person, of this address, with this query."""

    async def play() -> list[str]:
        return await Site().all_at_once(questions)

    assert asyncio.run(play()) == [repr(question) for question in questions]


def test_a_crowd_is_shown_the_same_page() -> None:
    """It is made for the first, and for those before there was a crowd."""

    async def play() -> Counter[Question]:
        site = Site()
        await site.all_at_once([("olga", "/", "")] * 4 * CROWD)
        return site.made

    assert 1 <= asyncio.run(play()).total() <= CROWD + 1


def test_without_a_crowd_each_page_is_made_anew() -> None:
    """Whoever asks alone, or with a few, sees how things are now."""

    async def play() -> Counter[Question]:
        site = Site()
        await site.all_at_once([("olga", "/", "")] * CROWD)
        return site.made

    assert asyncio.run(play()).total() == CROWD


class Clock:
    """Time that stands still."""

    now = 1000.0

    def __call__(self) -> float:
        """The present moment."""
        return self.now


OLGA = scope_of(("olga", "/", ""))


def kept_in(kept: KeptPages, scope: Scope, messages: list[Message]) -> None:
    """Let a page be made."""
    keep = kept.keeping(scope)
    for message in messages:
        keep(message)


def test_a_page_is_kept_for_a_moment() -> None:
    """By the time it began to be made."""
    clock = Clock()
    kept = KeptPages(clock=clock)
    keep = kept.keeping(OLGA)
    clock.now += KEPT_SECONDS
    for message in page("mine"):
        keep(message)
    assert kept.get(OLGA)[1]["body"] == b"mine"
    clock.now += 0.001
    assert not kept.get(OLGA)


def test_an_action_leaves_no_page_from_before() -> None:
    """Neither one that was kept, nor one that was being made."""
    kept = KeptPages()
    kept_in(kept, OLGA, page("before"))
    keep = kept.keeping(OLGA)
    kept.forget()
    for message in page("made during the action"):
        keep(message)
    assert not kept.get(OLGA)


def test_turns_forget_pages_after_an_action() -> None:
    """The page that an operator is led to shows what was done."""

    async def play() -> Counter[Question]:
        site = Site()
        question = ("olga", "/", "")
        await site.all_at_once([question] * 2 * CROWD)
        site.made.clear()
        await site.ask(question, "POST")
        await asyncio.gather(*[site.ask(question) for _ in range(2 * CROWD)])
        return site.made

    assert asyncio.run(play()).total() >= 2  # the action itself, and a page after it


@pytest.mark.parametrize(
    ("path", "messages"),
    [
        ("/plans/p1", page("a plan")),
        ("/", page("not found", status=404)),
        ("/static/console.js", page("code", kind=b"text/javascript")),
        ("/", [page("")[0], {"type": "http.response.body", "body": b"a", "more_body": True}]),
        ("/", [{"type": "http.response.start", "status": 200, "headers": []}]),
    ],
)
def test_only_whole_pages_are_kept(path: str, messages: list[Message]) -> None:
    """And no plans: they are acted on as they were shown."""
    kept = KeptPages()
    scope = scope_of(("olga", path, ""))
    kept_in(kept, scope, messages)
    assert not kept.get(scope)


def test_there_is_an_end_to_what_is_kept() -> None:
    """However many addresses a crowd asks for."""
    kept = KeptPages()
    scopes = [scope_of(("olga", "/", f"page={number}")) for number in range(10 * MOST_KEPT)]
    for scope in scopes:
        kept_in(kept, scope, page("x"))
    assert sum(bool(kept.get(scope)) for scope in scopes) <= MOST_KEPT
    assert kept.get(scopes[-1])
