"""A repair whose process is killed, with the journal in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.repair.crash.crashing import crash_everywhere

if TYPE_CHECKING:
    from tests.integration.repair.crash.striking import Ring


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("struck", ["journal_in_file"], indirect=True)
def test_crashes(struck: Ring) -> None:
    """Whenever it is killed, journal and rows agree after the next start, and all is done once."""
    crash_everywhere(struck)
