"""Names from Timesketch and from workers, in pages, in a terminal and in a scrape."""

from __future__ import annotations

import asyncio
import io
from contextlib import closing
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console as Terminal

from exporter.commands.explain import story
from exporter.commands.tables import report, screen
from exporter.metrics.collector import JudgementCollector, registry
from exporter.metrics.declaration import label_text
from exporter.metrics.published import Limits, Published, RepairFigures
from exporter.snapshot import QueueDepth, Verdict, WorkerState
from exporter.web.app import create_app
from exporter.web.console import Console
from tests.fuzz.target import Target
from tests.judgements import AT, analysis, judgement, timeline, worker

if TYPE_CHECKING:
    from fastapi import FastAPI

    from exporter.snapshot import Judgement

_PLAIN = "celery"
_PAGES = ("/", "/timelines", "/timelines/1", "/analyses", "/workers", "/workers/{}", "/scans")
_LONGEST_ADDRESS = 500


def one(data: bytes) -> None:
    """Show a text wherever texts from outside are shown."""
    text = _decoded(data)
    made = _named(text)
    _terminal(made)
    _pages(made, text)
    _scrape(made, text)


def _decoded(data: bytes) -> str:
    """The text, half surrogate pairs included, which JSON can bring in."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def _named(text: str) -> Judgement:
    shown = timeline(1, Verdict.ORPHANED)
    shown = replace(
        shown,
        timeline=replace(shown.timeline, name=text),
        worker=text,
        reasons=(text, "plain"),
        task_ids=(text,),
    )
    step = analysis(5, Verdict.WAITING)
    return replace(
        judgement(
            shown,
            analyses=(replace(step, analysis=replace(step.analysis, analyzer=text)),),
            workers=(replace(worker(text, WorkerState.UP), reasons=(text,), pool=text),),
            incomplete_because=(text,),
        ),
        queues=(QueueDepth(text, 3, 1, AT),),
    )


def _terminal(made: Judgement) -> None:
    """Nothing reaches a terminal that it would obey."""
    with closing(io.StringIO()) as stream:
        terminal = Terminal(file=stream, width=100, highlight=False)
        for shown in (report(made), screen(made), story(made, 1)):
            terminal.print(shown)
        printed = stream.getvalue()
    assert printed.replace("\n", "").isprintable(), "a terminal would obey this"
    printed.encode()


class _Tags(HTMLParser):
    """The elements of a page, without their texts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and the names of its attributes."""
        self.found.append((tag, tuple(name for name, _ in attrs)))


@cache
def _site() -> tuple[FastAPI, list[Judgement]]:
    """The application over the last of the judgements."""
    shown = [_named(_PLAIN)]
    repair = RepairFigures(mode="dry-run")

    def published() -> Published:
        return Published(shown[-1], repair=repair)

    app = create_app(
        registry=registry(JudgementCollector(published, Limits())),
        published=published,
        ready=lambda: True,
        console=Console(last_read=lambda: shown[-1]),
        clock=lambda: AT + 3,
    )
    return app, shown


def _ask(made: Judgement, path: str) -> str:
    app, shown = _site()
    shown[:] = [made]

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path)

    answer = asyncio.run(ask())
    assert answer.status_code == httpx.codes.OK, f"{path}: {answer.status_code}"
    return answer.content.decode()


@cache
def _tags_of_plain(path: str) -> list[tuple[str, tuple[str, ...]]]:
    return _tags(_ask(_named(_PLAIN), path.format(_PLAIN)))


def _tags(page: str) -> list[tuple[str, tuple[str, ...]]]:
    tags = _Tags()
    tags.feed(page)
    return tags.found


def _pages(made: Judgement, text: str) -> None:
    """Every page has the very elements that it has with a plain name."""
    for path in _PAGES:
        if "{}" in path:
            if not _has_address(text):
                continue
            address = path.format(quote(text, safe="@"))
        else:
            address = path
        if text:
            found = _tags(_ask(made, address))
            assert found == _tags_of_plain(path), f"{path} has other elements"


def _has_address(text: str) -> bool:
    """Whether a worker of this name can have a page: no route takes a line's end, say."""
    return (
        text.strip("/.") == text
        and "\n" not in text
        and len(text) <= _LONGEST_ADDRESS
        and text == text.encode("utf-8", "replace").decode()
    )


def _scrape(made: Judgement, text: str) -> None:
    """Prometheus reads the very name."""
    families = text_string_to_metric_families(_ask(made, "/metrics"))
    named = {
        sample.labels["worker"]
        for family in families
        for sample in family.samples
        if "worker" in sample.labels
    }
    assert named == {label_text(text)}, "another name is scraped"


def seeds() -> list[bytes]:
    """Names with what pages, terminals and scrapes live on."""
    texts = (
        *("celery@w1", "disk-1.plaso", "évidence ☃ 🔎", "", " ", "[bold red]x[/]", "[link=x]y"),
        *('"><script>alert(1)</script>', "</td></tr></table>", "' onclick='x", "{{ 7 * 7 }}"),
        *(
            "\x1b[2J\x1b]0;title\x07",
            "a\nb\r\nc\td",
            "\u202egpj.exe",
            "\x00\x7f\x85\u2028",
            "a/../b",
        ),
        *('label="x",y="\\"', "\\n\\", "A" * 5_000, "%2e%2e%2f", "javascript:alert(1)"),
    )
    return [*(text.encode() for text in texts), "\ud800x".encode("utf-8", "surrogatepass")]


_DICTIONARY = (
    # HTML, and what Jinja would make of it.
    *(
        "<script>",
        "</script",
        "</table>",
        "</td>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<svg onload=",
    ),
    *("&#0;", "&lt", "&amp;#x3c;", "&quot;", '" autofocus onfocus=', "' style='", "`", "</title>"),
    *(
        "{%",
        "%}",
        "{{",
        "}}",
        "{#",
        "|safe",
        "javascript:",
        "data:text/html,",
        "//host",
        "?a=",
        "#x",
    ),
    # Terminals, and rich's own marks.
    *(
        "\x1b[",
        "\x1b]8;;",
        "\x1b\\",
        "\x9b",
        "\x07",
        "\x08",
        "\x0b",
        "\x0c",
        "\x7f",
        "\x85",
        "\r\n",
    ),
    *("[/]", "[red]", "[link=", "\\[", ":warning:", "[@click=x]"),
    # Texts that look otherwise than they are, or take another width.
    *(
        "\u202e",
        "\u2066",
        "\u2069",
        "\u200b",
        "\u200d",
        "\u2028",
        "\u2029",
        "\ufeff",
        "\ufffe",
        "\u00ad",
    ),
    *(
        "\u0301",
        "\u1160",
        "\u3000",
        "\U000e0001",
        "\U0010ffff",
        "\U0001f468\u200d\U0001f469",
        "\ufe0f",
    ),
    # Scrapes and addresses.
    *(
        '\\"',
        "\\n",
        "\\\\",
        '",',
        "} 1",
        "# HELP",
        "# TYPE",
        "%00",
        "%2f",
        "%25",
        "..",
        "/",
        ";",
        "@",
        "+",
    ),
)
TARGET = Target(
    name="names",
    one=one,
    seeds=seeds,
    tokens=(*(text.encode() for text in _DICTIONARY), b"\x9b", b"\xc2", b"\xed\xa0\x80"),
)
