"""What is built once."""

from __future__ import annotations

import fcntl
import os
import shutil

import pytest

from tests.container.image import Image

_BUILT = "built"


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image's contents; skips where we cannot make anything like a container."""
    if os.geteuid() != 0 or shutil.which("bwrap") is None:
        pytest.skip("needs root, and bubblewrap for what stands in for a container")
    # One for all processes among which xdist shares the tests out.
    directory = tmp_path_factory.getbasetemp().parent / "timesketch-exporter-image"
    if "PYTEST_XDIST_WORKER" not in os.environ:
        directory = tmp_path_factory.mktemp("image")
    directory.mkdir(exist_ok=True)
    made = Image(directory)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / _BUILT).exists():
            made.build()
            (directory / _BUILT).touch()
    return made
