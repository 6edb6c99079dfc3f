"""`python -m release DIRECTORY`: the distributions and what is said about them, with checksums.

`--validate` has the bill of materials compared with its schema, which takes seconds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from release.bill import write_bill
from release.checksums import write_checksums
from release.distributions import build
from release.licences import RefusedLicenceError, write_licences
from release.runtime import Runtime
from release.tool import ToolError


def main() -> int:
    """Make everything anew in the directory; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m release")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--validate", action="store_true")
    arguments = parser.parse_args()
    try:
        make(arguments.directory, validate=arguments.validate)
    except (ToolError, RefusedLicenceError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for file in sorted(arguments.directory.iterdir()):
        sys.stdout.write(f"{file}\n")
    return 0


def make(directory: Path, *, validate: bool) -> None:
    """Build, install what was built from the lock file, describe it; raises ToolError."""
    wheel = build(directory)
    name = "-".join(wheel.name.split("-")[:2])
    with tempfile.TemporaryDirectory(prefix="timesketch-exporter-") as scratch:
        runtime = Runtime(Path(scratch, "runtime"))
        runtime.install(wheel)
        write_bill(directory / f"{name}.cdx.json", runtime, validate=validate)
        write_licences(directory / f"{name}-licences.txt", runtime)
    write_checksums(directory)


if __name__ == "__main__":
    sys.exit(main())
