"""Sources and wheel of the exporter and of contrib/tsctl."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from release.tool import TOP, run

if TYPE_CHECKING:
    from pathlib import Path


def build(directory: Path) -> Path:
    """Build all four into the directory, which is emptied first; the exporter's wheel."""
    shutil.rmtree(directory, ignore_errors=True)
    for project in (TOP, TOP / "contrib" / "tsctl"):
        # The wheel is built from the sources' archive, as by whoever gets only that.
        run("python", "-m", "build", "--no-isolation", "--outdir", directory.absolute(), project)
    (wheel,) = directory.glob("timesketch_exporter-*.whl")
    return wheel
