"""The journal's inbox: requests for repairs, stored before anybody works on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exporter.repair.journal.requests import (
    append_conclusions,
    read_attempts,
    read_open,
    read_recent,
    read_request_tally,
    take_in,
)
from exporter.repair.journal.version import appending

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from exporter.repair.journal.database import JournalDatabase
    from exporter.repair.requests import Asked, Conclusion, Request, RequestTally, TakenIn


class Inbox:
    """Takes requests in and remembers what became of them, as durably as the journal.

    Every method raises JournalError where the journal cannot be used.
    """

    def __init__(self, database: JournalDatabase, *, instance: str) -> None:
        self._database = database
        self._instance = instance

    def take_in(self, asked: Sequence[Asked], *, quiet: float, capacity: int) -> TakenIn:
        """Store requests that are neither open nor ended within the last `quiet` seconds.

        Raises InboxFullError, having stored nothing, if more than `capacity` would be open.
        """
        with appending(self._database) as (connection, now):
            return take_in(
                connection,
                asked,
                at=now,
                instance=self._instance,
                quiet=quiet,
                capacity=capacity,
            )

    def open_requests(self) -> tuple[float, tuple[Request, ...]]:
        """Tell the time by the journal's clock, and the requests without an end, oldest first."""
        with self._database.reading() as connection:
            return self._database.now(connection), read_open(connection)

    def conclude(self, conclusions: Mapping[int, Conclusion]) -> None:
        """Store how requests (by sequence number) ended; a second conclusion is not stored."""
        if conclusions:
            with appending(self._database) as (connection, now):
                append_conclusions(connection, conclusions, at=now)

    def recent(self, limit: int) -> tuple[Request, ...]:
        """Tell so many requests, the newest first."""
        with self._database.reading() as connection:
            return read_recent(connection, limit)

    def attempts(self, request_id: str) -> tuple[Request, ...]:
        """Tell every attempt of a request, the first one first; raises UnknownRequestError."""
        with self._database.reading() as connection:
            return read_attempts(connection, request_id)

    def tally(self) -> RequestTally:
        """Count the requests of the whole journal."""
        with self._database.reading() as connection:
            return read_request_tally(connection)
