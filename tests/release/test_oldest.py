"""The lower bounds in pyproject.toml are true: it works with the oldest dependencies."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.release.oldest import bounds, pytest_in_it, ready_environment

# Which settings there are, what is published, what is asked over HTTP, Celery's messages; and the
# installed command's scan, repair and undo against a real database and broker.
_TELLING = (
    "tests/unit/settings",
    "tests/unit/metrics",
    "tests/unit/web/test_app.py",
    "tests/unit/web/test_passwords.py",
    "tests/unit/observe/test_messages.py",
    "tests/unit/observe/test_database_url.py",
    "tests/integration/commands/test_serve_attached.py::test_scan_prints_one_document",
    "tests/integration/commands/test_repair.py::test_the_way_of_a_repair",
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
