"""Events of a timeline in OpenSearch, and what its answers may be instead."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from exporter.errors import OpenSearchError, SettingsError
from exporter.observe.opensearch_client import OpenSearchOptions
from exporter.repair.requeue.index import EventIndex
from tests.timesketch.opensearch import OpenSearch

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_counts_and_deletes_one_timeline() -> None:
    """Of several timelines in an index, one is counted, and deleted alone."""
    with OpenSearch() as opensearch:
        header = {"index": {"_index": "abc"}}
        for timeline in (5, 5, 6):
            lines = (header, {"__ts_timeline_id": timeline})
            opensearch.index("\n".join(map(json.dumps, lines)).encode())
        index = EventIndex(OpenSearchOptions(f"http://127.0.0.1:{opensearch.port}/"), deleting=5.0)
        assert [index.count("abc", each) for each in (5, 6, 7)] == [2, 1, 0]
        assert index.delete("abc", 5) == 2
        assert [index.count("abc", each) for each in (5, 6)] == [0, 1]


class Odd(BaseHTTPRequestHandler):
    """Answers by the index that is asked for; takes the asker's credentials down."""

    credentials = ""

    def do_POST(self) -> None:
        """Answer."""
        Odd.credentials = self.headers.get("Authorization", "")
        index = self.path.split("/")[1]
        codes = {"missing": 404, "forbidden": 403}
        bodies = {"text": b"hello", "list": b"[]", "wordless": b"{}"}
        self.send_response(codes.get(index, 200))
        self.end_headers()
        self.wfile.write(bodies.get(index, b'{"error": "no"}'))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def odd() -> Iterator[EventIndex]:
    """A server that answers oddly, and wants credentials."""
    with HTTPServer(("127.0.0.1", 0), Odd) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        url = f"http://us%40er:pass%2Fword@127.0.0.1:{server.server_port}"
        yield EventIndex(OpenSearchOptions(url), deleting=5.0)
        server.shutdown()


def test_an_index_that_is_not_there_has_no_events(odd: EventIndex) -> None:
    """An index is made by the first import; before that there is none. Credentials are sent."""
    assert odd.count("missing", 5) == 0
    assert odd.delete("missing", 5) == 0
    assert Odd.credentials == f"Basic {base64.b64encode(b'us@er:pass/word').decode()}"


@pytest.mark.parametrize(
    ("index", "why"),
    [
        ("forbidden", "does not answer _refresh: 403 Forbidden"),
        ("text", "does not answer _refresh: Expecting value"),
        ("list", "does not answer _refresh: no object"),
        ("wordless", "answers _count without a number"),
    ],
)
def test_other_answers_are_told(odd: EventIndex, index: str, why: str) -> None:
    """What is no answer ends in one line without the password, and is never taken for no event."""
    with pytest.raises(OpenSearchError) as caught:
        odd.count(index, 5)
    assert why in str(caught.value)
    assert "word@" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "redis://host", "http://"])
def test_another_url(url: str) -> None:
    """Only what is a web server's URL is taken."""
    with pytest.raises(SettingsError, match=r"opensearch\.url is none of OpenSearch"):
        EventIndex(OpenSearchOptions(url), deleting=5.0)


def test_nobody_there() -> None:
    """A port at which nobody listens is told."""
    index = EventIndex(OpenSearchOptions("http://127.0.0.1:1"), deleting=5.0)
    with pytest.raises(OpenSearchError, match=r"does not answer _refresh: .*refused"):
        index.count("abc", 5)
