"""What Celery's result backend says about tasks that were seen once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from exporter.errors import BrokerUrlError, ResultBackendError, SourceError
from exporter.observe.broker_url import BrokerOptions, scheme
from exporter.observe.redis_link import REDIS_SCHEMES, connect

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

#: A result holds what the task returned; this many are asked for at once.
_AT_ONCE = 500

#: A result that is not JSON, or says no state.
UNKNOWN = "UNKNOWN"


#: What a mistake in a URL is called for a broker, and for a result backend.
_OF_RESULTS = {
    "a broker URL": "a result backend's URL",
    "know the broker": "know the result backend",
}


class Results(Protocol):
    """Reads the states of tasks; changes nothing."""

    def read(self, task_ids: Collection[str]) -> Mapping[str, str]:
        """Return states by task id, of those that have a result.

        Raises `ResultBackendError`.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class NoResults:
    """Stands in where results are kept elsewhere than in Redis, or nowhere: knows of none."""

    def read(self, task_ids: Collection[str]) -> Mapping[str, str]:  # noqa: ARG002 - knows none
        """Return nothing, which is no evidence of anything."""
        return {}

    def close(self) -> None:
        """Do nothing: there is no connection."""


class RedisResults:
    """Reads results that Celery keeps in Redis."""

    def __init__(
        self, url: str, transport_options: Mapping[str, object] | None = None, timeout: float = 5.0
    ) -> None:
        options = dict(transport_options or {})
        self._prefix = key_prefix(options)
        options.pop("global_keyprefix", None)  # Celery uses it itself, other than kombu would
        self._link = connect(BrokerOptions(url, options, timeout=timeout))

    def read(self, task_ids: Collection[str]) -> Mapping[str, str]:
        """Return the state of each task that has a result: Celery's, or `UNKNOWN`."""
        try:
            with self._link.talking():
                return dict(self._read(tuple(task_ids)))
        except SourceError as error:
            raise ResultBackendError(
                str(error).replace("the broker", "the result backend")
            ) from error

    def close(self) -> None:
        """Close the connections."""
        self._link.close()

    def _read(self, task_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        if not task_ids:
            # Nothing to ask for is no reason to call a backend well that is away.
            self._link.client.ping()
        for start in range(0, len(task_ids), _AT_ONCE):
            some = task_ids[start : start + _AT_ONCE]
            values = self._link.client.mget([f"{self._prefix}{task_id}" for task_id in some])
            for task_id, value in zip(some, values, strict=True):
                if value is not None:
                    yield task_id, _state(value)


def key_prefix(transport_options: Mapping[str, object]) -> str:
    """Return what the keys of Celery's results begin with in Redis."""
    prefix = str(transport_options.get("global_keyprefix") or "")
    if prefix and prefix[-1] not in ":_-.":
        prefix += "_"
    return f"{prefix}celery-task-meta-"


def open_results(
    url: str | None, transport_options: Mapping[str, object] | None = None, timeout: float = 5.0
) -> Results:
    """Return a reader of the result backend; one that knows nothing where it is not in Redis.

    Without results the exporter only loses a short cut to some verdicts, so a database, `rpc://`
    or no backend at all is no error. Raises `BrokerUrlError` if a Redis URL is wrong.
    """
    if not url or scheme(url) not in REDIS_SCHEMES:
        return NoResults()
    try:
        return RedisResults(url, transport_options, timeout)
    except BrokerUrlError as error:
        message = str(error)
        for words, ours in _OF_RESULTS.items():
            message = message.replace(words, ours)
        raise BrokerUrlError(message) from error


def _state(value: bytes | str) -> str:
    try:
        result = json.loads(value)
    except (ValueError, RecursionError):
        return UNKNOWN
    state = result.get("status") if isinstance(result, dict) else None
    return state if isinstance(state, str) else UNKNOWN
