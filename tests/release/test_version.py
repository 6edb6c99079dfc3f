"""The version is stated in one place, and whatever repeats it agrees."""

from __future__ import annotations

import re
import subprocess
from datetime import date

import timesketch_exporter_tsctl
from exporter import __version__
from tests.release.lock import TOP

_STATED = re.compile(r"timesketch[-_]exporter(?:[-_]tsctl)?(?:[-:=@ ]|==)v?(\d+\.\d+\.\d+\w*)")
# Recorded once, and not to be changed.
_RECORDED = ("alerts/tests/", "tests/")


def test_form() -> None:
    """The version is one of Semantic Versioning; contrib/tsctl is released with the exporter."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    assert timesketch_exporter_tsctl.__version__ == __version__


def test_changelog() -> None:
    """The changelog's versions fall, the newest is this one, and each has its day."""
    entries = re.findall(r"^## (.*)$", (TOP / "CHANGELOG.md").read_text(), re.MULTILINE)
    dated = [re.fullmatch(r"(\d+\.\d+\.\d+) - (\d{4}-\d\d-\d\d)", entry) for entry in entries]
    assert None not in dated
    released = [(entry[1], date.fromisoformat(entry[2])) for entry in dated if entry is not None]
    assert released[0][0] == __version__
    assert released == sorted(released, key=lambda entry: _ordered(entry[0]), reverse=True)


def test_nothing_else_says_another() -> None:
    """Documents, images and manifests that name a version of the exporter name this one."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=TOP, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        path = TOP / name
        if name.startswith(_RECORDED) or path.is_symlink():
            continue
        stated = _STATED.findall(path.read_text(errors="replace"))
        assert set(stated) <= {__version__}, name


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
