"""A limit on how long a connection may be in use: its socket is shut down under the driver.

libpq waits without end for a server that keeps the connection but says nothing (stopped, or its
host frozen), and psycopg2 has no time-out for that.
"""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from sqlalchemy import Engine


def limit_use(engine: Engine, lifetime: float) -> None:
    """Cut every connection of a psycopg2 engine that is in use for longer than `lifetime` s."""

    @event.listens_for(engine, "connect", insert=True)
    @event.listens_for(engine, "checkout", insert=True)
    def arm(connection: Any, record: Any, _: Any = None) -> None:  # noqa: ANN401  psycopg2's
        if "guillotine" not in record.info:
            record.info["guillotine"] = _Guillotine(connection.fileno(), lifetime)

    @event.listens_for(engine, "checkin")
    @event.listens_for(engine, "close")
    @event.listens_for(engine, "invalidate")
    def spare(_connection: Any, record: Any, _: Any = None) -> None:  # noqa: ANN401
        guillotine = record.info.pop("guillotine", None)
        if guillotine is not None:
            guillotine.spare()


class _Guillotine:
    """Shuts one socket down at the end of its time, unless it is called off."""

    def __init__(self, descriptor: int, lifetime: float) -> None:
        self._socket = socket.socket(fileno=os.dup(descriptor))
        self._timer = threading.Timer(lifetime, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # gone already

    def spare(self) -> None:
        """Call it off: the connection is no longer in use."""
        self._timer.cancel()
        self._timer.join()
        self._socket.close()
