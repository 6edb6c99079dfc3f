"""Pages take turns; what machines ask does not wait for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from exporter.web.right_of_way import RightOfWay
from exporter.web.turns import AT_ONCE, AT_ONCE_FROM_THE_JOURNAL, Turns

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
BODY: Message = {"type": "http.response.body"}
PATIENCE = 10.0


class Application:
    """Begins its answers when it is let, and counts the requests that came."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.go = asyncio.Event()
        self.turns = Turns(self, telemetry_path="/metrics", right_of_way=RightOfWay())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        del receive
        self.came.append(scope["path"])
        await self.go.wait()
        if scope["path"] == "/broken":
            raise LookupError(scope["path"])
        await send(START)
        await send(BODY)

    def ask(self, path: str, *, method: str = "GET", slow: bool = False) -> asyncio.Task[None]:
        """A request; a slow reader of its answer takes the headers and never the body."""

        async def send(message: Message) -> None:
            if slow and message is BODY:
                await asyncio.Event().wait()

        async def receive() -> Message:
            raise NotImplementedError  # a GET has nothing to be read

        scope = {"type": "http", "method": method, "path": path, "query_string": b""}
        return asyncio.get_running_loop().create_task(self._asked(scope, receive, send))

    async def _asked(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.turns(scope, receive, send)

    async def settled(self) -> list[str]:
        """What came, once nothing moves any more."""
        for _ in range(20):
            await asyncio.sleep(0)
        return self.came


TURNS = ["/"] * AT_ONCE
JOURNAL_TURNS = ["/repairs"] * AT_ONCE_FROM_THE_JOURNAL


async def fill(application: Application, *, slow: bool = False) -> list[asyncio.Task[None]]:
    """Take every turn."""
    pages = [application.ask(path, slow=slow) for path in TURNS + JOURNAL_TURNS]
    assert await application.settled() == TURNS + JOURNAL_TURNS
    return pages


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", "/metrics"), ("GET", "/-/healthy"), ("GET", "/api/v1/requests/r1")),
        *(("POST", "/webhook"), ("POST", "/plans"), ("POST", "/api/v1/pause")),
    ],
)
def test_machines_and_actions_do_not_wait(method: str, path: str) -> None:
    """With every turn taken, they are let through."""

    async def play() -> None:
        application = Application()
        pages = await fill(application)
        asked = application.ask(path, method=method)
        assert (await application.settled())[-1] == path
        application.go.set()
        await asyncio.wait_for(asyncio.gather(asked, *pages), PATIENCE)

    asyncio.run(play())


@pytest.mark.parametrize(
    ("path", "later"),
    [
        *(("/timelines", "/"), ("/api/v1/timelines", "/workers"), ("/metrics/", "/static/x.css")),
        *(("/timelines/1", "/repairs/r"), ("/api/v1/repairs", "/requests")),
    ],
)
def test_pages_wait_in_order(path: str, later: str) -> None:
    """With every turn taken, a page comes when one has ended, and whoever came first goes first."""

    async def play() -> None:
        application = Application()
        pages = await fill(application)
        waiting = [application.ask(each) for each in (path, later)]
        assert await application.settled() == TURNS + JOURNAL_TURNS
        application.go.set()
        await asyncio.wait_for(asyncio.gather(*waiting, *pages), PATIENCE)
        assert application.came[len(pages) :] == [path, later]

    asyncio.run(play())


def test_a_journal_that_hangs_holds_up_its_own_pages_alone() -> None:
    """With every turn for the journal taken, other pages are made, and the other way round."""

    async def play() -> None:
        for taken, other in ((JOURNAL_TURNS, "/timelines"), (TURNS, "/timelines/1")):
            application = Application()
            pages = [application.ask(path) for path in taken]
            pages += [application.ask(path) for path in (taken[0], other)]
            assert await application.settled() == [*taken, other]
            application.go.set()
            await asyncio.wait_for(asyncio.gather(*pages), PATIENCE)

    asyncio.run(play())


def test_slow_readers_keep_no_turn() -> None:
    """A turn is over when the answer begins, however long it takes somebody to read it."""

    async def play() -> None:
        application = Application()
        application.go.set()
        pages = await fill(application, slow=True)
        await asyncio.wait_for(application.ask("/timelines"), PATIENCE)
        assert not any(page.done() for page in pages)
        for page in pages:
            page.cancel()

    asyncio.run(play())


def test_turns_come_back_from_whoever_fails_or_leaves() -> None:
    """A page that breaks, is given up while it is made, or while it waits takes no turn along."""

    async def play() -> None:
        application = Application()
        pages = await fill(application)
        waiting = application.ask("/waiting")
        await application.settled()
        for left in (waiting, *pages):
            left.cancel()
        await asyncio.wait((waiting, *pages), timeout=PATIENCE)
        application.go.set()
        for _ in range(AT_ONCE + 1):
            with pytest.raises(LookupError):
                await application.ask("/broken")
        await asyncio.wait_for(application.ask("/timelines"), PATIENCE)

    asyncio.run(play())
