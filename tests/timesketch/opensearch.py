"""A stand-in for OpenSearch's HTTP interface that can be told to answer, to block or to fail.

Requests decide their own fate: one whose body holds the word `held-NAME`, or a text that `hold`
was told, is held until `release(NAME)`. A held answer drips a blank a second, since Timesketch
gives up on a silent OpenSearch after OPENSEARCH_TIMEOUT (10 s). `refusing` closes the port, as a
dead node does. What bulk requests bring is kept, held or not, and can be counted and deleted by
timeline.
"""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

from exporter.demo.processes import free_port
from tests.servers.opensearch_indexes import Indexes
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator

_HELD = re.compile(rb"held-([0-9a-z-]+)")
_DRIP_INTERVAL = 1.0
# Timesketch wants at least 2.19.5.
_VERSION = {"version": {"number": "2.19.5", "distribution": "opensearch"}}


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, stand_in: OpenSearch) -> None:
        self.stand_in = stand_in
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed while it waited is what these tests are about."""


class OpenSearch:
    """The stand-in, served by threads of this process."""

    def __init__(self) -> None:
        self.port = free_port()
        self.indexes = Indexes()
        self._held: dict[str, threading.Event] = {}
        self._arrived: set[str] = set()
        self._texts: dict[bytes, str] = {}
        self._server: _Server | None = None

    def events(self, timeline: int) -> list[dict[str, Any]]:
        """The events of a timeline, in the order in which they were indexed."""
        return self.indexes.events(timeline)

    def index(self, body: bytes) -> None:
        """Keep the events of a bulk request."""
        self.indexes.bulk(body)

    def start(self) -> None:
        """Listen."""
        self._server = _Server(self.port, self)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Let go of everything held and close the port."""
        for event in list(self._held.values()):
            event.set()
        self._close_port()

    def hold(self, text: bytes, name: str) -> None:
        """Hold requests with this text under this name, an analyzer's query for instance."""
        self._texts[text] = name

    def holding(self, name: str) -> bool:
        """Whether a request with `held-NAME` has come in (and waits, unless it was released)."""
        return name in self._arrived

    def wait_held(self, name: str) -> None:
        """Wait until a request has come in that is held under this name."""
        until(lambda: self.holding(name), f"OpenSearch was asked something that {name} holds")

    def release(self, *names: str) -> None:
        """Answer the requests that are held under these names, and hold them no more."""
        for name in names:
            self._event(name).set()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse connections within this block; what is held stays held."""
        self._close_port()
        try:
            yield
        finally:
            self.start()

    def arrive(self, body: bytes) -> threading.Event | None:
        """Note a request; the event that it has to wait for, if it is to be held."""
        found = _HELD.search(body)
        if found is not None:
            name = found.group(1).decode()
        else:
            held = (name for text, name in self._texts.items() if text in body)
            name = next(held, "")
        if not name:
            return None
        self._arrived.add(name)
        return self._event(name)

    def _event(self, name: str) -> threading.Event:
        return self._held.setdefault(name, threading.Event())

    def _close_port(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _timeline(body: bytes) -> int:
    """The timeline that a query names."""
    return int(json.loads(body)["query"]["term"]["__ts_timeline_id"])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    # What Timesketch asks besides bulk requests, by the last part of the path.
    _answers: ClassVar[dict[str, object]] = {
        "": _VERSION,
        "_mapping": {},
        "_settings": {},
        "_search": {
            "took": 1,
            "_scroll_id": "none",
            "hits": {"total": {"value": 0, "relation": "eq"}, "hits": []},
        },
        "scroll": {"succeeded": True},
    }

    def _reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        name = path.rsplit("/", 1)[-1]
        index = path.strip("/").split("/", 1)[0]
        if name in {"_mapping", "_settings"}:
            answer: object = {index: {"mappings": {"properties": {}}}}
        elif name == "_bulk":
            answer = self.server.stand_in.indexes.bulk(body)
        elif name == "_search" and b'"timelines"' in body:
            query = dict(parse_qsl(urlsplit(self.path).query))
            answer = self.server.stand_in.indexes.search(index.split(","), query, json.loads(body))
        elif name == "_count" and b'"term"' in body:
            answer = {"count": self.server.stand_in.indexes.count(index, _timeline(body))}
        elif name == "_count":
            answer = {"count": 0}
        elif name == "_delete_by_query":
            answer = {"deleted": self.server.stand_in.indexes.delete(index, _timeline(body))}
        else:
            answer = self._answers.get(name, {"acknowledged": True, "status": "green"})
        event = self.server.stand_in.arrive(body)
        with suppress(ConnectionError):  # the asker was killed meanwhile
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            if event is not None:
                while not event.wait(_DRIP_INTERVAL):
                    self._chunk(b" ")
            if self.command != "HEAD":
                self._chunk(json.dumps(answer).encode())
                self._chunk(b"")

    do_GET = do_POST = do_PUT = do_DELETE = _reply  # noqa: N815  names the base class looks for

    def do_HEAD(self) -> None:
        """Every index exists."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing; pytest's output is for failures."""
