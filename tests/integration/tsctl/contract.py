"""A server that answers as the exporter's API does, with made-up timelines."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from tests.integration.tsctl.made_up import Json

OPERATOR = "token-of-an-operator"
VIEWER = "token-of-a-viewer"
PAGE = 2
"""How many timelines it puts on a page."""

HANG_UP = 0
"""Instead of a status: no answer at all."""

Answer = tuple[int, "Json | str"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came in."""

    method: str
    path: str
    authorization: str | None
    body: Any


@dataclass
class Contract:
    """The server; `refused` holds answers to be given in the place of its own, by path."""

    timelines: list[Json] = field(default_factory=list)
    plan: Json = field(default_factory=dict)
    applied: Json = field(default_factory=dict)
    incomplete_because: list[str] = field(default_factory=list)
    refused: dict[str, Answer] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def answer(self, asked: Asked) -> Answer:
        """What it answers to a request."""
        self.asked.append(asked)
        url = urlsplit(asked.path)
        if url.path in self.refused:
            return self.refused[url.path]
        if asked.authorization not in {f"Bearer {OPERATOR}", f"Bearer {VIEWER}"}:
            return HTTPStatus.UNAUTHORIZED, {"detail": "nobody is known by that"}
        if asked.method == "GET":
            return HTTPStatus.OK, self._page(dict(parse_qsl(url.query)))
        if asked.authorization != f"Bearer {OPERATOR}":
            return HTTPStatus.FORBIDDEN, {"detail": "ann is not among web.operators"}
        if url.path == "/api/v1/plans":
            return HTTPStatus.CREATED, self.plan
        assert url.path == f"/api/v1/plans/{self.plan['plan_id']}/apply"
        return HTTPStatus.OK, self.applied

    def _page(self, query: dict[str, str]) -> Json:
        assert query["verdict"] == "orphaned"
        found = [each for each in self.timelines if query.get("sketch") in {None, _sketch(each)}]
        offset = int(query["offset"])
        return {
            "scanned_at": "2026-11-23T14:01:59.000Z",
            "complete": not self.incomplete_because,
            "incomplete_because": self.incomplete_because,
            "total": len(found),
            "timelines": found[offset : offset + PAGE],
        }

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _sketch(timeline: Json) -> str:
    return str(timeline["sketch_id"])


def _handler(contract: Contract) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            asked = Asked(self.command, self.path, self.headers["Authorization"], body)
            status, answer = contract.answer(asked)
            if status == HANG_UP:
                self.close_connection = True
                return
            content = answer if isinstance(answer, str) else json.dumps(answer)
            self.send_response(status)
            for name, value in contract.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content.encode())

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    return Handler
