"""No command tells a secret, whatever goes wrong and however the secret was given."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from exporter.demo.processes import free_port
from exporter.options import COMMANDS
from tests.broker_user import make_broker_user, rules
from tests.integration.commands import secrets
from tests.integration.commands.answers import addresses
from tests.integration.commands.serving import PATIENCE, Serving
from tests.integration.observe.workers.real_workers import start_worker
from tests.plain_http import PLAIN
from tests.planted import DATABASE_PASSWORD, MARK, TOKEN
from tests.smithy import exporter
from tests.unit.web.webhook.notifications import alert, body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.integration.commands.repairing import Installation
    from tests.integration.commands.secrets import Addresses, Given

_ONE_OF_EACH = {
    "scan": ("scan", "--output=json"),
    "explain": ("explain", "1"),
    "repair": ("repair", "--all", "--dry-run"),
    "undo": ("undo", "0000", "--yes"),
    "journal": ("journal", "--output=json"),
    "pause": ("pause", "a test"),
    "resume": ("resume",),
    "grants": ("grants",),
    "check": ("check",),
    "health": ("health",),
    "files": ("files",),
}
"""All that end by themselves. `demo` takes no settings."""

_ADDRESSES = ("scan", "undo", "journal", "grants", "check")
"""Those that between them open everything."""

_LIKE_OTHERS = {
    "log.level": "debug",
    "database.timeout": "2s",
    "broker.timeout": "2s",
    "workers.timeout": "200ms",
    "judge.confirm-after": "300ms",
}


@pytest.fixture
def planted(installation: Installation, tmp_path: Path) -> Addresses:
    """All settings of an installation that works, with a secret in each that may hold one."""
    installation.orphan()
    broker = make_broker_user(installation.settings["broker.url"], rules({}))
    return {
        **installation.settings,
        **_LIKE_OTHERS,
        "broker.url": broker,
        "results.url": broker,
        **secrets.files_with_secrets(tmp_path),
        "web.listen-address": f"127.0.0.1:{free_port()}",
    }


def told(given: Given, *arguments: str) -> str:
    """What a command says, in which there is no secret."""
    done = exporter.run(
        [*given.flags, *arguments], env=given.variables, timeout=PATIENCE, directory=Path("/")
    )
    said = done.stdout + done.stderr
    assert MARK not in said
    assert "Traceback" not in said, said
    return said


@contextmanager
def serving_as(given: Given, planted: Addresses, directory: Path) -> Iterator[Serving]:
    """`serve`, from when it is ready until it has ended."""
    process = exporter.start(
        [*given.flags, "serve"], name="serve", directory=directory, env=given.variables
    )
    serving = Serving(process, int(planted["web.listen-address"].rpartition(":")[2]))
    with process:
        serving.wait_for(lambda: serving.get("/-/ready").status_code == httpx.codes.OK)
        yield serving


def test_every_command_is_tried() -> None:
    """None is forgotten."""
    assert {"serve", "demo", *_ONE_OF_EACH} == {command.name for command in COMMANDS}


@pytest.mark.parametrize("way", secrets.WAYS)
def test_all_well(
    planted: Addresses, tmp_path: Path, way: Callable[[Addresses, Path], Given]
) -> None:
    """Where everything works nothing is told, however it was given; nor by the help."""
    given = way(planted, tmp_path)
    commands = _ONE_OF_EACH if way is secrets.as_flags else dict.fromkeys(_ADDRESSES)
    for name in commands:
        told(given, *_ONE_OF_EACH[name])
    told(given, "--help")
    assert "✓ database connection" in told(given, "check")


def test_wrong_passwords(planted: Addresses, tmp_path: Path) -> None:
    """A login that is refused is told without the password that was tried."""
    wrong = {
        name: value.replace(f"{MARK}-of-the", f"{MARK}-guessed") for name, value in planted.items()
    }
    given = secrets.as_variables(wrong, tmp_path)
    for command in _ONE_OF_EACH.values():
        told(given, *command)
    assert "refused the login" in told(given, "check")


def test_what_a_failed_repair_leaves(planted: Addresses, tmp_path: Path) -> None:
    """Nor does the journal tell the password with which nothing could be written, in any form."""
    wrong = planted["repair.database-url"].replace(DATABASE_PASSWORD, f"{MARK}-guessed")
    enforce = {"repair.mode": "enforce", "repair.brake-share": "1"}
    given = secrets.as_variables({**planted, **enforce, "repair.database-url": wrong}, tmp_path)
    told(given, "repair", "--all", "--yes")
    for form in ("table", "json", "csv"):
        assert "password authentication failed" in told(given, "journal", f"--output={form}")


def test_servers_away(planted: Addresses, tmp_path: Path) -> None:
    """Servers that are away are told without what one would have logged in with."""
    away = {**planted, **secrets.elsewhere(planted, port=free_port())}
    for command in _ONE_OF_EACH.values():
        told(secrets.as_files(away, tmp_path), *command)


def test_servers_silent(planted: Addresses, tmp_path: Path) -> None:
    """Nor is it told of servers that take a connection and never answer."""
    with secrets.silent_server() as port:
        silent = {**planted, **secrets.elsewhere(planted, port=port)}
        for name in _ADDRESSES:
            told(secrets.as_yaml(silent, tmp_path), *_ONE_OF_EACH[name])


def test_servers_without_tls(planted: Addresses, tmp_path: Path) -> None:
    """Servers that speak no TLS where it is asked for are told without a secret."""
    tls = {
        **planted,
        **{
            name: f"{planted[name]}?sslmode=require&sslpassword={MARK}"
            for name in ("database.url", "repair.database-url")
        },
        **{
            name: planted[name].replace("redis://", "rediss://") + "?ssl_cert_reqs=none"
            for name in ("broker.url", "results.url")
        },
    }
    for name in _ADDRESSES:
        told(secrets.as_variables(tls, tmp_path), *_ONE_OF_EACH[name])


@pytest.mark.parametrize(
    "wrong", [pytest.param(wrong, id=what) for what, wrong in secrets.unreadable()]
)
def test_wrong_addresses(planted: Addresses, tmp_path: Path, wrong: Addresses) -> None:
    """What cannot be understood is told without quoting it."""
    for name in _ADDRESSES:
        told(secrets.as_variables({**planted, **wrong}, tmp_path), *_ONE_OF_EACH[name])


def test_everything_that_is_served_and_kept(
    planted: Addresses, installation: Installation, tmp_path: Path
) -> None:
    """With a worker, repairs, an undo, a plan and an alert there, no page, answer or export does.

    Metrics in both of their formats, pages and JSON as an operator and as anybody, and the journal
    in each of its own.
    """
    settings = {**planted, "repair.mode": "enforce", "repair.brake-share": "1"}
    given = secrets.as_files(settings, tmp_path)
    olga = {"Authorization": f"Bearer {TOKEN}-of-olga"}
    with (
        start_worker("w1@here", installation.settings["broker.url"], tmp_path, "--pool=solo"),
        serving_as(given, planted, tmp_path) as serving,
    ):
        serving.wait_for(lambda: "orphaned" in serving.get("/api/v1/timelines", **olga).text)
        serving.wait_for(lambda: '"up"' in serving.get("/api/v1/workers", **olga).text)
        asking = partial(httpx.post, headers=olga, timeout=PATIENCE, verify=PLAIN)
        plan = asking(f"{serving.url}/api/v1/plans", json={"timelines": [1]}).json()
        applied = f"{serving.url}/api/v1/plans/{plan['plan_id']}/apply"
        (entry,) = asking(applied, json={"confirm": plan["confirm"]}).json()["entries"]
        told(given, "undo", entry["repair_id"], "--yes")
        serving.wait_for(lambda: serving.get("/timelines/1", **olga).status_code == httpx.codes.OK)
        posted = httpx.post(
            f"{serving.url}/webhook",
            content=body(alert(1)),
            headers={
                "Authorization": f"Bearer {TOKEN}-of-the-webhook",
                "Content-Type": "application/json",
            },
            timeout=PATIENCE,
        )
        (request,) = posted.json()["requests"]
        there = {
            "timeline_id": 1,
            "name": "w1@here",
            "plan_id": plan["plan_id"],
            "repair_id": entry["repair_id"],
            "request_id": request["request_id"],
        }
        for path in addresses(serving, there, **olga):
            assert serving.get(path, **olga).status_code == httpx.codes.OK, path
            serving.get(path)
        for kind in ("text/plain", "application/openmetrics-text"):
            told_to_prometheus = serving.get("/metrics", Accept=kind, **olga)
            assert kind in told_to_prometheus.headers["Content-Type"]
        for form in ("table", "json", "csv"):
            assert entry["repair_id"][:8] in told(given, "journal", f"--output={form}")


def test_what_serve_leaves(planted: Addresses, tmp_path: Path) -> None:
    """Pages, API, metrics, log, command line, journal and history hold no secret of any kind."""
    given = secrets.as_files(planted, tmp_path)
    with serving_as(given, planted, tmp_path) as serving:
        process = serving.process
        olga = {"Authorization": f"Bearer {TOKEN}-of-olga"}
        serving.wait_for(lambda: "orphaned" in serving.get("/api/v1/timelines", **olga).text)
        for path in (
            *("/", "/timelines", "/timelines/1", "/analyses", "/workers", "/repairs", "/requests"),
            *("/scans", "/reference", "/metrics", "/openapi.json", "/api/v1/workers"),
            *("/api/v1/queues", "/api/v1/timelines/1", "/-/healthy", "/nowhere"),
            # A secret in the wrong place is not repeated.
            *(f"/{TOKEN}", f"/timelines?verdict={TOKEN}", f"/api/v1/timelines?cursor={TOKEN}"),
        ):
            for headers in (olga, {}, {"Authorization": f"Bearer {TOKEN}-guessed"}):
                answer = serving.get(path, **headers)
                assert "Traceback" not in answer.text
        proc = Path(f"/proc/{process.pid}")
        assert MARK not in (proc / "cmdline").read_text()
        assert MARK not in (proc / "environ").read_text()
        told(given, "pause", "a test")
    assert process.exit_code == 0, serving.log()
    assert MARK not in serving.log()
    kept = [*tmp_path.glob("journal*.db*")]
    assert {file.name for file in kept} >= {"journal.db", "journal-history.db"}
    assert [file for file in kept if MARK.encode() in file.read_bytes()] == []
    assert DATABASE_PASSWORD in (tmp_path / "database.url-file").read_text()
