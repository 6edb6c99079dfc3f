"""A new user with only the wheel follows docs/install-package.md."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from exporter import __version__
from exporter.demo import monitoring
from exporter.demo.processes import free_port
from exporter.demo.roles import make_roles
from exporter.demo.rows import Rows
from exporter.demo.servers import Postgres, Valkey
from exporter.shipped.contents import names
from tests.alerts.rules import RULES
from tests.broker_user import make_broker_user, rules
from tests.planted import DATABASE_PASSWORD
from tests.release.lock import TOP
from tests.release.page import Page
from tests.timesketch.patience import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Nothing else may say where the exporter, its settings or pipx's are.
_PASSED_ON = ("LANG", "PIP_", "SSL_", "REQUESTS_", "UV_", "HTTP", "http", "NO_PROXY", "no_proxy")


@dataclass(frozen=True)
class Machine:
    """A machine with Timesketch's configuration, Prometheus, Alertmanager, pipx and the wheel."""

    root: Path
    exporter_port: int = field(default_factory=free_port)

    @property
    def home(self) -> Path:
        """Where the user is."""
        return self.root / "home"

    @property
    def etc(self) -> Path:
        """What the page calls /etc."""
        return self.root / "etc"

    @property
    def environment(self) -> dict[str, str]:
        """The user's, in which nothing of ours is but pipx."""
        local = self.home / ".local"
        return {key: value for key, value in os.environ.items() if key.startswith(_PASSED_ON)} | {
            "HOME": str(self.home),
            "PATH": f"{local / 'bin'}:{self.root / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "PIPX_DEFAULT_PYTHON": sys.executable,
            "STATE_DIRECTORY": str(self.root / "state"),
            # The broker has just started, and no worker will come back to it.
            "TIMESKETCH_EXPORTER_WORKERS__RECONNECT_WITHIN": "1ms",
            # Whatever was downloaded before is not downloaded again.
            "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv")),
        }


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Return one whose Timesketch has a sketch, and nothing to do."""
    machine = Machine(tmp_path)
    for name in ("home", "bin", "etc/timesketch", "etc/prometheus"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "bin" / "pipx").symlink_to(Path(sys.executable).with_name("pipx"))
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir")
    subprocess.run([*build, machine.home, TOP], capture_output=True, check=True)
    with Postgres(tmp_path / "postgres") as postgres, Valkey(tmp_path / "valkey") as valkey:
        database = postgres.create_database("timesketch")
        engine = sqlalchemy.create_engine(database, poolclass=sqlalchemy.NullPool)
        rows = Rows(engine)
        rows.create_tables()
        rows.add_sketch("case")
        reader = make_roles(engine, password=DATABASE_PASSWORD).reader
        engine.dispose()
        broker = make_broker_user(valkey.url, rules({}))
        (machine.etc / "timesketch" / "timesketch.conf").write_text(
            f"SQLALCHEMY_DATABASE_URI = '{reader}'\n"
            f"CELERY_BROKER_URL = '{broker}'\n"
            f"CELERY_RESULT_BACKEND = '{broker}'\n"
        )
        yield machine


def test_from_the_wheel_to_rules_and_dashboards(
    machine: Machine, record_property: Callable[[str, object], None]
) -> None:
    """All commands of the page succeed, and then Prometheus scrapes and has every rule."""
    configurations = machine.etc / "prometheus"
    alertmanager = monitoring.alertmanager(
        configurations / "alertmanager.yml", machine.root / "alertmanager"
    )
    prometheus = monitoring.prometheus(
        configurations / "prometheus.yml", machine.root / "prometheus"
    )
    page = Page(
        "install-package.md",
        stands_for={
            "sudo ": "",
            "-g prometheus ": "",
            "/etc/": f"{machine.etc}/",
            "localhost:19808": f"localhost:{machine.exporter_port}",
            "exporter serve ": f"exporter serve --web.listen-address=:{machine.exporter_port} ",
            "localhost:9093": f"localhost:{alertmanager.port}",
        },
    )
    with page:
        started = time.monotonic()
        printed = page.run(machine.home, machine.environment)
        record_property("measured", f"install-package.md: {time.monotonic() - started:.1f} s")
        assert f"\ntimesketch-exporter {__version__}\n" in printed
        assert set(names()) <= set(printed.splitlines())
        _is_pipx_own(machine)
        _has_what_grafana_reads(machine)

        (machine.root / "alertmanager").mkdir()
        (machine.root / "prometheus").mkdir()
        with alertmanager, prometheus:
            _has_every_rule(prometheus)
            until(lambda: _scraped(prometheus), "Prometheus scrapes the exporter", timeout=60)
            until(
                lambda: bool(
                    prometheus.ask("/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
                ),
                "Prometheus knows Alertmanager",
                timeout=60,
            )


def _is_pipx_own(machine: Machine) -> None:
    """The command is that of the wheel, in an environment of its own, with the driver added."""
    command = shutil.which("timesketch-exporter", path=machine.environment["PATH"])
    assert command is not None
    environment = machine.home / ".local/share/pipx/venvs/timesketch-exporter"
    assert Path(command).resolve() == environment / "bin" / "timesketch-exporter"
    assert list(environment.glob("lib/python*/site-packages/pymysql"))


def _has_what_grafana_reads(machine: Machine) -> None:
    """Dashboards and provisioning are where Grafana looks for them."""
    wanted = {name for name in names() if name.startswith("grafana/")}
    assert {name for name in wanted if (machine.etc / name).is_file()} == wanted


def _has_every_rule(prometheus: monitoring.Monitored) -> None:
    groups = prometheus.ask("/api/v1/rules")["data"]["groups"]
    loaded = {rule["name"] for group in groups for rule in group["rules"]}
    assert loaded == {rule.name for rule in RULES}


def _scraped(prometheus: monitoring.Monitored) -> bool:
    targets = prometheus.ask("/api/v1/targets")["data"]["activeTargets"]
    return [target["health"] for target in targets] == ["up"]
