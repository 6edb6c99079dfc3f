"""What is built once."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.container.image import Image


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image's contents; skips where we cannot make anything like a container."""
    if os.geteuid() != 0 or shutil.which("bwrap") is None:
        pytest.skip("needs root, and bubblewrap for what stands in for a container")
    made = Image(tmp_path_factory.mktemp("image"))
    made.build()
    return made
