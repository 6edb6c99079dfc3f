"""Under which licences the packages are that the exporter runs with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import Distribution
    from pathlib import Path

    from release.runtime import Runtime

ALLOWED = frozenset(
    {
        "Apache-2.0",
        "Apache Software License",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSD License",
        "MIT",
        "MIT License",
        "PSF-2.0",
    }
)
"""SPDX identifiers, and Python's classifiers for packages that do not say more."""

# Used as it comes, as a library of its own that anybody may replace.
_ALLOWED_FOR = {"psycopg2-binary": "GNU Library or Lesser General Public License (LGPL)"}

_CLASSIFIER = "License :: OSI Approved :: "


class RefusedLicenceError(Exception):
    """A package is under a licence that is not allowed, or does not say under which."""


def licence(package: Distribution) -> str:
    """What the package's metadata says: an SPDX expression if it can be, or classifiers."""
    metadata = package.metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    classifiers = metadata.get_all("Classifier") or []
    named = [each.removeprefix(_CLASSIFIER) for each in classifiers if each.startswith(_CLASSIFIER)]
    return " OR ".join(named) or (metadata.get_all("License") or [""])[0]


def allowed(name: str, expression: str) -> bool:
    """Whether each licence of the package is allowed, whichever of them one may choose."""
    licences = re.split(r" (?:AND|OR) ", expression)
    return set(licences) <= ALLOWED or expression == _ALLOWED_FOR.get(name)


def write_licences(path: Path, runtime: Runtime) -> None:
    """Write a line for each package; raises RefusedLicenceError."""
    packages = runtime.third_party()
    for package in packages:
        if not allowed(package.name, licence(package)):
            message = f"{package.name}: the licence {licence(package)!r} is not allowed"
            raise RefusedLicenceError(message)
    lines = [f"{each.name} {each.version}: {licence(each)}\n" for each in packages]
    path.write_text("".join(lines), encoding="utf-8")
