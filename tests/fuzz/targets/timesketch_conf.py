"""Timesketch's configuration file: read, and never executed."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from exporter import timesketch_conf
from exporter.errors import SettingsError
from exporter.settings.sources import TIMESKETCH_SETTINGS, load
from tests.fuzz.scratch import written
from tests.fuzz.target import Target

_FIXTURES = Path(__file__).parents[2] / "unit" / "fixtures" / "timesketch_conf"
# What running a program, or a part of one, tells an audit hook.
_RUNNING = frozenset({"exec", "os.exec", "os.system", "os.putenv", "subprocess.Popen"})
_NAMES = (timesketch_conf.DATABASE, timesketch_conf.BROKER, timesketch_conf.RESULTS)
_OPTIONS = (timesketch_conf.BROKER_OPTIONS, timesketch_conf.RESULTS_OPTIONS)


class _Watch:
    """Notes what is executed while it is on; a hook cannot be taken away again."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, _: object) -> None:
        if self.on and event in _RUNNING:
            self.seen.append(event)


@cache
def _watch() -> _Watch:
    return _Watch()


def one(data: bytes) -> None:
    """Read the file, as a file of its own and as a source of settings."""
    path = written("timesketch.conf", data)
    watch = _watch()
    watch.seen.clear()
    watch.on = True
    try:
        _read(path)
    finally:
        watch.on = False
    assert not watch.seen, f"the file was executed: {watch.seen}"
    try:
        load({}, {TIMESKETCH_SETTINGS: str(path)})
    except SettingsError as error:
        str(error).encode()


def _read(path: Path) -> None:
    try:
        config = timesketch_conf.read(path)
    except SettingsError:
        return
    for names, take in ((_NAMES, config.text), (_OPTIONS, config.options)):
        for name in names:
            try:
                take(name)
            except SettingsError:
                continue


def seeds() -> list[bytes]:
    """The configurations of the tests, and such as would do harm if they were executed."""
    return [
        *(path.read_bytes() for path in sorted(_FIXTURES.glob("*.conf"))),
        b'import os\nos.putenv("A", "1")\nCELERY_BROKER_URL = os.environ.get("A", "")\n',
        b'exec("A = 1")\nCELERY_BROKER_URL = "redis://redis"\n__import__("os").system("true")\n',
        b'A = {"a": 12 * 3600}\nA.update(b=1)\nBROKER_TRANSPORT_OPTIONS = A\nCELERY_BROKER_URL = A',
    ]


TARGET = Target(
    name="timesketch_conf",
    one=one,
    seeds=seeds,
    tokens=(
        *(name.encode() + b" = " for name in (*_NAMES, *_OPTIONS)),
        *(b"OPENSEARCH_HOSTS = ", b'OPENSEARCH_HOST = "a"\n', b"OPENSEARCH_PORT = "),
        *(b"%999999999d", b"{:999999999}", b"{0.__class__}", b" % ", b".format(", b" * ", b" + "),
        *(b'f"{', b"lambda: ", b"A = A + A\n", b"A += A\n", b"exec(", b"1j", b"...", b"**"),
    ),
)
