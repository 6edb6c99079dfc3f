"""What `make release` makes."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tomllib
from importlib.metadata import PathDistribution
from typing import TYPE_CHECKING
from zipfile import Path as Zipped
from zipfile import ZipFile

import pytest

from exporter import __version__
from exporter.shipped.contents import CONTENTS, names
from release.licences import allowed
from tests.release.lock import TOP, locked

if TYPE_CHECKING:
    from pathlib import Path

_NAME = f"timesketch_exporter-{__version__}"
_TSCTL = f"timesketch_exporter_tsctl-{__version__}"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory with a whole release."""
    directory = tmp_path_factory.mktemp("release") / "dist"
    done = subprocess.run(
        [sys.executable, "-m", "release", directory],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return directory


def test_files(dist: Path) -> None:
    """A release has both distributions, bill of materials, licences and checksums."""
    assert {file.name for file in dist.iterdir()} == {
        f"{_NAME}.tar.gz",
        f"{_NAME}-py3-none-any.whl",
        f"{_NAME}.cdx.json",
        f"{_NAME}-licences.txt",
        f"{_TSCTL}.tar.gz",
        f"{_TSCTL}-py3-none-any.whl",
        "SHA256SUMS",
    }
    subprocess.run(["sha256sum", "--quiet", "--check", "SHA256SUMS"], cwd=dist, check=True)
    summed = {line.split()[1] for line in (dist / "SHA256SUMS").read_text().splitlines()}
    assert summed == {file.name for file in dist.iterdir()} - {"SHA256SUMS"}


def test_wheel(dist: Path) -> None:
    """The wheel has the package and what is shipped with it, and nothing else."""
    packed = _packed(dist, _NAME)
    shipped = {f"exporter/shipped/{name}" for name in names()}
    assert {name for name in packed if ".dist-info/" not in name} == _tracked("exporter") | shipped
    assert f"{_NAME}.dist-info/licenses/LICENSE" in packed
    assert "exporter/py.typed" in packed
    for kind in ("web/templates/", "web/static/", "observe/sql/", "repair/journal/migrations/"):
        assert [name for name in packed if name.startswith(f"exporter/{kind}")], kind
    assert not [name for name in shipped if name.endswith(".py") or "/tests/" in name]


def test_all_that_should_be_is_shipped() -> None:
    """What contents.py lists is tracked, and pyproject.toml puts just that into the wheel."""
    there = [name for name in CONTENTS if (TOP / name).exists()]
    targets = tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert targets["targets"]["wheel"]["force-include"] == {
        name: f"exporter/shipped/{name}" for name in there
    }
    assert set(names()) == _tracked(*there)


def test_sources(dist: Path) -> None:
    """The sources' archive has what the wheel is made of, documents, lock file and licence."""
    with tarfile.open(dist / f"{_NAME}.tar.gz") as archive:
        packed = {member.name.removeprefix(f"{_NAME}/") for member in archive.getmembers()}
    said = {"CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", "requirements.lock"}
    made = {"PKG-INFO", ".gitignore"}
    assert packed == _tracked("exporter", "docs") | set(names()) | said | made


def test_tsctl(dist: Path) -> None:
    """contrib/tsctl's wheel has its package, its licence, and the command's entry point."""
    packed = _packed(dist, _TSCTL)
    package = {
        name.removeprefix("contrib/tsctl/")
        for name in _tracked(f"contrib/tsctl/{_TSCTL.split('-', maxsplit=1)[0]}")
    }
    assert {name for name in packed if ".dist-info/" not in name} == package
    licence = packed[f"{_TSCTL}.dist-info/licenses/LICENSE"]
    assert licence == (TOP / "LICENSE").read_bytes()
    assert b"stuck-timelines = " in packed[f"{_TSCTL}.dist-info/entry_points.txt"]
    with tarfile.open(dist / f"{_TSCTL}.tar.gz") as archive:
        sources = {member.name.removeprefix(f"{_TSCTL}/") for member in archive.getmembers()}
    said = {"LICENSE", "README.md", "pyproject.toml"}
    assert sources == package | said | {"PKG-INFO", ".gitignore"}


@pytest.mark.parametrize("name", [_NAME, _TSCTL])
def test_metadata(dist: Path, name: str) -> None:
    """A wheel says its version, its licence and which Python it needs."""
    (wheel,) = dist.glob(f"{name}-*.whl")
    with ZipFile(wheel) as file:
        told = PathDistribution(Zipped(file, f"{name}.dist-info/")).metadata
        assert told["Version"] == __version__
        assert told["License-Expression"] == "Apache-2.0"
        assert told["Requires-Python"].startswith(">=3.1")


def test_bill_of_materials(dist: Path) -> None:
    """The bill has what is locked for this machine, and says no path of where it was made."""
    text = (dist / f"{_NAME}.cdx.json").read_text()
    bill = json.loads(text)
    assert bill["bomFormat"] == "CycloneDX"
    exporter = bill["metadata"]["component"]
    assert (exporter["name"], exporter["version"]) == ("timesketch-exporter", __version__)
    parts = {each["name"].lower().replace("_", "-"): each for each in bill["components"]}
    assert {name: each["version"] for name, each in parts.items()} == _locked_here()
    assert all(each["licenses"] and each["purl"] for each in parts.values())
    assert "file://" not in text
    assert str(dist.parent) not in text


def test_licences(dist: Path) -> None:
    """Each package that the exporter runs with is listed, under a licence that is allowed."""
    lines = (dist / f"{_NAME}-licences.txt").read_text().splitlines()
    listed = dict(line.split(": ") for line in lines)
    versions = dict(each.lower().replace("_", "-").split() for each in listed)
    assert versions == _locked_here()
    for package, expression in listed.items():
        assert allowed(package.split()[0], expression)


@pytest.mark.parametrize(
    ("name", "expression", "verdict"),
    [
        ("a", "MIT OR Apache-2.0", True),
        ("a", "MIT AND GPL-3.0-only", False),
        ("a", "GPL-3.0-only OR MIT", False),
        ("a", "", False),
        ("a", "GNU Library or Lesser General Public License (LGPL)", False),
        ("psycopg2-binary", "GNU Library or Lesser General Public License (LGPL)", True),
    ],
)
def test_allowed(name: str, expression: str, *, verdict: bool) -> None:
    """Each licence of an expression must be allowed; psycopg2's is allowed for psycopg2 alone."""
    assert allowed(name, expression) is verdict


def _packed(dist: Path, name: str) -> dict[str, bytes]:
    with ZipFile(dist / f"{name}-py3-none-any.whl") as wheel:
        return {each: wheel.read(each) for each in wheel.namelist()}


def _tracked(*paths: str) -> set[str]:
    """The files below these paths that the repository has."""
    listed = subprocess.run(
        ["git", "ls-files", "--", *paths], cwd=TOP, capture_output=True, text=True, check=True
    )
    return set(listed.stdout.splitlines()) if paths else set()


def _locked_here() -> dict[str, str]:
    """The versions of what is locked for this machine's Python and platform."""
    return {
        name: next(iter(pin.specifier)).version
        for name, (pin, _) in locked().items()
        if pin.marker is None or pin.marker.evaluate()
    }
