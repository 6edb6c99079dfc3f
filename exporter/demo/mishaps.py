"""A small Timesketch that keeps losing imports, for an exporter and whoever watches that one.

    python -m exporter.demo.mishaps timesketch.conf TOKEN_FILE

It is the Timesketch of the profile `demo` in docker-compose.yml. Database and broker run already,
where timesketch.conf says; tables, workers, uploads and accidents are made here. TOKEN_FILE is
written anew, with a token for the webhook, once the tables are there.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from exporter import timesketch_conf
from exporter.demo.attached import Token
from exporter.demo.cast import HARBOUR, IMPORT_1, IMPORT_2, SHOP, Upload
from exporter.demo.stage import Stage
from exporter.demo.stopping import StoppedError, Stopping
from exporter.demo.worker import Connections
from exporter.errors import Exit, ExporterError, TimesketchConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exporter.demo.processes import Process

# A round: uploads, an accident, and time for the loop to close before the next one.
_AT_WORK = 30.0
_GONE = 60.0
_QUIET = 150.0


class Mishaps:
    """Rounds of uploads, in each of which a worker dies at work, and in some a message is lost."""

    def __init__(self, stage: Stage, stopping: Stopping) -> None:
        self._stage = stage
        self._stopping = stopping
        self._workers: dict[str, Process] = {}

    def go_on(self) -> NoReturn:
        """Play rounds until StoppedError."""
        number = 0
        while True:
            number += 1
            for name in (IMPORT_1, IMPORT_2):
                if name not in self._workers or not self._workers[name].alive():
                    self._workers[name] = self._stage.start_worker(name)
            self._round(number)

    def _round(self, number: int) -> None:
        uploads = list(_uploads(number))
        for upload in uploads:
            self._stage.upload(upload)
        _say(f"round {number}: {len(uploads)} files are uploaded")
        doomed = self._importer(uploads)
        self._wait(_AT_WORK)
        self._workers[doomed].kill()
        _say(f"{doomed} is killed while it imports")
        if number % 2 == 0:
            lost = Upload(SHOP, f"lost-{number}.jsonl", "")
            self._stage.commit(lost)
            _say(f"the message of {lost.name} is lost")
        self._wait(_GONE)
        for upload in uploads:
            self._stage.release(upload)
        self._wait(_QUIET)

    def _importer(self, uploads: Sequence[Upload]) -> str:
        """The worker that imports one of these, once there is one."""
        while True:
            for name in filter(None, map(self._stage.importer, uploads)):
                return name
            self._stopping.nap()

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._stopping.nap()


def _uploads(number: int) -> Iterator[Upload]:
    """One file for each worker, and some that wait behind them."""
    for sketch, name in ((HARBOUR, "dc01"), (HARBOUR, "fs02"), (SHOP, "web")):
        yield Upload(sketch, f"{name}-{number}.csv", "")


def _say(what: str) -> None:
    print(what, flush=True)


def _connections(file: Path) -> Connections:
    """Where timesketch.conf says that database and broker are; raises TimesketchConfigError."""
    config = timesketch_conf.read(file)
    database = config.text(timesketch_conf.DATABASE)
    broker = config.text(timesketch_conf.BROKER)
    if database is None or broker is None:
        message = f"{file} names no {timesketch_conf.DATABASE} or no {timesketch_conf.BROKER}"
        raise TimesketchConfigError(message)
    return Connections(broker.value, database.value)


def main(argv: Sequence[str]) -> int:
    """Go on until told to stop; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m exporter.demo.mishaps")
    parser.add_argument("config", type=Path, metavar="timesketch.conf")
    parser.add_argument("token_file", type=Path, metavar="TOKEN_FILE")
    arguments = parser.parse_args(argv)
    with Stopping() as stopping, Stage() as stage:
        try:
            stage.use_servers(_connections(arguments.config))
            Token(arguments.token_file)
            Mishaps(stage, stopping).go_on()
        except StoppedError:
            return Exit.OK
        except (ExporterError, BrokerError, RedisError, SQLAlchemyError, OSError) as error:
            print(f"demo: {str(error).partition(chr(10))[0]}", file=sys.stderr)
            return Exit.ERROR


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
