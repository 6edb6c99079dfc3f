"""A RabbitMQ of the Debian package rabbitmq-server, with data, ports and name server of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from kombu import Connection
from kombu.exceptions import OperationalError

from exporter.demo.processes import Process, free_port, spawn
from tests.servers.waiting import wait_until_up

if TYPE_CHECKING:
    from pathlib import Path

_START_TIMEOUT = 90.0
# The package's wrapper in /usr/sbin wants to become user rabbitmq; this is the script behind it.
_PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server"


class RabbitMQ:
    """A RabbitMQ on loopback (`url` is kombu's); messages survive `stop` and `start` if durable."""

    def __init__(self, directory: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self._directory = directory
        self._epmd_port = free_port()
        self._epmd: Process | None = None
        self._process: Process | None = None

    def start(self) -> None:
        """Start and wait until it takes a login (about eight seconds)."""
        environment = self._environment()
        # Without one of its own, Erlang starts a name server on 0.0.0.0:4369 that stays for ever.
        self._epmd = spawn(
            ["epmd", "-address", "127.0.0.1", "-port", str(self._epmd_port)],
            name="epmd",
            directory=self._directory,
            env=environment,
        )
        self._process = spawn(
            [_PROGRAM], name="rabbitmq", directory=self._directory, env=environment
        )
        wait_until_up(self._process, self._answers, timeout=_START_TIMEOUT)

    def stop(self) -> None:
        """Shut down in order, and the name server after it."""
        if self._process is not None:
            self._process.stop(timeout=30)
        if self._epmd is not None:
            self._epmd.stop()

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
        if self._epmd is not None:
            self._epmd.kill()

    def _environment(self) -> dict[str, str]:
        directory = self._directory
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(directory),  # the Erlang cookie is made here
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            # Makes the script become the server instead of waiting for it: one pid to stop.
            "RUNNING_UNDER_SYSTEMD": "true",
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONF_ENV_FILE": str(directory / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(directory / "logs"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(directory / "rabbitmq.pid"),
        }

    def _answers(self) -> bool:
        try:
            with Connection(self.url, connect_timeout=2) as connection:
                connection.connect()
        except (OperationalError, OSError):
            return False
        return True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
