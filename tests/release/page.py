"""The commands of a page of docs/, run as a reader would."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING, Self

from tests.release.lock import TOP

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Page:
    """The shell blocks of a page, in one shell; what they leave running ends with the context.

    `stands_for` are texts of the page and what this machine has instead, its addresses and paths.
    """

    def __init__(self, name: str, *, stands_for: Mapping[str, str]) -> None:
        script = "".join(_BLOCK.findall((TOP / "docs" / name).read_text()))
        for written, here in stands_for.items():
            assert written in script, written
            script = script.replace(written, here)
        self.script = script
        self._process: subprocess.Popen[str] | None = None

    def run(self, directory: Path, env: Mapping[str, str]) -> str:
        """Run them there, all of them; what they print. Fails with that where one fails."""
        log = directory / "page.log"
        with log.open("w") as output:
            self._process = subprocess.Popen(
                ["bash", "-euxo", "pipefail", "-c", self.script],
                cwd=directory,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        code = self._process.wait()
        assert code == 0, log.read_text()
        return log.read_text()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
