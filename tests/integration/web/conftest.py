"""A directory of certificates for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.web.https_server import Scene

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Return certificates, and a server that can be started with them."""
    return Scene(tmp_path)
