"""States of tasks in a real result backend, written by the real Celery."""

from __future__ import annotations

import pytest
from celery import Celery, states
from redis import Redis

from exporter.demo.processes import free_port
from exporter.errors import BrokerUrlError, ResultBackendError
from exporter.observe.results import open_results


# Celery 5.7 uses a command that redis-py 8 calls deprecated.
@pytest.mark.filterwarnings("ignore:Call to deprecated setex:DeprecationWarning")
@pytest.mark.parametrize("prefix", [None, "ts", "ts:"])
def test_states_are_those_that_celery_wrote(broker_url: str, prefix: str | None) -> None:
    """The state of each task that has a result is told."""
    options = {"global_keyprefix": prefix} if prefix else {}
    app = Celery("tests", backend=broker_url, set_as_default=False)
    app.conf.result_backend_transport_options = options
    app.backend.store_result("one", {"pid": 1}, states.STARTED)
    app.backend.store_result("two", ValueError("lost"), states.FAILURE)
    app.backend.store_result("three", None, states.REVOKED)
    results = open_results(broker_url, options)
    assert results.read(["one", "two", "three", "four"]) == {
        "one": "STARTED",
        "two": "FAILURE",
        "three": "REVOKED",
    }
    results.close()
    app.close()


def test_many_states_are_read_in_portions(broker_url: str) -> None:
    """More tasks than are asked for at once are all answered, and none leaves a key behind."""
    results = open_results(broker_url)
    with Redis.from_url(broker_url) as client:
        client.set("celery-task-meta-1699", b'{"status": "SUCCESS"}')
        assert results.read([str(number) for number in range(1700)]) == {"1699": "SUCCESS"}
        assert client.dbsize() == 1
    assert results.read([]) == {}
    results.close()


@pytest.mark.parametrize("value", [b"\x80\x04K\x01.", b"[]", b'{"status": 3}', b"{}"])
def test_result_that_is_not_understood_is_unknown(broker_url: str, value: bytes) -> None:
    """Another serializer's result is no evidence of anything."""
    with Redis.from_url(broker_url) as client:
        client.set("celery-task-meta-one", value)
    results = open_results(broker_url)
    assert results.read(["one"]) == {"one": "UNKNOWN"}
    results.close()


@pytest.mark.parametrize("url", [None, "", "rpc://", "db+postgresql://h/d", "cache+memory://"])
def test_results_elsewhere_are_not_known(url: str | None) -> None:
    """A backend that is not in Redis is no error, only no evidence."""
    results = open_results(url)
    assert results.read(["one"]) == {}
    results.close()


@pytest.mark.parametrize("task_ids", [["one"], []], ids=["a task", "nothing to ask for"])
def test_unreachable_backend_is_told(task_ids: list[str]) -> None:
    """The result backend is a source of its own, with an error of its own, asked or not."""
    results = open_results(f"redis://127.0.0.1:{free_port()}/0", timeout=1.0)
    with pytest.raises(ResultBackendError, match=r"the result backend .* does not answer"):
        results.read(task_ids)


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("redis://127.0.0.1/database", "not a result backend's URL that kombu understands"),
        ("sentinel://127.0.0.1:26379", "master_name: .* the sentinels know the result backend"),
    ],
)
def test_wrong_url_is_told(url: str, match: str) -> None:
    """A mistake in the URL, or a missing option, is a mistake of settings."""
    with pytest.raises(BrokerUrlError, match=match):
        open_results(url)
