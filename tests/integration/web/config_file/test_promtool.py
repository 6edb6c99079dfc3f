"""`promtool check web-config` is the oracle for what a web configuration file may say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.certificates import corpus

FIXTURES = Path(__file__).parents[3] / "unit" / "fixtures" / "web_config"
CONTENT = {"accepted": True, "refused": False, "stricter": True, "newer": False}
"""Whether promtool is content with the files of a folder; unit tests say whether we are."""


@pytest.mark.parametrize("folder", CONTENT)
def test_promtool_judges_as_the_folder_says(tmp_path: Path, folder: str) -> None:
    """The oracle accepts and refuses the very files that the folders' names say."""
    promtool = shutil.which("promtool")
    assert promtool is not None, "install Debian's package prometheus"
    corpus(tmp_path)
    names = []
    for path in FIXTURES.glob(f"{folder}/*.yml"):
        shutil.copy(path, tmp_path)
        names.append(path.name)
    assert names
    for name in names:
        checked = subprocess.run(
            [promtool, "check", "web-config", name],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = checked.stdout + checked.stderr
        assert (checked.returncode == 0) is CONTENT[folder], said
