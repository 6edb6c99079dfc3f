"""The command, and the server that it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.tsctl.command import Command
from tests.integration.tsctl.contract import OPERATOR, Contract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def contract() -> Iterator[Contract]:
    """Return a server that answers as the exporter does."""
    with Contract() as contract:
        yield contract


@pytest.fixture
def command(contract: Contract, tmp_path: Path) -> Command:
    """Return the command of an operator of that server."""
    token = tmp_path / "token"
    token.write_text(f"{OPERATOR}\n")
    return Command(
        {
            "TIMESKETCH_EXPORTER_API_URL": contract.url,
            "TIMESKETCH_EXPORTER_API_TOKEN_FILE": str(token),
        }
    )
