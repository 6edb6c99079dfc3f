"""The software bill of materials, in CycloneDX's JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from exporter import __version__
from release.tool import TOP, run

if TYPE_CHECKING:
    from pathlib import Path

    from release.runtime import Runtime


def write_bill(path: Path, runtime: Runtime, *, validate: bool) -> None:
    """Write what the runtime consists of; raises ToolError."""
    run(
        *("cyclonedx-py", "environment", "--pyproject", TOP / "pyproject.toml"),
        *("--output-reproducible", "--validate" if validate else "--no-validate"),
        *("--output-file", path.absolute(), runtime.python),
    )
    bill = json.loads(path.read_text(encoding="utf-8"))
    # pyproject.toml leaves the version to the package, where the tool does not look.
    bill["metadata"]["component"]["version"] = __version__
    path.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")
