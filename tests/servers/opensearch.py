"""A stand-in for OpenSearch, which no registry has: it keeps events and answers a search.

It speaks the part of the HTTP interface that importers and the exporter use, over real HTTP, and
refuses (400) whatever it does not know. As the real one does, it shows events only after a refresh,
ignores indexes that do not exist where it is told to, and then answers without aggregations.
"""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from collections import defaultdict
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from exporter.demo.processes import free_port

_INFO = {"version": {"number": "2.19.5", "distribution": "opensearch"}, "tagline": "stand-in"}


class _RefusedError(Exception):
    def __init__(self, status: HTTPStatus, kind: str) -> None:
        super().__init__(kind)
        self.status = status


class OpenSearch:
    """The stand-in, served by threads of this process.

    `refresh` (seconds) is how long events stay unseen; `login` is what it asks for, if anything;
    `fault` replaces every answer: a status, or a document that some other server would send.
    """

    def __init__(self, *, refresh: float = 0.0, login: tuple[str, str] | None = None) -> None:
        self.port = free_port()
        self.login = login
        self.fault: HTTPStatus | dict[str, Any] | None = None
        self.searches: list[tuple[str, ...]] = []
        """The indexes of every search that was made."""
        self._refresh = refresh
        self._lock = threading.Lock()
        self._events: dict[str, list[tuple[float, dict[str, Any]]]] = defaultdict(list)
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Its address, with the login."""
        login = "" if self.login is None else f"{':'.join(self.login)}@"
        return f"http://{login}127.0.0.1:{self.port}"

    def add(self, index: str, timeline_id: int, events: int = 1) -> None:
        """Index so many events of a timeline."""
        self._keep((index, {"__ts_timeline_id": timeline_id}) for _ in range(events))

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> object:
        """The document that answers a request."""
        if isinstance(self.fault, HTTPStatus):
            raise _RefusedError(self.fault, "fault")
        if self.fault is not None:
            return self.fault
        match method, path.strip("/").split("/"):
            case "GET" | "HEAD", [""]:
                return _INFO
            case "POST", ["_bulk"]:
                return self._bulk(body)
            case "POST" | "GET", [names, "_search"]:
                return self._search(names.split(","), query, json.loads(body))
        raise _RefusedError(HTTPStatus.BAD_REQUEST, f"no handler found for {method} {path}")

    def _keep(self, events: Any) -> None:  # noqa: ANN401  pairs of index and source
        shown_at = time.monotonic() + self._refresh
        with self._lock:
            for index, source in events:
                self._events[index].append((shown_at, source))

    def _bulk(self, body: bytes) -> object:
        lines = [json.loads(line) for line in body.splitlines() if line]
        pairs = list(zip(lines[::2], lines[1::2], strict=True))
        self._keep((action["index"]["_index"], source) for action, source in pairs)
        return {"took": 1, "errors": False, "items": [{} for _ in pairs]}

    def _search(self, names: list[str], query: dict[str, str], body: dict[str, Any]) -> object:
        ignoring = query.pop("ignore_unavailable", "false") == "true"
        query.pop("allow_partial_search_results", None)
        if query or body.keys() - {"size", "track_total_hits", "timeout", "query", "aggs"}:
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "parsing_exception")
        now = time.monotonic()
        with self._lock:
            self.searches.append(tuple(names))
            found = [name for name in names if name in self._events]
            if len(found) < len(names) and not ignoring:
                raise _RefusedError(HTTPStatus.NOT_FOUND, "index_not_found_exception")
            shown = [source for name in found for at, source in self._events[name] if at <= now]
        answer: dict[str, Any] = {
            "took": 1,
            "timed_out": False,
            "_shards": {"total": len(found), "successful": len(found), "skipped": 0, "failed": 0},
            "hits": {"max_score": None, "hits": []},
        }
        if found:
            hits = [source for source in shown if _matches(body["query"], source)]
            answer["aggregations"] = {
                name: _buckets(aggregation, hits) for name, aggregation in body["aggs"].items()
            }
        return answer

    def start(self) -> None:
        """Listen."""
        stand_in = self

        class Handler(_Handler):
            opensearch = stand_in

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Close the port; the events stay."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _matches(query: dict[str, Any], source: dict[str, Any]) -> bool:
    ((kind, condition),) = query.items()
    ((field, wanted),) = condition.items()
    match kind:
        case "term":
            return bool(source.get(field) == wanted)
        case "terms":
            return source.get(field) in wanted
    raise _RefusedError(HTTPStatus.BAD_REQUEST, "parsing_exception")


def _buckets(aggregation: dict[str, Any], hits: list[dict[str, Any]]) -> object:
    filters = aggregation["filters"]["filters"]
    return {
        "buckets": {
            name: {"doc_count": sum(_matches(query, source) for source in hits)}
            for name, query in filters.items()
        }
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    opensearch: OpenSearch

    def _reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        address = urlsplit(self.path)
        status, document = HTTPStatus.OK, None
        try:
            self._sign_in()
            query = dict(parse_qsl(address.query))
            document = self.opensearch.answer(self.command, address.path, query, body)
        except _RefusedError as refused:
            status = refused.status
            document = {"error": {"type": str(refused), "reason": str(refused)}, "status": status}
        text = json.dumps(document).encode()
        with suppress(ConnectionError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

    do_GET = do_POST = do_HEAD = _reply  # noqa: N815  names the base class looks for

    def _sign_in(self) -> None:
        if self.opensearch.login is None:
            return
        token = b64encode(":".join(self.opensearch.login).encode()).decode()
        if self.headers.get("Authorization") != f"Basic {token}":
            raise _RefusedError(HTTPStatus.UNAUTHORIZED, "security_exception")

    def log_message(self, *_: object) -> None:
        """Say nothing; pytest's output is for failures."""
