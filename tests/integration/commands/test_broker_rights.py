"""All commands, as the user in Redis that `grants` describes, on real Celery workers."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest
import redis

from tests.broker_user import denied, make_broker_user, rules
from tests.integration.commands.requeueing import Requeueing, requeueing
from tests.integration.commands.serving import serve
from tests.integration.observe.workers.real_workers import Imports, start_worker, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.commands.repairing import Installation

ENFORCE = {"repair__mode": "enforce", "workers__timeout": "1s"}


@pytest.fixture
def processes(installation: Installation, uploads: Imports, tmp_path: Path) -> Iterator[str]:
    """A worker; everything else is done as the user with the least rights. The owner's URL."""
    url = installation.settings["broker.url"]
    login = make_broker_user(url, rules({}))
    installation.settings |= {"broker.url": login, "results.url": login, "workers.timeout": "1s"}
    del uploads  # it sends as the web application does
    with start_worker("w1@here", url, tmp_path, "--concurrency=1"):
        yield url


@pytest.fixture
def lost(timesketch_url: str, broker_url: str, tmp_path: Path) -> Iterator[Requeueing]:
    """An installation whose lost uploads may be sent again."""
    with requeueing(timesketch_url, broker_url, tmp_path) as made:
        yield made


def running(installation: Installation, uploads: Imports, name: str) -> int:
    """Import a file until a scan calls it running."""
    timeline = installation.orphan(name)
    uploads.send(timeline)
    installation.rows.set_import_status(timeline, f"/uploads/{name}", "processing")
    until(lambda: verdicts(installation).get(timeline) == "running", timeout=60)
    return timeline


def verdicts(installation: Installation) -> dict[int, str]:
    """What a scan says of each timeline."""
    told = installation.run("scan", "--output", "json")
    return {each["timeline_id"]: each["verdict"] for each in json.loads(told.stdout)["timelines"]}


def test_scan_check_and_revoke(
    installation: Installation, uploads: Imports, processes: str
) -> None:
    """Tasks are found in queue, prefetched and running; check is content; a task is terminated."""
    stuck = running(installation, uploads, "stuck.csv")
    held, orphan = installation.orphan("held.csv"), installation.orphan("orphan.csv")
    uploads.send(held, events="x" * 300_000)
    until(lambda: verdicts(installation).get(held) == "reserved")
    told = json.loads(installation.run("scan", "--output", "json").stdout)
    assert told["complete"], told
    assert [(each["worker"], each["state"]) for each in told["workers"]] == [("w1@here", "up")]

    checked = installation.run("check").stdout
    of_broker = [line for line in checked.splitlines() if line[2:].startswith(("broker", "worker"))]
    assert [line for line in of_broker if line[0] != "✓"] == []
    assert any("w1@here" in line for line in of_broker), checked

    for arguments in ((str(orphan),), (str(stuck), "--revoke")):
        ended = installation.run("repair", *arguments, "--yes", **ENFORCE)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    assert [installation.status(each) for each in (stuck, orphan)] == ["fail", "fail"]
    assert denied(processes) == set()


def test_serve(
    installation: Installation, uploads: Imports, processes: str, tmp_path: Path
) -> None:
    """It hears heartbeats and tasks' events, and shows the worker up and the import running."""
    timeline = running(installation, uploads, "disk.csv")
    serving = serve(tmp_path, {**installation.settings, "events.enable-task-events": "true"})
    heartbeat = "timesketch_worker_last_heartbeat_timestamp_seconds"
    history = f"/api/v1/timelines/{timeline}/history"
    with serving.process:
        serving.wait_for(lambda: serving.value(heartbeat, worker="w1@here") is not None)
        assert serving.value("timesketch_worker_up", worker="w1@here") == 1
        serving.wait_for(lambda: "asked for task events" in serving.log())
        assert serving.get(f"/api/v1/timelines/{timeline}").json()["verdict"] == "running"
        uploads.let_go()
        serving.wait_for(lambda: "succeeded on w1@here" in serving.get(history).text)
    assert denied(processes) == set()


def test_requeue_needs_the_second_line(lost: Requeueing) -> None:
    """Without it a requeue is told to be refused, and nothing is sent; with it, it is sent."""
    url = lost.installation.settings["broker.url"]
    timeline = lost.orphan("disk.csv")
    lost.installation.settings["broker.url"] = make_broker_user(url, rules({}))
    refused = lost.requeue(str(timeline), "--assume-defaults")
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "No permissions" in refused.stderr + refused.stdout
    assert lost.installation.status(timeline) == "processing"
    lost.installation.settings["broker.url"] = make_broker_user(url, rules({}, requeue=True))
    sent = lost.requeue(str(timeline), "--assume-defaults")
    assert sent.returncode == 0, sent.stdout + sent.stderr
    assert denied(url) == set()
    with redis.Redis.from_url(url) as owner:
        assert owner.llen("celery") == 1


def test_a_queue_that_may_not_be_read_is_named(
    installation: Installation, uploads: Imports
) -> None:
    """Somebody else's queue in the same database ends no scan in silence: it is named."""
    url = installation.settings["broker.url"]
    uploads.send(1, queue="reports")
    installation.settings["broker.url"] = make_broker_user(url, rules({}))
    assert "No permissions to access a key (queue reports)" in installation.run("check").stdout
    named = {"broker.queues": "celery,reports"}
    installation.settings["broker.url"] = make_broker_user(url, rules(named))
    assert "✓ broker queue reports" in installation.run("check").stdout


NEVER = (
    *("FLUSHALL", "FLUSHDB", "CONFIG GET *", "KEYS *", "SAVE", "SHUTDOWN NOSAVE", "MONITOR"),
    *("ACL LIST", "CLIENT KILL TYPE normal", "SUBSCRIBE a", "PSUBSCRIBE *", "PUBLISH other x"),
    *("DEL celery", "DEL unacked", "DEL celery-task-meta-1", "BRPOP celery 1", "LPOP celery"),
    *("LTRIM celery 0 0", "HDEL unacked a", "SREM _kombu.binding.celery a", "GET other"),
    *("LRANGE other 0 -1", "SET celery-task-meta-1 x", "SADD _kombu.binding.celery.pidbox a"),
    *("EVAL 'return 1' 0", "EVAL_RO \"return redis.call('KEYS', '*')\" 0", "RENAME celery other"),
)


@pytest.mark.parametrize("requeue", [False, True])
def test_refused(broker_url: str, *, requeue: bool) -> None:
    """What the exporter never does is refused, whether it may requeue or not."""
    login = make_broker_user(broker_url, rules({}, requeue=requeue))
    with redis.Redis.from_url(broker_url) as owner:
        owner.lpush("celery", "a message")
        owner.hset("unacked", "a", "b")
        with redis.Redis.from_url(login) as client:
            done = [line for line in NEVER if _does(client, line)]
            sends = _does(client, "LPUSH celery x")
    assert done == []
    assert sends == requeue


def _does(client: redis.Redis, line: str) -> bool:
    """Whether the server does it, or refuses it for another reason than a right that is missing."""
    server: Any = client  # for a method without types
    try:
        server.execute_command(*shlex.split(line))
    except redis.exceptions.ResponseError as error:
        return "permission" not in str(error).lower()
    return True
