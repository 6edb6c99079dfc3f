"""A TCP proxy in front of a database that loses the connection at the first COMMIT."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from enum import Enum, auto
from typing import TYPE_CHECKING, Self

from sqlalchemy import make_url

if TYPE_CHECKING:
    from types import TracebackType

# PostgreSQL's simple query and MySQL's COM_QUERY, each the whole message.
_COMMIT = re.compile(rb"Q\x00\x00\x00\x0bCOMMIT\x00\Z|\x03COMMIT\Z")
_PATIENCE = 30.0


class Loss(Enum):
    """What becomes of the COMMIT whose client is cut off."""

    BEFORE = auto()  # it never comes to the server
    AFTER = auto()  # the server carries it out, and its answer is lost
    LATER = auto()  # it comes to the server once `let_go` says so


class CommitProxy:
    """Stands between the exporter and a database; only the first COMMIT is lost."""

    def __init__(self, url: str, loss: Loss) -> None:
        parsed = make_url(url)
        self._server = (str(parsed.host), int(parsed.port or 0))
        self._loss = loss
        self._lost = False
        self._gate = threading.Event()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        self.url = parsed.set(port=port).render_as_string(hide_password=False)
        self.cut = threading.Event()

    def let_go(self) -> None:
        """Let the COMMIT that was held back come to the server."""
        self._gate.set()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._sockets += [client, server]
                self._start(self._forward_requests, client, server)
                self._start(self._forward_answers, server, client)

    def _forward_requests(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if not self._lost and _COMMIT.search(data):
                    self._lost = True
                    self._lose(data, client, server)
                    return
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _forward_answers(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)

    def _lose(self, data: bytes, client: socket.socket, server: socket.socket) -> None:
        # Before the server can answer, so that its answer goes nowhere.
        client.shutdown(socket.SHUT_RDWR)
        self.cut.set()
        if self._loss is Loss.LATER:
            self._gate.wait(_PATIENCE)
        if self._loss is not Loss.BEFORE:
            server.sendall(data)
        # In order behind the COMMIT, which the server carries out before it sees the end.
        server.shutdown(socket.SHUT_WR)

    def _start(self, target: object, *arguments: socket.socket) -> None:
        thread = threading.Thread(target=target, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self.let_go()
        # Wakes accept() and recv(), which close() alone does not.
        for each in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for each in (self._listener, *self._sockets):
            each.close()
