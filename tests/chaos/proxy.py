"""The way to the broker, which may be slow, stand still, or be cut."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import Self

_CHUNK = 65536
_ENDS_WITHIN = 5.0


class Proxy:
    """Passes connections on to a port of this machine, and does not reorder what it passes."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._delay = 0.0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._open.set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port = int(server.sockets[0].getsockname()[1])
        self._server = server

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    def slow_down(self, delay: float) -> None:
        """Pass everything on that many seconds later; 0 at once."""
        self._delay = delay

    def stall(self) -> None:
        """Pass nothing on until `straighten`."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def straighten(self) -> None:
        """Pass everything on at once again."""
        self._delay = 0.0
        self._loop.call_soon_threadsafe(self._open.set)

    def cut(self) -> None:
        """Break all connections of now; new ones are taken."""
        self._loop.call_soon_threadsafe(self._break)

    def _break(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, back}
        self._writers |= both
        passing = [
            self._loop.create_task(self._pass_on(reader, back)),
            self._loop.create_task(self._pass_on(there, writer)),
        ]
        try:
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in passing:
                task.cancel()
            self._writers -= both
            for each in both:
                each.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._open.wait()
                writer.write(data)
                await writer.drain()

    def close(self) -> None:
        """Break everything and end."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10.0)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        self._open.set()
        self._break()
        # Whoever passes things on finds both ends broken.
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=_ENDS_WITHIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
