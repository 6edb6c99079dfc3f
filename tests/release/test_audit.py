"""What `make audit` makes of what uv and pip-audit say."""

from __future__ import annotations

import json

import pytest

from release.audit import Audit, Exit, told, withdrawn

CLEAN = {"name": "redis", "version": "8.1.0", "vulns": []}
UNKNOWN = {"name": "vine", "skip_reason": "Dependency not found on PyPI"}
VULNERABLE = {
    "name": "jinja2",
    "version": "2.4.1",
    "vulns": [
        {"id": "PYSEC-2014-82", "fix_versions": ["2.7.3"], "aliases": [], "description": "x"},
        {"id": "PYSEC-2099-1", "fix_versions": [], "aliases": [], "description": "x"},
    ],
}


@pytest.mark.parametrize(
    ("packages", "says"),
    [
        ([CLEAN, CLEAN], [("none of 2 packages is known to be vulnerable", Exit.WELL)]),
        (
            [CLEAN, VULNERABLE],
            [
                ("jinja2 2.4.1: PYSEC-2014-82, mended in 2.7.3", Exit.BAD),
                ("jinja2 2.4.1: PYSEC-2099-1, mended in no release", Exit.BAD),
            ],
        ),
        (
            [CLEAN, UNKNOWN],
            [("not audited: the service knows nothing of 1 of 2 packages", Exit.NOT_AUDITED)],
        ),
    ],
)
def test_audit(packages: list[object], says: list[tuple[str, Exit]]) -> None:
    """Vulnerabilities are told one by one, and what the service does not know is not well."""
    report = json.dumps({"dependencies": packages, "fixes": []})
    assert list(told(Audit.read(report))) == says


def test_withdrawn() -> None:
    """Releases that were withdrawn are told, and other warnings are none of them."""
    said = (
        "Resolved 2 packages in 47ms\n"
        'warning: `attrs==21.1.0` is yanked (reason: "Installable but not importable.")\n'
        "warning: the package has no extra\n"
        "warning: `six==1.0` is yanked\n"
    )
    assert withdrawn(said) == ["attrs==21.1.0", "six==1.0"]
