"""A stand-in for OpenSearch, which no registry has: it keeps events and answers a search.

It speaks the part of the HTTP interface that importers and the exporter use, over real HTTP, and
refuses (400) whatever it does not know. As the real one does, it shows events only after a refresh,
ignores indexes that do not exist where it is told to, and then answers without aggregations.
"""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from exporter.demo.processes import free_port
from tests.servers.opensearch_indexes import Indexes, RefusedError

_INFO = {"version": {"number": "2.19.5", "distribution": "opensearch"}, "tagline": "stand-in"}


class OpenSearch:
    """The stand-in, served by threads of this process.

    `refresh` (seconds) is how long events stay unseen; `login` is what it asks for, if anything;
    `fault` replaces every answer: a status, or a document that some other server would send.
    """

    def __init__(self, *, refresh: float = 0.0, login: tuple[str, str] | None = None) -> None:
        self.port = free_port()
        self.login = login
        self.fault: HTTPStatus | dict[str, Any] | None = None
        self.indexes = Indexes(refresh=refresh)
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Its address, with the login."""
        login = "" if self.login is None else f"{':'.join(self.login)}@"
        return f"http://{login}127.0.0.1:{self.port}"

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> object:
        """The document that answers a request."""
        if isinstance(self.fault, HTTPStatus):
            raise RefusedError(self.fault, "fault")
        if self.fault is not None:
            return self.fault
        match method, path.strip("/").split("/"):
            case "GET" | "HEAD", [""]:
                return _INFO
            case "POST", ["_bulk"]:
                return self.indexes.bulk(body)
            case "POST" | "GET", [names, "_search"]:
                return self.indexes.search(names.split(","), query, json.loads(body))
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"no handler found for {method} {path}")

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
        except RefusedError as refused:
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
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "security_exception")

    def log_message(self, *_: object) -> None:
        """Say nothing; pytest's output is for failures."""
