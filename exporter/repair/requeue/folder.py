"""The folder of uploads, as it is mounted where the exporter runs.

Only Timesketch's workers know whether they can open a file. What the exporter can know is whether
it lies in the folder that both have mounted; so without that folder it knows nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from stat import S_ISREG

from exporter.repair.requeue.upload import FileFound

# Timesketch asks for these in each line (lib/utils.py, read_and_validate_jsonl).
_FIELDS = frozenset({"message", "datetime", "timestamp_desc"})
_FIRST_LINE = 64 * 1024


@dataclass(frozen=True, slots=True)
class UploadsFolder:
    """`theirs` is what Timesketch's workers call it, `ours` where it is mounted here."""

    theirs: PurePosixPath
    ours: Path

    @classmethod
    def parse(cls, text: str) -> UploadsFolder:
        """From `/theirs=/ours`, or one path where both call it the same."""
        theirs, _, ours = text.partition("=")
        return cls(PurePosixPath(theirs), Path(ours or theirs))

    def find(self, path: str) -> FileFound | str:
        """Look for a file by the path that Timesketch has for it; a text says why it is not found.

        Nothing outside of the folder is looked at, and no link is followed out of it.
        """
        wanted = PurePosixPath(path)
        if self.theirs not in wanted.parents or ".." in wanted.parts:
            return f"{path} is not in {self.theirs}, the folder that --repair.uploads names"
        here = self.ours / wanted.relative_to(self.theirs)
        try:
            if not self.ours.is_dir():
                return f"{self.ours}, which --repair.uploads names, is no folder here"
            if not here.resolve().is_relative_to(self.ours.resolve()):
                return f"{path} leads out of the folder of uploads"
            status = here.stat()
            if not S_ISREG(status.st_mode):
                return f"{path} is no file"
            if status.st_size == 0:
                return f"{path} is empty"
            with here.open("rb") as file:
                return FileFound(_speaks_for_itself(file.readline(_FIRST_LINE)))
        except FileNotFoundError:
            return f"{path} is not there any more: upload it again"
        except OSError as error:
            return f"{path} cannot be looked at: {error.strerror}"


def _speaks_for_itself(line: bytes) -> bool:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(event, dict) and event.keys() >= _FIELDS
