"""requirements.lock pins what the exporter runs with."""

from __future__ import annotations

import re
from importlib.metadata import requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.release.lock import LOCK, locked, wanted


def _needs(name: str, extras: set[str]) -> set[str]:
    """What the installed distribution needs here."""
    needed = (Requirement(each) for each in requires(name) or [])
    return {
        canonicalize_name(each.name)
        for each in needed
        if each.marker is None or any(each.marker.evaluate({"extra": e}) for e in extras | {""})
    }


def test_within_the_ranges() -> None:
    """Each requirement is locked, at a version that pyproject.toml takes."""
    pinned = locked()
    for requirement in wanted():
        pin, _ = pinned[canonicalize_name(requirement.name)]
        (version,) = pin.specifier
        assert requirement.specifier.contains(version.version), f"{pin}: make lock"


def test_nothing_is_missing() -> None:
    """What the locked packages need themselves is locked as well."""
    pinned = locked()
    for requirement in wanted():
        assert _needs(requirement.name, requirement.extras) <= set(pinned), f"{requirement}"
    for name, (pin, _) in pinned.items():
        if pin.marker is None or pin.marker.evaluate():
            assert _needs(name, set()) <= set(pinned), f"{name}: make lock"


def test_pinned_by_hashes() -> None:
    """Each package has exactly one version and the hashes of its files."""
    for pin, hashes in locked().values():
        assert [specifier.operator for specifier in pin.specifier] == ["=="]
        assert hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes)


def test_no_address() -> None:
    """The file names no registry: whoever installs from it says where from."""
    assert not re.search(r"://|--(index|find|extra|trusted)", LOCK.read_text())
