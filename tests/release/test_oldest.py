"""The lower bounds in pyproject.toml are true: it works with the oldest dependencies."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.release.oldest import bounds, pytest_in_it, ready_environment

_COMMANDS = "tests/integration/commands"
# Each of these once failed with a bound that was too low, or touches what nothing else does: the
# settings, the metrics, Celery's messages, the broker, the web, and a repair and its undo.
_TELLING = (
    "tests/unit/settings/test_sources.py",
    "tests/unit/metrics/test_exposition.py",
    "tests/unit/web/test_app.py",
    "tests/unit/observe/test_messages.py",
    "tests/unit/observe/test_database_url.py",
    "tests/integration/observe/test_redis.py::test_waiting_import_is_sighted_in_its_queue",
    f"{_COMMANDS}/test_serve_access.py::test_nothing_outside_of_the_static_files_is_served",
    f"{_COMMANDS}/test_repair.py::test_the_way_of_a_repair",
)


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="newer Pythons lack the oldest wheels")
def test_the_environment_is_the_oldest() -> None:
    """Each requirement is installed at the very version that bounds it."""
    listed = subprocess.run(
        [ready_environment().with_name("python"), "-c", _LIST],
        capture_output=True,
        text=True,
        check=True,
    )
    installed = {canonicalize_name(name): version for name, version in json.loads(listed.stdout)}
    for name, bound in bounds().items():
        assert Version(installed[canonicalize_name(name)]) == Version(bound), name


def test_works_with_the_oldest() -> None:
    """The tests that touch each dependency pass in that environment (`make oldest` runs more)."""
    done = pytest_in_it("-q", *_TELLING)
    assert done.returncode == 0, done.stdout + done.stderr


_LIST = """
import json
from importlib.metadata import distributions
print(json.dumps([(each.name, each.version) for each in distributions()]))
"""
