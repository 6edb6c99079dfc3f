"""The unit of systemd: valid, tight, and no tighter than what its command needs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from exporter.demo.processes import free_port, spawn
from exporter.settings import load
from exporter.settings.catalogue import BY_NAME
from tests.integration.commands.serving import Serving
from tests.integration.deploy.traced import Trace, ended, system_calls, traced
from tests.integration.deploy.unit_file import PROGRAM, SYSTEMD, UNIT, WEBHOOK, Unit
from tests.smithy.exporter import COMMAND, run

if TYPE_CHECKING:
    from tests.integration.observe.timesketch_database import TimesketchDatabase

# systemd's scale goes from 0 (not exposed) to 10.
_EXPOSURE = 1.5
_NOBODY = 65534
# A user in a namespace of users, as with PrivateUsers=: whoever runs the tests may do this, and the
# interpreter may lie in a closed home.
_WITHOUT_RIGHTS = (
    *("unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}"),
    *("setpriv", "--no-new-privs"),
)


def test_verified(tmp_path: Path) -> None:
    """There is nothing that systemd complains about, in the unit and with the webhook's drop-in."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace(PROGRAM, str(COMMAND)))
    drop_ins = tmp_path / f"{UNIT.name}.d"
    drop_ins.mkdir()
    shutil.copy(WEBHOOK, drop_ins)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_exposure() -> None:
    """By systemd's own rating the service is little exposed."""
    done = subprocess.run(
        [
            *("systemd-analyze", "security", "--offline=true", "--no-pager"),
            *(f"--threshold={_EXPOSURE * 10:.0f}", UNIT),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_listens_where_it_may() -> None:
    """The one port that the unit allows to be bound is the one it listens on by default."""
    address = str(BY_NAME["web.listen-address"].default)
    assert Unit.read(UNIT).one("SocketBindAllow") == f"tcp{address}"


def test_example_holds() -> None:
    """The example of a configuration is accepted and says nothing that is not known."""
    settings = load({"config.file": str(SYSTEMD / "config.yml")}, {"HOME": "/root"})
    assert settings.repair.mode == "dry-run"


def test_runs_within_its_bounds(
    on_postgres: TimesketchDatabase, broker_url: str, tmp_path: Path
) -> None:
    """The very command of the unit, as a user without rights, works within all that is forbidden.

    It serves, scans and opens the journal. A command of root's may use the same journal.
    """
    unit, port = Unit.read(UNIT, WEBHOOK), free_port()
    credentials, state = tmp_path / "credentials", tmp_path / "state"
    for made in (credentials, state):
        made.mkdir()
    (credentials / "webhook.token").write_text("token\n")
    settings = {
        "database": {"url": on_postgres.roles.reader},
        "broker": {"url": broker_url},
        "results": {"url": broker_url},
        "web": {"listen-address": f"127.0.0.1:{port}"},
    }
    (credentials / "config.yml").write_text(yaml.safe_dump(settings))
    record, allowed = tmp_path / "trace", system_calls(unit.all("SystemCallFilter"))
    environment = unit.environment(credentials=credentials, state=state)
    process = spawn(
        [
            *_WITHOUT_RIGHTS,
            *traced(allowed, record),
            *unit.command(program=COMMAND, credentials=credentials),
        ],
        name="serve",
        directory=tmp_path,
        env={"PATH": os.environ["PATH"], **environment},
    )
    serving = Serving(process, port)
    with ended(process):
        serving.wait_for(lambda: serving.value("timesketch_exporter_journal_up") == 1)
        serving.wait_for(
            lambda: serving.value("timesketch_exporter_source_up", source="database") == 1
        )
        assert serving.value("process_start_time_seconds") is not None
        paused = run(
            ["pause", "a test", f"--config.file={credentials / 'config.yml'}"],
            env={"PATH": os.environ["PATH"], "STATE_DIRECTORY": str(state)},
            timeout=60,
        )
        assert paused.returncode == 0, paused.stderr
        serving.wait_for(lambda: serving.value("timesketch_exporter_repair_paused") == 1)
    assert process.exit_code == 0, serving.log()
    trace = Trace(record)
    assert trace.names() <= allowed
    assert trace.families() <= set(unit.one("RestrictAddressFamilies").split())
    assert trace.ports() == {port}
    assert trace.writable_code() == []
    assert {path for path in trace.written() if not _allowed(Path(path), state)} == set()


def test_commands_of_root(tmp_path: Path) -> None:
    """Root's commands use the journal of the service, and it stays the service's own."""
    state = tmp_path / "state"
    state.mkdir()
    environment = {"PATH": os.environ["PATH"], "STATE_DIRECTORY": str(state)}
    for command in (["pause", "a test"], ["resume"]):
        done = run(command, env=environment, timeout=60)
        assert done.returncode == 0, done.stderr
        owners = {path.stat().st_uid for path in state.iterdir()}
        assert owners == {state.stat().st_uid}
        if os.geteuid() == 0:
            for path in (state, *state.iterdir()):
                os.chown(path, _NOBODY, _NOBODY)


def _allowed(path: Path, state: Path) -> bool:
    return path.is_relative_to(state) or path.is_relative_to("/dev") or "__pycache__" in path.parts
