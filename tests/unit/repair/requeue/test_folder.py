"""The folder of uploads: what lies in it, by the paths that Timesketch has."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from exporter.repair.requeue.folder import UploadsFolder
from exporter.repair.requeue.upload import FileFound

if TYPE_CHECKING:
    from collections.abc import Callable

WHOLE = '{"message": 1, "datetime": 2, "timestamp_desc": 3, "more": 4}\n'


@pytest.fixture
def find(tmp_path: Path) -> Callable[[str], FileFound | str]:
    """Find in a folder that Timesketch calls /uploads, beside a file that is none of its."""
    (tmp_path / "outside").write_text("secret")
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    (mounted / "link").symlink_to(tmp_path / "outside")
    (mounted / "folder").mkdir()
    (mounted / "empty").touch()
    (mounted / "whole.jsonl").write_text(WHOLE)
    (mounted / "lacking.jsonl").write_text('{"message": 1}\n')
    (mounted / "a.csv").write_text("message,datetime\n")
    return UploadsFolder.parse(f"/uploads={mounted}").find


def test_a_setting_names_one_path_or_two() -> None:
    """Where both call it the same, one path says it."""
    assert UploadsFolder.parse("/a") == UploadsFolder(PurePosixPath("/a"), Path("/a"))
    assert UploadsFolder.parse("/a=/b") == UploadsFolder(PurePosixPath("/a"), Path("/b"))


def test_found(find: Callable[[str], FileFound | str]) -> None:
    """A file is found, and whether its first line lacks a field of Timesketch's."""
    assert find("/uploads/whole.jsonl") == FileFound(speaks_for_itself=True)
    assert find("/uploads/lacking.jsonl") == FileFound()
    assert find("/uploads/a.csv") == FileFound()


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/uploads/gone", "is not there any more"),
        ("/uploads/empty", "is empty"),
        ("/uploads/folder", "is no file"),
        ("/uploads/link", "leads out of the folder"),
        ("/uploads/../outside", "is not in /uploads"),
        ("/elsewhere/a.csv", "is not in /uploads"),
        ("/uploads", "is not in /uploads"),
        ("", "is not in /uploads"),
        ("/uploads/a.csv/b", "cannot be looked at: Not a directory"),
    ],
)
def test_not_found(find: Callable[[str], FileFound | str], path: str, why: str) -> None:
    """What is not there, or not in the folder, is told in a line."""
    found = find(path)
    assert isinstance(found, str)
    assert why in found


def test_a_folder_that_is_not_mounted() -> None:
    """A folder that is not there is told as such, not as a lost file."""
    assert "is no folder here" in str(UploadsFolder.parse("/uploads=/nowhere").find("/uploads/a"))
