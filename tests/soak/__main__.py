"""`make soak`: run, print a table, write JSON, and end with 1 where something grew."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.soak.judging import courses
from tests.soak.sampling import LIMITS
from tests.soak.soak import Pace, soak
from tests.soak.table import table

_RESULT = Path(".cache/soak.json")


def main() -> int:
    """Soak for as long as is asked for."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--json", type=Path, default=_RESULT, help="where the samples go")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="timesketch-exporter-soak-") as directory:
        happened = soak(Path(directory), arguments.minutes * 60, Pace())
    found = courses(happened.samples, LIMITS)
    told = asdict(happened)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps({"minutes": arguments.minutes, **told}, indent=1))
    sys.stdout.write(table(happened, found, minutes=arguments.minutes))
    return 1 if any(course.grew for course in found) or happened.failed_scrapes else 0


if __name__ == "__main__":
    sys.exit(main())
