"""Clients that ask for pages, one after the other each, until SIGTERM or the end of their time.

`python -m bench.crowd PORT CLIENTS SECONDS PATH...` prints `here` once each client has had an
answer, and at the end how many answers there were, as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import signal
import sys

_OK = b"HTTP/1.1 200 "
_LENGTH = b"content-length:"


class Crowd:
    """All of them, and what they got."""

    def __init__(self, port: int, clients: int, paths: list[str]) -> None:
        self._port = port
        self._clients = clients
        self._paths = paths
        self._waiting = clients
        self.pages = 0

    async def ask(self, seconds: float) -> None:
        """Ask until told to end, or so long."""
        over = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
        clients = [asyncio.create_task(self._client(each)) for each in range(self._clients)]
        ends = asyncio.create_task(over.wait())
        await asyncio.wait({*clients, ends}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in (*clients, ends):
            task.cancel()
        for ended in await asyncio.gather(*clients, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    async def _client(self, number: int) -> None:
        """One that keeps its connection, as browsers do."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        with contextlib.closing(writer):
            for turn in itertools.count():
                path = self._paths[(number + turn) % len(self._paths)]
                writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
                if not head.startswith(_OK):
                    raise RuntimeError(f"{path}: {head[:60]!r}")
                await reader.readexactly(_length(head))
                self.pages += 1
                if turn == 0:
                    self._waiting -= 1
                    if self._waiting == 0:
                        print("here", flush=True)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(_LENGTH):
            return int(line.removeprefix(_LENGTH))
    raise RuntimeError("an answer without a length")


def main() -> None:
    """Ask, and print what came of it."""
    port, clients, seconds, *paths = sys.argv[1:]
    crowd = Crowd(int(port), int(clients), paths)
    asyncio.run(crowd.ask(float(seconds)))
    print(json.dumps({"pages": crowd.pages}), flush=True)


if __name__ == "__main__":
    main()
