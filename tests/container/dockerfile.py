"""The Dockerfile, taken apart into stages and instructions."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).parents[2] / "Dockerfile"


class Instruction(NamedTuple):
    """An instruction and what it is given, on one line."""

    name: str
    value: str


def stages() -> list[list[Instruction]]:
    """The instructions of each stage; the last stage is the image."""
    text = re.sub(r"^#.*\n", "", FILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found: list[list[Instruction]] = []
    for line in filter(None, text.splitlines()):
        name, value = line.split(maxsplit=1)
        if name == "FROM":
            found.append([])
        found[-1].append(Instruction(name, " ".join(value.split())))
    return found


def of_the_image(name: str) -> str:
    """What the image's only instruction of this name is given."""
    (value,) = [each.value for each in stages()[-1] if each.name == name]
    return value


def pairs(name: str) -> dict[str, str]:
    """The names and values of ENV or LABEL."""
    return dict(pair.split("=", 1) for pair in shlex.split(of_the_image(name)))


def words(name: str) -> list[str]:
    """A command in its exec form; ValueError where it is for a shell."""
    read: list[str] = json.loads(of_the_image(name).rpartition("CMD ")[2])
    return read
