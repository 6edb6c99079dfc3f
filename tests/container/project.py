"""A profile of docker-compose.yml without Docker: its very command lines, as processes.

They have one network with the names of the services, the mounts at their paths, their volumes,
users and environments. Prometheus and Alertmanager are Debian's, Timesketch's database and broker
those of tests/container/stores.py, and Grafana is left out.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Self

from exporter.demo.processes import Process, spawn
from tests.container import dockerfile
from tests.container.compose import TOP, Mount, Service, services
from tests.container.image import ENVIRONMENT
from tests.container.network import Network
from tests.container.sandbox import PATIENCE, Place, Running, Sandbox
from tests.timesketch.patience import until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

    from tests.container.image import Image

# What the images of others have for an entrypoint, here and as Debian calls it.
_ENTRYPOINTS = {"prom/prometheus": "prometheus", "prom/alertmanager": "prometheus-alertmanager"}
_PATH = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


class Project:
    """Those services of a profile that can be had here; ends with the context."""

    def __init__(
        self, profile: str, image: Image, directory: Path, variables: Mapping[str, str]
    ) -> None:
        self._image = image
        self._directory = directory
        self._hosts = directory / "hosts"
        self._stack = contextlib.ExitStack()
        self._running: dict[str, Running] = {}
        self._network_name = "demo" if profile == "demo" else "monitoring"
        self.services = {
            name: service
            for name, service in services(profile, variables).items()
            if "build" in service.definition or _program(service) is not None
        }

    def start(self) -> None:
        """Start network, database and broker, then the services, those others wait for first."""
        self.network = self._stack.enter_context(Network(self._directory))
        self._start_stores()
        self._write_hosts()
        for service in self._in_order():
            command = service.words("entrypoint") or self._entrypoint(service)
            self._running[service.name] = self._sandbox(service).start(
                [*command, *service.words("command")], name=service.name, directory=self._directory
            )
            self._stack.callback(self._running[service.name].kill)
            if self._is_waited_for(service):
                self.wait_for_health(service.name)

    def run(self, name: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command beside a service, as `docker compose exec` does."""
        return self._sandbox(self.services[name]).run(command)

    def named(self, alias: str) -> str:
        """The service that others find under a name."""
        (found,) = [
            name
            for name, service in self.services.items()
            if alias in service.names(self._network_name)
        ]
        return found

    def wait_for_health(self, name: str) -> None:
        """Wait until the service's own health check is content; fails with its log."""
        running, check = self._running[name], self.services[name].health_command

        def well() -> bool:
            return self.run(name, *check).returncode == 0 or not running.process.alive()

        until(well, f"{name} is healthy", timeout=PATIENCE, interval=0.5)
        assert running.process.alive(), running.log()

    def log(self, name: str) -> str:
        """What a service printed."""
        return self._running[name].log()

    def stop(self, name: str) -> int:
        """Stop a service as `docker compose stop` does; the exit code."""
        return self._running[name].stop()

    def _in_order(self) -> list[Service]:
        return sorted(self.services.values(), key=lambda each: "depends_on" in each.definition)

    def _is_waited_for(self, service: Service) -> bool:
        return any(
            service.name in each.definition.get("depends_on", {}) for each in self.services.values()
        )

    def _entrypoint(self, service: Service) -> list[str]:
        program = _program(service)
        return [program] if program else dockerfile.words("ENTRYPOINT")

    def _sandbox(self, service: Service) -> Sandbox:
        user = service.definition["user"]
        places = [self._place(service, mount, user) for mount in service.mounts]
        for tmpfs in service.words("tmpfs"):
            if tmpfs != "/tmp":  # noqa: S108  every sandbox has one
                mount = Mount(f"{service.name}-tmpfs", tmpfs.partition(":")[0], read_only=False)
                places.append(self._place(service, mount, user))
        places.append(Place(self._hosts, "/etc/hosts"))
        environment = _PATH | service.environment
        if "build" in service.definition:
            places.append(Place(self._image.environment, ENVIRONMENT))
            environment = dockerfile.pairs("ENV") | service.environment
        return Sandbox(self.network, user, places, environment)

    def _place(self, service: Service, mount: Mount, user: str) -> Place:
        if not mount.named:
            return Place(TOP / mount.source, mount.target, mount.read_only)
        volume = self._directory / "volumes" / f"{mount.source}"
        if not volume.exists():
            # As docker does, for the image's directory there belongs to the image's user.
            volume.mkdir(parents=True)
            os.chown(volume, *map(int, user.split(":")))
        uid, _ = user.split(":")
        assert volume.stat().st_uid == int(uid), service.name
        return Place(volume, mount.target, mount.read_only)

    def _write_hosts(self) -> None:
        """Once, for who reads it while it is written finds nobody."""
        names = ["localhost", "postgres", "redis"]
        for service in self.services.values():
            names += service.names(self._network_name)
        self._hosts.write_text(f"127.0.0.1 {' '.join(names)}\n")

    def _start_stores(self) -> None:
        argv = [sys.executable, "-m", "tests.container.stores", str(self._directory)]
        stores = spawn(
            self.network.inside(argv),
            name="stores",
            directory=self._directory,
            env={**os.environ, "PYTHONPATH": str(TOP)},
        )
        self._stack.callback(stores.stop)
        until(lambda: _ready(stores), "database and broker are ready", timeout=PATIENCE)
        assert stores.alive(), stores.last_lines()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _program(service: Service) -> str | None:
    return _ENTRYPOINTS.get(service.definition["image"].partition(":")[0])


def _ready(stores: Process) -> bool:
    return "ready" in stores.log.read_text() or not stores.alive()
