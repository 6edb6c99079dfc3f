"""`python -m release.audit`: whether what is pinned was withdrawn or is known to be vulnerable.

The registry says the first (uv asks it), and PyPI's service for vulnerabilities the second
(pip-audit asks it). Where that does not answer, nothing is said to be well: pip-audit itself finds
"no known vulnerabilities" in packages that the service does not know.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from release.tool import TOP, finished, said_last

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCKS = (TOP / "requirements.lock", TOP / "contrib" / "container" / "tools.lock")

_YANKED = re.compile(r"^warning: `([^`]+)` is yanked.*$", re.MULTILINE)


class Exit(IntEnum):
    """How it ended."""

    WELL = 0
    BAD = 1
    NOT_AUDITED = 2


@dataclass(frozen=True, slots=True)
class Audit:
    """What the service says of some packages: a line for each vulnerability."""

    asked: int
    unknown: int
    vulnerabilities: tuple[str, ...]

    @classmethod
    def read(cls, report: str) -> Audit:
        """Read pip-audit's JSON; raises ValueError for what is none."""
        packages = json.loads(report)["dependencies"]
        return cls(
            asked=len(packages),
            unknown=sum("skip_reason" in package for package in packages),
            vulnerabilities=tuple(
                f"{package['name']} {package['version']}: {each['id']}, "
                f"mended in {', '.join(each['fix_versions']) or 'no release'}"
                for package in packages
                for each in package.get("vulns", ())
            ),
        )


def main() -> int:
    """Say of each lock file what was found, and what could not be; the worst of it is the exit."""
    worst = Exit.WELL
    for lock in LOCKS:
        for text, code in (*_withdrawn(lock), *_vulnerable(lock)):
            sys.stdout.write(f"{lock.relative_to(TOP)}: {text}\n")
            # What is bad outweighs what is not known.
            worst = code if worst is not Exit.BAD and code is not Exit.WELL else worst
    return worst


def withdrawn(said: str) -> list[str]:
    """The packages that uv warns of."""
    return _YANKED.findall(said)


def told(audit: Audit) -> Iterator[tuple[str, Exit]]:
    """What an audit comes to, in words."""
    for line in audit.vulnerabilities:
        yield line, Exit.BAD
    if audit.unknown:
        text = (
            f"not audited: the service knows nothing of {audit.unknown} of {audit.asked} packages"
        )
        yield text, Exit.NOT_AUDITED
    elif not audit.vulnerabilities:
        yield f"none of {audit.asked} packages is known to be vulnerable", Exit.WELL


def _withdrawn(lock: Path) -> Iterator[tuple[str, Exit]]:
    with tempfile.TemporaryDirectory() as nowhere:
        done = finished(
            *("uv", "pip", "install", "--dry-run", "--no-deps", "--require-hashes"),
            *("--target", nowhere, "--requirements", lock),
        )
    if done.returncode != 0:
        yield f"not asked for withdrawn releases: {said_last(done)}", Exit.NOT_AUDITED
        return
    found = withdrawn(done.stderr)
    yield from ((f"{package} was withdrawn", Exit.BAD) for package in found)
    if not found:
        yield "no release was withdrawn", Exit.WELL


def _vulnerable(lock: Path) -> Iterator[tuple[str, Exit]]:
    done = finished(
        *("pip-audit", "--disable-pip", "--require-hashes", "--progress-spinner=off"),
        *("--format=json", "--requirement", lock),
    )
    try:
        audit = Audit.read(done.stdout)
    except ValueError:
        yield f"not audited: {said_last(done)}", Exit.NOT_AUDITED
        return
    yield from told(audit)


if __name__ == "__main__":
    sys.exit(main())
