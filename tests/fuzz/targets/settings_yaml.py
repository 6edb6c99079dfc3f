"""The exporter's own configuration file."""

from __future__ import annotations

from pathlib import Path

from exporter.errors import SettingsError
from exporter.settings.catalogue import SETTINGS
from exporter.settings.sources import load
from tests.fuzz.scratch import written
from tests.fuzz.target import Target

_FIXTURES = Path(__file__).parents[2] / "unit" / "fixtures" / "yaml"


_ALL_KINDS = b"""
database: {url: "postgresql://u:p@db/timesketch"}
broker:
  url: redis://redis/0
  queues: [celery, other]
  transport-options: {visibility_timeout: 7200}
scan: {interval: 1m30s}
web: {listen-address: '[::1]:19808'}
repair: {mode: dry-run, protected-sketches: [1, 2]}
"""


def one(data: bytes) -> None:
    """Load the settings in the file."""
    path = written("exporter.yml", data)
    try:
        load({"config.file": str(path)}, {})
    except SettingsError as error:
        str(error).encode()


def seeds() -> list[bytes]:
    """The files of the tests, and one with a group for each kind of value."""
    return [
        *(path.read_bytes() for path in sorted(_FIXTURES.iterdir()) if path.is_file()),
        _ALL_KINDS,
    ]


TARGET = Target(
    name="settings_yaml",
    one=one,
    seeds=seeds,
    tokens=(
        *(setting.name.rpartition(".")[2].encode() + b": " for setting in SETTINGS),
        *(b"&a ", b"*a", b"<<: *a", b"!!int ", b"!!timestamp ", b"!!bool ", b"!!binary ", b"? "),
        *(b"!!python/name:os.system ", b"---\n", b"|\n", b"0b", b"1:", b"{", b"}", b"%YAML 9.9\n"),
    ),
)
