"""Figures of one machine, taken in several runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bench.record import OtherMachineError, Record, Run

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_adds_to_those_before(tmp_path: Path) -> None:
    """A figure takes the place of an older one of its name; the others stay."""
    file = tmp_path / "figures.json"
    for name, seconds in (("one", 1), ("two", 2), ("one", 3)):
        found = {"target": {"seconds": 2}, "seconds": seconds}
        Record.of_this_machine(file).add(name, Run.begun().ended(about="A.\n\nB", found=found))
    figures = json.loads(file.read_text())["figures"]
    assert {name: each["found"] for name, each in figures.items()} == {
        "one": {"seconds": 3},
        "two": {"seconds": 2},
    }
    assert (figures["one"]["about"], figures["one"]["target"]) == ("A.", {"seconds": 2})


def test_figures_of_another_machine_are_left_alone(tmp_path: Path) -> None:
    """What was taken elsewhere, or with other versions, is not mixed with what is taken here."""
    file = tmp_path / "figures.json"
    Record.of_this_machine(file).add("one", {})
    there = json.loads(file.read_text())
    there["versions"]["Python"] = "2.7"
    file.write_text(json.dumps(there))
    with pytest.raises(OtherMachineError):
        Record.of_this_machine(file)
