"""The web configuration file, in exporter-toolkit's format."""

from __future__ import annotations

from pathlib import Path

from exporter.errors import WebConfigError
from exporter.web.config_file import read
from tests.fuzz.scratch import written
from tests.fuzz.target import Target

_FIXTURES = Path(__file__).parents[2] / "unit" / "fixtures" / "web_config"


def one(data: bytes) -> None:
    """Read the file; other files that it names do not exist."""
    path = written("web.yml", data)
    try:
        read(path)
    except WebConfigError as error:
        str(error).encode()


def seeds() -> list[bytes]:
    """The files of the tests, good and bad ones."""
    return [path.read_bytes() for path in sorted(_FIXTURES.glob("*/*.yml"))]


TARGET = Target(
    name="web_config",
    one=one,
    seeds=seeds,
    tokens=(
        *(b"tls_server_config:\n  ", b"cert: ", b"key: ", b"client_ca: ", b"client_auth_type: "),
        *(b"http_server_config:\n  ", b"headers:\n    ", b"basic_auth_users:\n  ", b"rate_limit: "),
        *(b"cipher_suites: ", b"curve_preferences: ", b"min_version: ", b"-----BEGIN CERTIFICATE"),
        *(b"&a ", b"*a", b"<<: *a", b"!!int ", b"!!bool ", b"? ", b"---\n"),
    ),
)
